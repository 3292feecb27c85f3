//! Settings of the switch.

use serde::{Deserialize, Serialize};

use crate::algo::AlgorithmConfig;
use crate::algo::als::AlsConfig;
use crate::algo::content::ContentConfig;
use crate::algo::item_knn::ItemKnnConfig;
use crate::algo::popularity::PopularityConfig;
use crate::fit::ErasedEstimator;
use crate::param::{ParamError, require};

/// Settings of [`Switching`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SwitchingConfig {
    /// Liked items from which on the collaborative member answers. Default 5; 1 to 1,000,000.
    pub min_interactions_for_cf: u32,
    /// The collaborative member; none leaves it out. Default item-based CF.
    pub collaborative: Option<Box<AlgorithmConfig>>,
    /// The member that goes by what is known of the items; none leaves it out, and so does data without
    /// item features. Default content.
    pub content: Option<Box<AlgorithmConfig>>,
    /// The member with latent factors; none leaves it out. Default ALS.
    pub factorization: Option<Box<AlgorithmConfig>>,
    /// The member that answers for everybody else. Default popularity.
    pub popular: Box<AlgorithmConfig>,
}

impl Default for SwitchingConfig {
    fn default() -> Self {
        let boxed = |config| Some(Box::new(config));
        Self {
            min_interactions_for_cf: 5,
            collaborative: boxed(AlgorithmConfig::ItemKnn(ItemKnnConfig::default())),
            content: boxed(AlgorithmConfig::Content(ContentConfig::default())),
            factorization: boxed(AlgorithmConfig::Als(AlsConfig::default())),
            popular: Box::new(AlgorithmConfig::Popularity(PopularityConfig::default())),
        }
    }
}

/// When a member answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Collaborative,
    Content,
    Factorization,
    Popular,
}

impl SwitchingConfig {
    /// Sets the number of liked items from which on the collaborative member answers.
    #[must_use]
    pub fn with_min_interactions_for_cf(mut self, count: u32) -> Self {
        self.min_interactions_for_cf = count;
        self
    }

    /// Sets the collaborative member.
    #[must_use]
    pub fn with_collaborative(mut self, model: Option<AlgorithmConfig>) -> Self {
        self.collaborative = model.map(Box::new);
        self
    }

    /// Sets the content member.
    #[must_use]
    pub fn with_content(mut self, model: Option<AlgorithmConfig>) -> Self {
        self.content = model.map(Box::new);
        self
    }

    /// Sets the member with latent factors.
    #[must_use]
    pub fn with_factorization(mut self, model: Option<AlgorithmConfig>) -> Self {
        self.factorization = model.map(Box::new);
        self
    }

    /// The members there are, in the order in which they are asked.
    pub(super) fn stages(&self) -> Vec<(Stage, &AlgorithmConfig)> {
        let mut stages = Vec::with_capacity(4);
        stages.extend(self.collaborative.as_deref().map(|model| (Stage::Collaborative, model)));
        stages.extend(self.content.as_deref().map(|model| (Stage::Content, model)));
        stages.extend(self.factorization.as_deref().map(|model| (Stage::Factorization, model)));
        stages.push((Stage::Popular, &*self.popular));
        stages
    }

    /// Liked items that a stage needs.
    pub(super) fn needs(&self, stage: Stage) -> usize {
        match stage {
            Stage::Collaborative => self.min_interactions_for_cf as usize,
            Stage::Content | Stage::Factorization => 1,
            Stage::Popular => 0,
        }
    }

    /// The same without a stage that the data do not suffice for.
    pub(super) fn without(mut self, stage: Stage) -> Self {
        match stage {
            Stage::Collaborative => self.collaborative = None,
            Stage::Content => self.content = None,
            Stage::Factorization => self.factorization = None,
            Stage::Popular => {}
        }
        self
    }

    pub(super) fn check(&self) -> Result<(), ParamError> {
        let least = self.min_interactions_for_cf;
        let fits = (1..=1_000_000).contains(&least);
        require(fits, "switching.min_interactions_for_cf", least, "1 to 1,000,000")?;
        for (stage, member) in self.stages() {
            let name = match stage {
                Stage::Collaborative => "switching.collaborative",
                Stage::Content => "switching.content",
                Stage::Factorization => "switching.factorization",
                Stage::Popular => "switching.popular",
            };
            let single =
                !matches!(member, AlgorithmConfig::Hybrid(_) | AlgorithmConfig::Switching(_));
            require(single, name, member.kind(), "an algorithm that is not made of others")?;
        }
        Ok(())
    }
}

/// A validated trainer of [`SwitchingModel`](super::SwitchingModel).
#[derive(Debug)]
pub struct Switching {
    pub(super) config: SwitchingConfig,
    pub(super) members: Vec<(Stage, Box<dyn ErasedEstimator>)>,
}

impl Switching {
    /// Validates the settings, those of the members included.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    pub fn new(config: SwitchingConfig) -> Result<Self, ParamError> {
        config.check()?;
        let build = |(stage, member): (Stage, &AlgorithmConfig)| Ok((stage, member.build()?));
        let members = config.stages().into_iter().map(build).collect::<Result<_, ParamError>>()?;
        Ok(Self { config, members })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::hybrid::HybridConfig;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: SwitchingConfig| Switching::new(config).expect_err("refused").name();
        let base = SwitchingConfig::default;
        assert_eq!(
            named(base().with_min_interactions_for_cf(0)),
            "switching.min_interactions_for_cf"
        );
        let blend = Some(AlgorithmConfig::Hybrid(HybridConfig::default()));
        assert_eq!(named(base().with_collaborative(blend.clone())), "switching.collaborative");
        assert_eq!(named(base().with_content(blend.clone())), "switching.content");
        assert_eq!(named(base().with_factorization(blend)), "switching.factorization");
        let nested = Some(AlgorithmConfig::Als(AlsConfig::default().with_factors(0)));
        assert_eq!(named(base().with_factorization(nested)), "als.factors");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = SwitchingConfig::default().with_collaborative(None);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SwitchingConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<SwitchingConfig>(r#"{"min": 3}"#).is_err());
    }
}
