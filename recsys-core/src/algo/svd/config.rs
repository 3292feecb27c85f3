//! Settings of the factorisation by gradient descent and their validation.

use serde::{Deserialize, Serialize};

use crate::algo::rating::RatingConfig;
use crate::model::ModelKind;
use crate::param::{ParamError, require};

/// In which order ratings are visited.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitOrder {
    /// A new random order each epoch.
    #[default]
    Shuffled,
    /// User by user, items ascending: the same in each epoch, and the faster for it.
    Stored,
}

/// Settings of [`Svd`].
///
/// The defaults were chosen on five folds of one set of film ratings (MovieLens latest-small), where they
/// predict better than those of [`surprise_compatible`](Self::surprise_compatible).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvdConfig {
    /// Length of each vector. Default 100; 1 to 2048.
    pub factors: u32,
    /// Visits of each rating. Default 40; 1 to 10,000.
    pub epochs: u32,
    /// Share of its gradient that a visit moves by. Default 0.01; above 0, at most 1.
    pub learning_rate: f32,
    /// Penalty on the squares of biases and vectors at each visit. Default 0.1; 0 to 100.
    pub regularization: f32,
    /// Standard deviation of the vectors' starting entries. Default 0.1; above 0, at most 100.
    pub initial_deviation: f32,
    /// Order of the visits. Default [`VisitOrder::Shuffled`].
    pub order: VisitOrder,
    /// Start of the random streams. Default 42.
    pub seed: u64,
}

impl Default for SvdConfig {
    fn default() -> Self {
        Self {
            factors: 100,
            epochs: 40,
            learning_rate: 0.01,
            regularization: 0.1,
            initial_deviation: 0.1,
            order: VisitOrder::Shuffled,
            seed: 42,
        }
    }
}

impl SvdConfig {
    /// Settings and order of visits of Surprise's `SVD` with its defaults.
    #[must_use]
    pub fn surprise_compatible() -> Self {
        Self {
            factors: 100,
            epochs: 20,
            learning_rate: 0.005,
            regularization: 0.02,
            initial_deviation: 0.1,
            order: VisitOrder::Stored,
            seed: 42,
        }
    }

    /// Sets the length of each vector.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the number of visits of each rating.
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

    /// Sets the deviation of the start.
    #[must_use]
    pub fn with_initial_deviation(mut self, deviation: f32) -> Self {
        self.initial_deviation = deviation;
        self
    }

    /// Sets the order of the visits.
    #[must_use]
    pub fn with_order(mut self, order: VisitOrder) -> Self {
        self.order = order;
        self
    }

    /// Sets the random seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl RatingConfig for SvdConfig {
    const KIND: ModelKind = ModelKind::Svd;

    fn factors(&self) -> usize {
        self.factors as usize
    }

    fn penalty(&self) -> f32 {
        // A descent stops before the end and so needs no penalty; the exact solution of a history does.
        self.regularization.max(1e-3)
    }

    fn check(&self) -> Result<(), ParamError> {
        let Self { factors, epochs, learning_rate, regularization, initial_deviation, .. } = *self;
        let positive = |value: f32, most: f32| value > 0.0 && value <= most;
        require((1..=2048).contains(&factors), "svd.factors", factors, "1 to 2048")?;
        require((1..=10_000).contains(&epochs), "svd.epochs", epochs, "1 to 10,000")?;
        let fits = positive(learning_rate, 1.0);
        require(fits, "svd.learning_rate", learning_rate, "above 0, at most 1")?;
        let fits = (0.0..=100.0).contains(&regularization);
        require(fits, "svd.regularization", regularization, "0 to 100")?;
        let fits = positive(initial_deviation, 100.0);
        require(fits, "svd.initial_deviation", initial_deviation, "above 0, at most 100")
    }
}

/// A validated trainer of [`SvdModel`](super::SvdModel).
#[derive(Clone, Debug)]
pub struct Svd {
    config: SvdConfig,
}

impl Svd {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: SvdConfig) -> Result<Self, ParamError> {
        config.check()?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &SvdConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: SvdConfig| Svd::new(config).expect_err("out of range").name();
        let base = SvdConfig::default;
        assert_eq!(named(base().with_factors(0)), "svd.factors");
        assert_eq!(named(base().with_epochs(0)), "svd.epochs");
        assert_eq!(named(base().with_rates(0.0, 0.1)), "svd.learning_rate");
        assert_eq!(named(base().with_rates(0.1, f32::NAN)), "svd.regularization");
        assert_eq!(named(base().with_initial_deviation(0.0)), "svd.initial_deviation");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = SvdConfig::surprise_compatible().with_seed(7);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SvdConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<SvdConfig>(r#"{"rank": 3}"#).is_err());
    }
}
