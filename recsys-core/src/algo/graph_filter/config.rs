//! Settings of graph filters and their validation.

use serde::{Deserialize, Serialize};

use crate::algo::item_knn::{ItemKnn, ItemKnnConfig, Similarity};
use crate::algo::truncated_svd::rank_within;
use crate::data::Interactions;
use crate::linalg::svd::SvdSettings;
use crate::param::{ParamError, require};

/// In what unit the weight of the low-rank term is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// As it stands in the formula.
    Absolute,
    /// With a weight of 1 both terms have the same standard deviation over the items, on average over the
    /// users.
    #[default]
    Relative,
}

/// Settings of [`GraphFilter`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphFilterConfig {
    /// The linear term. Default: that of item-based CF.
    pub linear: ItemKnnConfig,
    /// Directions of the low-rank term, at most a quarter of the users or of the items. Default 256; 1 to
    /// 2048.
    pub factors: u32,
    /// How the low-rank term moves weight from popular items of the history to popular items of the answer:
    /// `β`, 0 to 1. Default 0.4.
    pub exponent: f32,
    /// Weight of the low-rank term, in the unit of `balance`; above 0, at most 1000. Default 0.4.
    pub weight: f32,
    /// The unit of `weight`. Default [`Balance::Relative`].
    pub balance: Balance,
    /// Directions carried along in training so that the last of the kept ones are exact too. Default
    /// 64; 0 to 1024.
    pub oversampling: u32,
    /// Rounds of training; 1 to 100. Default 3, after which the weakest of the kept directions are still
    /// mixed with those beyond. On the Gowalla split that soft edge ranks better than the exact one, which
    /// takes 5 rounds with 512 directions carried along.
    pub rounds: u32,
    /// Start of the random stream. Default 42.
    pub seed: u64,
}

impl Default for GraphFilterConfig {
    fn default() -> Self {
        Self {
            linear: ItemKnnConfig::default(),
            factors: 256,
            exponent: 0.4,
            weight: 0.4,
            balance: Balance::Relative,
            oversampling: 64,
            rounds: 3,
            seed: 42,
        }
    }
}

impl GraphFilterConfig {
    /// GF-CF: the symmetrically normalised walk, whole, and 256 directions with the published weight of
    /// 0.3.
    #[must_use]
    pub fn gf_cf() -> Self {
        Self {
            linear: Self::whole(Similarity::symmetric()),
            exponent: 0.5,
            weight: 0.3,
            balance: Balance::Absolute,
            ..Self::default()
        }
    }

    /// Both terms shifted by the degrees to the power of 0.4, as in ChebyCF, whole, with 768 directions.
    #[must_use]
    pub fn degree_shifted() -> Self {
        Self {
            linear: Self::whole(Similarity::long_tail_source()),
            factors: 768,
            rounds: 5,
            ..Self::default()
        }
    }

    fn whole(similarity: Similarity) -> ItemKnnConfig {
        ItemKnnConfig::default()
            .with_neighbors(None)
            .with_shrinkage(0.0)
            .with_similarity(similarity)
    }

    /// Sets the linear term.
    #[must_use]
    pub fn with_linear(mut self, linear: ItemKnnConfig) -> Self {
        self.linear = linear;
        self
    }

    /// Sets the number of directions.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the exponent of the low-rank term.
    #[must_use]
    pub fn with_exponent(mut self, exponent: f32) -> Self {
        self.exponent = exponent;
        self
    }

    /// Sets the weight of the low-rank term and its unit.
    #[must_use]
    pub fn with_weight(mut self, weight: f32, balance: Balance) -> Self {
        self.weight = weight;
        self.balance = balance;
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

/// A validated trainer of [`GraphFilterModel`](super::GraphFilterModel).
#[derive(Clone, Debug)]
pub struct GraphFilter {
    config: GraphFilterConfig,
    linear: ItemKnn,
}

impl GraphFilter {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range; those of the linear term by their names
    /// in item-based CF.
    pub fn new(config: GraphFilterConfig) -> Result<Self, ParamError> {
        let linear = ItemKnn::new(config.linear.clone())?;
        let GraphFilterConfig { factors, exponent, weight, oversampling, rounds, .. } = config;
        let fits = (1..=2048).contains(&factors);
        require(fits, "graph_filter.factors", factors, "1 to 2048")?;
        let fits = (0.0..=1.0).contains(&exponent);
        require(fits, "graph_filter.exponent", exponent, "0 to 1")?;
        let fits = weight > 0.0 && weight <= 1000.0;
        require(fits, "graph_filter.weight", weight, "above 0, at most 1000")?;
        let fits = oversampling <= 1024;
        require(fits, "graph_filter.oversampling", oversampling, "0 to 1024")?;
        let fits = (1..=100).contains(&rounds);
        require(fits, "graph_filter.rounds", rounds, "1 to 100")?;
        Ok(Self { config, linear })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &GraphFilterConfig {
        &self.config
    }

    pub(super) fn linear(&self) -> &ItemKnn {
        &self.linear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named =
            |config: GraphFilterConfig| GraphFilter::new(config).expect_err("out of range").name();
        let base = GraphFilterConfig::default;
        let linear = ItemKnnConfig::default().with_neighbors(Some(0));
        assert_eq!(named(base().with_linear(linear)), "item_knn.neighbors");
        assert_eq!(named(base().with_factors(2049)), "graph_filter.factors");
        assert_eq!(named(base().with_exponent(1.5)), "graph_filter.exponent");
        assert_eq!(named(base().with_weight(f32::NAN, Balance::Absolute)), "graph_filter.weight");
        assert_eq!(named(base().with_oversampling(1025)), "graph_filter.oversampling");
        assert_eq!(named(base().with_rounds(0)), "graph_filter.rounds");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = GraphFilterConfig::gf_cf().with_factors(7).with_seed(1);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<GraphFilterConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<GraphFilterConfig>(r#"{"k": 3}"#).is_err());
    }
}
