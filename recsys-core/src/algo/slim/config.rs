//! Settings of sparse linear methods and their validation.

use serde::{Deserialize, Serialize};

use crate::param::{ParamError, require};

/// Settings of [`Slim`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlimConfig {
    /// Penalty on the sum of magnitudes: what drives weights to zero; 0 to 1e6. Default 1.
    pub l1: f32,
    /// Penalty on half the sum of squares; above 0, at most 1e6. Default 20.
    pub l2: f32,
    /// Candidates of each item, of which some get a weight; 1 to 2,000. Default 100.
    pub neighbors: u32,
    /// Whether weights must not be negative. Default yes.
    pub non_negative: bool,
    /// Sweeps over the candidates at most; 1 to 10,000. Default 100.
    pub max_sweeps: u32,
    /// A column is solved when no weight moves by more in a sweep; above 0, at most 1. Default 0.0001.
    pub tolerance: f32,
}

impl Default for SlimConfig {
    fn default() -> Self {
        Self {
            l1: 1.0,
            l2: 20.0,
            neighbors: 100,
            non_negative: true,
            max_sweeps: 100,
            tolerance: 1e-4,
        }
    }
}

impl SlimConfig {
    /// Sets the penalties on the sum of magnitudes and on half the sum of squares.
    #[must_use]
    pub fn with_penalties(mut self, l1: f32, l2: f32) -> Self {
        (self.l1, self.l2) = (l1, l2);
        self
    }

    /// Sets the number of candidates.
    #[must_use]
    pub fn with_neighbors(mut self, neighbors: u32) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// Sets whether weights must not be negative.
    #[must_use]
    pub fn with_non_negative(mut self, non_negative: bool) -> Self {
        self.non_negative = non_negative;
        self
    }

    /// Sets when a column counts as solved.
    #[must_use]
    pub fn with_convergence(mut self, max_sweeps: u32, tolerance: f32) -> Self {
        (self.max_sweeps, self.tolerance) = (max_sweeps, tolerance);
        self
    }
}

/// A validated trainer of [`SlimModel`](super::SlimModel).
#[derive(Clone, Debug)]
pub struct Slim {
    config: SlimConfig,
}

impl Slim {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: SlimConfig) -> Result<Self, ParamError> {
        let SlimConfig { l1, l2, neighbors, max_sweeps, tolerance, .. } = config;
        require((0.0..=1e6).contains(&l1), "slim.l1", l1, "0 to 1e6")?;
        require(l2 > 0.0 && l2 <= 1e6, "slim.l2", l2, "above 0, at most 1e6")?;
        require((1..=2_000).contains(&neighbors), "slim.neighbors", neighbors, "1 to 2,000")?;
        let fits = (1..=10_000).contains(&max_sweeps);
        require(fits, "slim.max_sweeps", max_sweeps, "1 to 10,000")?;
        let fits = tolerance > 0.0 && tolerance <= 1.0;
        require(fits, "slim.tolerance", tolerance, "above 0, at most 1")?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &SlimConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: SlimConfig| Slim::new(config).expect_err("out of range").name();
        let base = SlimConfig::default;
        assert_eq!(named(base().with_penalties(-1.0, 1.0)), "slim.l1");
        assert_eq!(named(base().with_penalties(1.0, 0.0)), "slim.l2");
        assert_eq!(named(base().with_neighbors(0)), "slim.neighbors");
        assert_eq!(named(base().with_convergence(0, 0.1)), "slim.max_sweeps");
        assert_eq!(named(base().with_convergence(1, f32::NAN)), "slim.tolerance");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = SlimConfig::default().with_non_negative(false).with_convergence(7, 0.01);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SlimConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<SlimConfig>(r#"{"alpha": 3}"#).is_err());
    }
}
