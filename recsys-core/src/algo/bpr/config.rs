//! Settings of Bayesian personalised ranking and their validation.

use serde::{Deserialize, Serialize};

use crate::param::{ParamError, require};

/// Which items a like is compared with.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Negatives {
    /// Every item alike.
    #[default]
    Uniform,
    /// Items by how many like them.
    Popularity,
    /// The first of up to `trials` uniform draws that scores within 1 of the like; the fewer draws it took, the
    /// lower the like stands, and the larger the step (WARP).
    Warp {
        /// Draws until a like counts as well placed; 1 to 1000.
        trials: u32,
    },
}

/// Settings of [`Bpr`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BprConfig {
    /// Length of each vector. Default 64; 1 to 2048.
    pub factors: u32,
    /// Visits of each like. Default 60; 1 to 10,000.
    pub epochs: u32,
    /// Share of its gradient that a visit moves by. Default 0.05; above 0, at most 1.
    pub learning_rate: f32,
    /// Penalty on the squares of vectors and biases at each visit. Default 0.01; 0 to 100, and below 1 over
    /// the learning rate.
    pub regularization: f32,
    /// Which items a like is compared with. Default [`Negatives::Uniform`].
    pub negatives: Negatives,
    /// Standard deviation of a whole starting vector's entries times `√factors`. Default 0.1; above 0, at
    /// most 100.
    pub initial_deviation: f32,
    /// Start of the random streams. Default 42.
    pub seed: u64,
}

impl Default for BprConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 60,
            learning_rate: 0.05,
            regularization: 0.01,
            negatives: Negatives::Uniform,
            initial_deviation: 0.1,
            seed: 42,
        }
    }
}

impl BprConfig {
    /// Sets the length of each vector.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the number of visits of each like.
    #[must_use]
    pub fn with_epochs(mut self, epochs: u32) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the learning rate and the penalty, which belong together.
    #[must_use]
    pub fn with_rates(mut self, learning_rate: f32, regularization: f32) -> Self {
        self.learning_rate = learning_rate;
        self.regularization = regularization;
        self
    }

    /// Sets which items a like is compared with.
    #[must_use]
    pub fn with_negatives(mut self, negatives: Negatives) -> Self {
        self.negatives = negatives;
        self
    }

    /// Sets the deviation of the start.
    #[must_use]
    pub fn with_initial_deviation(mut self, deviation: f32) -> Self {
        self.initial_deviation = deviation;
        self
    }

    /// Sets the random seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// A validated trainer of [`BprModel`](super::BprModel).
#[derive(Clone, Debug)]
pub struct Bpr {
    config: BprConfig,
}

impl Bpr {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: BprConfig) -> Result<Self, ParamError> {
        let BprConfig { factors, epochs, learning_rate, regularization, negatives, .. } = config;
        let positive = |value: f32, most: f32| value > 0.0 && value <= most;
        require((1..=2048).contains(&factors), "bpr.factors", factors, "1 to 2048")?;
        require((1..=10_000).contains(&epochs), "bpr.epochs", epochs, "1 to 10,000")?;
        let fits = positive(learning_rate, 1.0);
        require(fits, "bpr.learning_rate", learning_rate, "above 0, at most 1")?;
        let fits = (0.0..=100.0).contains(&regularization) && learning_rate * regularization < 1.0;
        let expected = "0 to 100, and below 1 / learning_rate";
        require(fits, "bpr.regularization", regularization, expected)?;
        let deviation = config.initial_deviation;
        let fits = positive(deviation, 100.0);
        require(fits, "bpr.initial_deviation", deviation, "above 0, at most 100")?;
        if let Negatives::Warp { trials } = negatives {
            let fits = (1..=1000).contains(&trials);
            require(fits, "bpr.negatives.trials", trials, "1 to 1000")?;
        }
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &BprConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: BprConfig| Bpr::new(config).expect_err("out of range").name();
        let base = BprConfig::default;
        assert_eq!(named(base().with_factors(0)), "bpr.factors");
        assert_eq!(named(base().with_epochs(0)), "bpr.epochs");
        assert_eq!(named(base().with_rates(0.0, 0.1)), "bpr.learning_rate");
        assert_eq!(named(base().with_rates(0.1, 10.0)), "bpr.regularization");
        assert_eq!(named(base().with_initial_deviation(0.0)), "bpr.initial_deviation");
        let warp = base().with_negatives(Negatives::Warp { trials: 0 });
        assert_eq!(named(warp), "bpr.negatives.trials");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = BprConfig::default().with_negatives(Negatives::Warp { trials: 9 });
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<BprConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<BprConfig>(r#"{"rank": 3}"#).is_err());
    }
}
