//! Settings of the factorisation by alternating least squares and their validation.

use serde::{Deserialize, Serialize};

use crate::algo::rating::RatingConfig;
use crate::model::ModelKind;
use crate::param::{ParamError, require};

/// Settings of [`BiasedAls`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BiasedAlsConfig {
    /// Length of each vector. Default 64; 1 to 2048.
    pub factors: u32,
    /// Sweeps over both sides. Default 10; 1 to 1000.
    pub epochs: u32,
    /// Penalty on the squares of a bias and a vector for each rating of their row. Default 0.1; above 0, at
    /// most 1000.
    pub regularization: f32,
    /// Standard deviation of a whole starting vector's entries times `√factors`. Default 0.1; above 0, at
    /// most 100.
    pub initial_deviation: f32,
    /// Start of the random stream that the item vectors begin with. Default 42.
    pub seed: u64,
}

impl Default for BiasedAlsConfig {
    fn default() -> Self {
        Self { factors: 64, epochs: 10, regularization: 0.1, initial_deviation: 0.1, seed: 42 }
    }
}

impl BiasedAlsConfig {
    /// Sets the length of each vector.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the number of sweeps.
    #[must_use]
    pub fn with_epochs(mut self, epochs: u32) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the penalty.
    #[must_use]
    pub fn with_regularization(mut self, regularization: f32) -> Self {
        self.regularization = regularization;
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

impl RatingConfig for BiasedAlsConfig {
    const KIND: ModelKind = ModelKind::BiasedAls;

    fn factors(&self) -> usize {
        self.factors as usize
    }

    fn penalty(&self) -> f32 {
        self.regularization
    }

    fn check(&self) -> Result<(), ParamError> {
        let Self { factors, epochs, regularization, initial_deviation, .. } = *self;
        let positive = |value: f32, most: f32| value > 0.0 && value <= most;
        require((1..=2048).contains(&factors), "biased_als.factors", factors, "1 to 2048")?;
        require((1..=1000).contains(&epochs), "biased_als.epochs", epochs, "1 to 1000")?;
        let fits = positive(regularization, 1000.0);
        require(fits, "biased_als.regularization", regularization, "above 0, at most 1000")?;
        let fits = positive(initial_deviation, 100.0);
        require(fits, "biased_als.initial_deviation", initial_deviation, "above 0, at most 100")
    }
}

/// A validated trainer of [`BiasedAlsModel`](super::BiasedAlsModel).
#[derive(Clone, Debug)]
pub struct BiasedAls {
    config: BiasedAlsConfig,
}

impl BiasedAls {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: BiasedAlsConfig) -> Result<Self, ParamError> {
        config.check()?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &BiasedAlsConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config| BiasedAls::new(config).expect_err("out of range").name();
        let base = BiasedAlsConfig::default;
        assert_eq!(named(base().with_factors(0)), "biased_als.factors");
        assert_eq!(named(base().with_epochs(0)), "biased_als.epochs");
        assert_eq!(named(base().with_regularization(0.0)), "biased_als.regularization");
        let wild = base().with_initial_deviation(f32::NAN);
        assert_eq!(named(wild), "biased_als.initial_deviation");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = BiasedAlsConfig::default().with_factors(7).with_seed(7);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<BiasedAlsConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<BiasedAlsConfig>(r#"{"rank": 3}"#).is_err());
    }
}
