//! Settings of the blend.

use serde::{Deserialize, Serialize};

use crate::algo::AlgorithmConfig;
use crate::algo::als::AlsConfig;
use crate::algo::item_knn::ItemKnnConfig;
use crate::algo::popularity::PopularityConfig;
use crate::fit::ErasedEstimator;
use crate::param::{ParamError, require};

/// Settings of [`Hybrid`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HybridConfig {
    /// Number of positive interactions at which the collaborative members have half of the share that
    /// they will have in the end. Default 3; 0 turns adaptation off; allowed 0 to 1e6.
    pub half_trust: f32,
    /// The members; 1 to 16 of them, not blends themselves. Default ALS 1, item-based CF 1,
    /// popularity 0.05.
    pub members: Vec<MemberConfig>,
    /// How members' scores are made comparable. Default [`Normalization::StandardDeviation`].
    pub normalization: Normalization,
}

/// One member of a blend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberConfig {
    /// Its algorithm and settings.
    pub model: AlgorithmConfig,
    /// Its weight relative to the others; finite and above 0.
    pub weight: f32,
}

/// How one member's scores of one user are brought to a common scale, over all items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalization {
    /// `(score - minimum) / (maximum - minimum)`.
    MinMax,
    /// As they are.
    None,
    /// Divided by the standard deviation. Shifting would not change the ranking.
    #[default]
    StandardDeviation,
    /// `(score - mean) / standard deviation`.
    ZScore,
}

impl MemberConfig {
    /// Gives the member `model` the weight `weight`.
    #[must_use]
    pub fn new(model: AlgorithmConfig, weight: f32) -> Self {
        Self { model, weight }
    }
}

impl Default for HybridConfig {
    fn default() -> Self {
        let als = AlgorithmConfig::Als(AlsConfig::default());
        let item_knn = AlgorithmConfig::ItemKnn(ItemKnnConfig::default());
        let popularity = AlgorithmConfig::Popularity(PopularityConfig::default());
        Self {
            half_trust: 3.0,
            members: vec![
                MemberConfig::new(als, 1.0),
                MemberConfig::new(item_knn, 1.0),
                MemberConfig::new(popularity, 0.05),
            ],
            normalization: Normalization::default(),
        }
    }
}

impl HybridConfig {
    /// Sets the members.
    #[must_use]
    pub fn with_members(mut self, members: Vec<MemberConfig>) -> Self {
        self.members = members;
        self
    }

    /// Sets how members' scores are made comparable.
    #[must_use]
    pub fn with_normalization(mut self, normalization: Normalization) -> Self {
        self.normalization = normalization;
        self
    }
}

/// A validated trainer of [`HybridModel`](super::HybridModel).
#[derive(Debug)]
pub struct Hybrid {
    pub(super) config: HybridConfig,
    pub(super) members: Vec<Box<dyn ErasedEstimator>>,
}

impl Hybrid {
    /// Validates the settings, those of the members included.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    pub fn new(config: HybridConfig) -> Result<Self, ParamError> {
        config.check()?;
        let members = config.members.iter().map(|member| member.model.build());
        Ok(Self { members: members.collect::<Result<_, _>>()?, config })
    }
}

impl HybridConfig {
    pub(super) fn check(&self) -> Result<(), ParamError> {
        let (count, trust) = (self.members.len(), self.half_trust);
        require((1..=16).contains(&count), "hybrid.members", count, "1 to 16 members")?;
        require(
            (0.0..=1e6).contains(&trust),
            "hybrid.half_trust",
            trust,
            "a number from 0 to 1e6",
        )?;
        for member in &self.members {
            let weight = member.weight;
            let positive = weight.is_finite() && weight > 0.0;
            require(positive, "hybrid.members.weight", weight, "a finite number above 0")?;
            let nested = matches!(member.model, AlgorithmConfig::Hybrid(_));
            require(!nested, "hybrid.members.model", "hybrid", "an algorithm that is not a blend")?;
        }
        Ok(())
    }
}
