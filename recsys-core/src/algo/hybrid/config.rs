//! Settings of the blend.

use serde::{Deserialize, Serialize};

use super::normalize::Normalization;
use crate::algo::AlgorithmConfig;
use crate::algo::als::AlsConfig;
use crate::algo::content::ContentConfig;
use crate::algo::item_knn::ItemKnnConfig;
use crate::algo::popularity::PopularityConfig;
use crate::fit::ErasedEstimator;
use crate::param::{ParamError, require};

/// Settings of [`Hybrid`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HybridConfig {
    /// Number of positive interactions at which the personal members have half of the share that they
    /// will have in the end. Default 3; 0 turns adaptation off; allowed 0 to 1e6.
    pub half_trust: f32,
    /// Weights by how active a user is, ascending by [`ActivityLevel::from`]; users below the first level
    /// have the members' own weights. Default none. Learning fills it when it is given levels.
    pub levels: Vec<ActivityLevel>,
    /// The members; 1 to 16 of them, not blends themselves. Default ALS 1, item-based CF 1,
    /// popularity 0.05, content 0.5. A member that needs what the data set does not have (item features,
    /// times) is left out.
    pub members: Vec<MemberConfig>,
    /// How members' scores are made comparable. Default [`Normalization::StandardDeviation`].
    pub normalization: Normalization,
    /// Where the weights come from. Default [`WeightSource::Fixed`].
    pub weights: WeightSource,
}

/// One member of a blend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberConfig {
    /// Its algorithm and settings.
    pub model: AlgorithmConfig,
    /// Its weight relative to the others; finite and not below 0, and above 0 for one of them.
    pub weight: f32,
}

/// Weights of users with at least so many positive interactions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActivityLevel {
    /// Number of positive interactions from which these weights hold.
    pub from: u32,
    /// One weight for each member, with the bounds of [`MemberConfig::weight`].
    pub weights: Vec<f32>,
}

/// Where the weights of the members come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightSource {
    /// As configured.
    #[default]
    Fixed,
    /// Found by coordinate ascent on the NDCG of the blend over a part of the data that is held out of
    /// training, starting from the configured ones. The members are trained twice: without that part
    /// to learn the weights, then on everything.
    Learned(Validation),
    /// As configured, times `(NDCG of the member / NDCG of the best)^2` over a part of the data that is
    /// held out of training.
    Measured(Validation),
}

/// The part of the data on which weights are learned or measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Validation {
    /// Length of the lists that are measured. Default 20; 1 to 1,000.
    pub k: u32,
    /// Number of activity levels that get weights of their own, with equally many users each. Default 1,
    /// which is the same weights for all; 1 to 16.
    pub levels: u32,
    /// Start of the random stream that chooses what is held out, where times do not. Default 42.
    pub seed: u64,
    /// Share of each user's positive interactions that is held out: the newest where times are known,
    /// else a random part. Default 0.1; above 0, at most 0.5.
    pub share: f32,
    /// Most users that are measured, taken evenly. Default 5,000; at least 1.
    pub users: u32,
}

impl Default for Validation {
    fn default() -> Self {
        Self { k: 20, levels: 1, seed: 42, share: 0.1, users: 5_000 }
    }
}

impl Validation {
    /// Sets the number of activity levels.
    #[must_use]
    pub fn with_levels(mut self, levels: u32) -> Self {
        self.levels = levels;
        self
    }

    fn check(&self) -> Result<(), ParamError> {
        let Self { k, levels, seed: _, share, users } = *self;
        require((1..=1000).contains(&k), "hybrid.weights.k", k, "1 to 1,000")?;
        require((1..=16).contains(&levels), "hybrid.weights.levels", levels, "1 to 16")?;
        let fits = share > 0.0 && share <= 0.5;
        require(fits, "hybrid.weights.share", share, "above 0, at most 0.5")?;
        require(users > 0, "hybrid.weights.users", users, "at least 1")
    }
}

impl MemberConfig {
    /// Gives the member `model` the weight `weight`.
    #[must_use]
    pub fn new(model: AlgorithmConfig, weight: f32) -> Self {
        Self { model, weight }
    }
}

impl ActivityLevel {
    /// Gives users with `from` and more positive interactions these weights.
    #[must_use]
    pub fn new(from: u32, weights: Vec<f32>) -> Self {
        Self { from, weights }
    }
}

impl Default for HybridConfig {
    fn default() -> Self {
        let als = AlgorithmConfig::Als(AlsConfig::default());
        let item_knn = AlgorithmConfig::ItemKnn(ItemKnnConfig::default());
        let popularity = AlgorithmConfig::Popularity(PopularityConfig::default());
        let content = AlgorithmConfig::Content(ContentConfig::default());
        Self {
            half_trust: 3.0,
            levels: Vec::new(),
            members: vec![
                MemberConfig::new(als, 1.0),
                MemberConfig::new(item_knn, 1.0),
                MemberConfig::new(popularity, 0.05),
                MemberConfig::new(content, 0.5),
            ],
            normalization: Normalization::default(),
            weights: WeightSource::default(),
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

    /// Sets the number of positive interactions at which personal members are half trusted.
    #[must_use]
    pub fn with_half_trust(mut self, half_trust: f32) -> Self {
        self.half_trust = half_trust;
        self
    }

    /// Sets where the weights come from.
    #[must_use]
    pub fn with_weights(mut self, weights: WeightSource) -> Self {
        self.weights = weights;
        self
    }

    pub(super) fn check(&self) -> Result<(), ParamError> {
        let (count, trust) = (self.members.len(), self.half_trust);
        require((1..=16).contains(&count), "hybrid.members", count, "1 to 16 members")?;
        let fits = (0.0..=1e6).contains(&trust);
        require(fits, "hybrid.half_trust", trust, "a number from 0 to 1e6")?;
        let own: Vec<f32> = self.members.iter().map(|member| member.weight).collect();
        check_weights(&own, "hybrid.members.weight")?;
        for member in &self.members {
            let kind = member.model.kind();
            let nested = matches!(member.model, AlgorithmConfig::Hybrid(_));
            require(!nested, "hybrid.members.model", kind, "an algorithm that is not a blend")?;
        }
        for level in &self.levels {
            let fits = level.weights.len() == count;
            let found = level.weights.len();
            require(fits, "hybrid.levels.weights", found, "one weight for each member")?;
            check_weights(&level.weights, "hybrid.levels.weights")?;
        }
        let ascending = self.levels.windows(2).all(|pair| pair[0].from < pair[1].from);
        require(ascending, "hybrid.levels.from", "not ascending", "ascending numbers")?;
        if let Normalization::ReciprocalRank { depth, .. } = self.normalization {
            require(depth > 0, "hybrid.normalization.depth", depth, "at least 1")?;
        }
        match &self.weights {
            WeightSource::Fixed => Ok(()),
            WeightSource::Learned(validation) | WeightSource::Measured(validation) => {
                validation.check()
            }
        }
    }
}

fn check_weights(weights: &[f32], name: &'static str) -> Result<(), ParamError> {
    let expected = "finite numbers from 0 to 1e6, one above 0";
    for &weight in weights {
        require((0.0..=1e6).contains(&weight), name, weight, expected)?;
    }
    require(weights.iter().any(|&weight| weight > 0.0), name, "all 0", expected)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |change: &dyn Fn(&mut HybridConfig)| {
            let mut config = HybridConfig::default();
            change(&mut config);
            Hybrid::new(config).expect_err("out of range").name()
        };
        assert_eq!(named(&|config| config.members.clear()), "hybrid.members");
        assert_eq!(named(&|config| config.half_trust = -1.0), "hybrid.half_trust");
        assert_eq!(named(&|config| config.members[0].weight = -0.1), "hybrid.members.weight");
        let silent = |config: &mut HybridConfig| {
            config.members.iter_mut().for_each(|member| member.weight = 0.0);
        };
        assert_eq!(named(&silent), "hybrid.members.weight");
        let nested = AlgorithmConfig::Hybrid(HybridConfig::default());
        assert_eq!(
            named(&|config| config.members[0].model = nested.clone()),
            "hybrid.members.model"
        );
        let level = |from, weights: &[f32]| ActivityLevel::new(from, weights.to_vec());
        assert_eq!(
            named(&|config| config.levels = vec![level(1, &[1.0])]),
            "hybrid.levels.weights"
        );
        let all = [1.0; 4];
        assert_eq!(
            named(&|config| config.levels = vec![level(5, &all), level(5, &all)]),
            "hybrid.levels.from"
        );
        let learned = |change: &dyn Fn(&mut Validation)| {
            let mut validation = Validation::default();
            change(&mut validation);
            named(&|config| config.weights = WeightSource::Learned(validation.clone()))
        };
        assert_eq!(learned(&|part| part.k = 0), "hybrid.weights.k");
        assert_eq!(learned(&|part| part.levels = 17), "hybrid.weights.levels");
        assert_eq!(learned(&|part| part.share = 0.0), "hybrid.weights.share");
        assert_eq!(learned(&|part| part.users = 0), "hybrid.weights.users");
        let no_depth = Normalization::ReciprocalRank { damping: 60, depth: 0 };
        assert_eq!(named(&|config| config.normalization = no_depth), "hybrid.normalization.depth");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = HybridConfig::default()
            .with_weights(WeightSource::Learned(Validation::default().with_levels(3)))
            .with_normalization(Normalization::ReciprocalRank { damping: 60, depth: 500 });
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<HybridConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<HybridConfig>(r#"{"trust": 3}"#).is_err());
    }
}
