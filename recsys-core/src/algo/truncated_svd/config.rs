//! Settings of the truncated decomposition and their validation.

use serde::{Deserialize, Serialize};

use crate::data::Interactions;
use crate::linalg::svd::SvdSettings;
use crate::param::{ParamError, require};

/// Settings of [`TruncatedSvd`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TruncatedSvdConfig {
    /// Directions kept, at most a quarter of the users or of the items. Default 64; 1 to 2048.
    pub factors: u32,
    /// Directions carried along in training so that the last of the kept ones are exact too. Default
    /// 32; 0 to 1024.
    pub oversampling: u32,
    /// Rounds of training. Default 4; 1 to 100. More make directions of nearly equal strength exact.
    pub rounds: u32,
    /// Start of the random stream. Default 42.
    pub seed: u64,
}

impl Default for TruncatedSvdConfig {
    fn default() -> Self {
        Self { factors: 64, oversampling: 32, rounds: 4, seed: 42 }
    }
}

impl TruncatedSvdConfig {
    /// Sets the number of directions kept.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the number of directions carried along.
    #[must_use]
    pub fn with_oversampling(mut self, oversampling: u32) -> Self {
        self.oversampling = oversampling;
        self
    }

    /// Sets the number of rounds.
    #[must_use]
    pub fn with_rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self
    }

    /// Sets the random seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Directions kept of `data`.
    pub(super) fn rank(&self, data: &Interactions) -> usize {
        rank_within(self.factors, data)
    }

    pub(super) fn decomposition(&self, data: &Interactions) -> SvdSettings {
        SvdSettings {
            rank: self.rank(data),
            oversampling: self.oversampling as usize,
            rounds: self.rounds as usize,
            seed: self.seed,
        }
    }
}

/// At most `factors` directions, and at most a quarter of those that `data` can have.
pub(in crate::algo) fn rank_within(factors: u32, data: &Interactions) -> usize {
    let most = data.n_users().min(data.n_items()) / 4;
    (factors as usize).min(most.max(1))
}

/// A validated trainer of [`TruncatedSvdModel`](super::TruncatedSvdModel).
#[derive(Clone, Debug)]
pub struct TruncatedSvd {
    config: TruncatedSvdConfig,
}

impl TruncatedSvd {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: TruncatedSvdConfig) -> Result<Self, ParamError> {
        let TruncatedSvdConfig { factors, oversampling, rounds, .. } = config;
        let fits = (1..=2048).contains(&factors);
        require(fits, "truncated_svd.factors", factors, "1 to 2048")?;
        let fits = oversampling <= 1024;
        require(fits, "truncated_svd.oversampling", oversampling, "0 to 1024")?;
        let fits = (1..=100).contains(&rounds);
        require(fits, "truncated_svd.rounds", rounds, "1 to 100")?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &TruncatedSvdConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: TruncatedSvdConfig| {
            TruncatedSvd::new(config).expect_err("out of range").name()
        };
        let base = TruncatedSvdConfig::default;
        assert_eq!(named(base().with_factors(0)), "truncated_svd.factors");
        assert_eq!(named(base().with_oversampling(1025)), "truncated_svd.oversampling");
        assert_eq!(named(base().with_rounds(0)), "truncated_svd.rounds");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = TruncatedSvdConfig::default().with_factors(7).with_seed(1);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TruncatedSvdConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<TruncatedSvdConfig>(r#"{"k": 3}"#).is_err());
    }
}
