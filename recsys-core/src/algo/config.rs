//! Choosing an algorithm by data: names, cards, and one configuration type over all of them.

use serde::{Deserialize, Serialize};

use super::als::{Als, AlsConfig};
use super::hybrid::{Hybrid, HybridConfig};
use super::item_knn::{ItemKnn, ItemKnnConfig};
use super::popularity::{Popularity, PopularityConfig};
use crate::fit::ErasedEstimator;
use crate::model::ModelKind;
use crate::param::ParamError;

/// What people are told about an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmCard {
    /// Its tag.
    pub kind: ModelKind,
    /// Its name for people.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
}

impl AlgorithmCard {
    /// Returns the name used in configurations and APIs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// Every algorithm, by name.
pub const ALGORITHMS: &[AlgorithmCard] = &[
    AlgorithmCard {
        kind: ModelKind::Als,
        title: "Implicit ALS",
        description: "Learns a vector of tastes for each user and item from what people did, and \
                      finds items that fit the user's.",
    },
    AlgorithmCard {
        kind: ModelKind::Hybrid,
        title: "Weighted hybrid",
        description: "Blends the scores of several models, trusting collaborative ones more the \
                      more is known about a user.",
    },
    AlgorithmCard {
        kind: ModelKind::ItemKnn,
        title: "Item-based collaborative filtering",
        description: "Recommends what people who liked the same items also liked.",
    },
    AlgorithmCard {
        kind: ModelKind::Popularity,
        title: "Popularity",
        description: "Ranks items by how much everybody likes them.",
    },
];

/// The configuration of any algorithm, tagged by its name:
/// `{"algorithm": "popularity"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "algorithm", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlgorithmConfig {
    /// See [`AlsConfig`].
    Als(AlsConfig),
    /// See [`HybridConfig`].
    Hybrid(HybridConfig),
    /// See [`ItemKnnConfig`].
    ItemKnn(ItemKnnConfig),
    /// See [`PopularityConfig`].
    Popularity(PopularityConfig),
}

/// A name that no algorithm has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown algorithm \"{name}\"; known are {}", known_names())]
#[non_exhaustive]
pub struct UnknownAlgorithm {
    /// The name as given.
    pub name: String,
}

impl AlgorithmConfig {
    /// Returns the default configuration of the algorithm called `name`.
    ///
    /// # Errors
    ///
    /// [`UnknownAlgorithm`], whose message lists the names that exist.
    ///
    /// # Examples
    ///
    /// ```
    /// use recsys_core::algo::AlgorithmConfig;
    ///
    /// assert!(AlgorithmConfig::named("popularity").is_ok());
    /// let error = AlgorithmConfig::named("astrology").unwrap_err();
    /// assert!(error.to_string().contains("popularity"));
    /// ```
    pub fn named(name: &str) -> Result<Self, UnknownAlgorithm> {
        let card = ALGORITHMS.iter().find(|card| card.name() == name);
        let unknown = || UnknownAlgorithm { name: name.to_owned() };
        Ok(match card.ok_or_else(unknown)?.kind {
            ModelKind::Als => Self::Als(AlsConfig::default()),
            ModelKind::Hybrid => Self::Hybrid(HybridConfig::default()),
            ModelKind::ItemKnn => Self::ItemKnn(ItemKnnConfig::default()),
            ModelKind::Popularity => Self::Popularity(PopularityConfig::default()),
        })
    }

    /// Returns which algorithm this configures.
    #[must_use]
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Als(_) => ModelKind::Als,
            Self::Hybrid(_) => ModelKind::Hybrid,
            Self::ItemKnn(_) => ModelKind::ItemKnn,
            Self::Popularity(_) => ModelKind::Popularity,
        }
    }

    /// Validates the settings and returns the trainer.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    pub fn build(&self) -> Result<Box<dyn ErasedEstimator>, ParamError> {
        Ok(match self.clone() {
            Self::Als(config) => Box::new(Als::new(config)?),
            Self::Hybrid(config) => Box::new(Hybrid::new(config)?),
            Self::ItemKnn(config) => Box::new(ItemKnn::new(config)?),
            Self::Popularity(config) => Box::new(Popularity::new(config)?),
        })
    }
}

fn known_names() -> String {
    let names: Vec<&str> = ALGORITHMS.iter().map(AlgorithmCard::name).collect();
    names.join(", ")
}
