//! Choosing an algorithm by data: names, cards, and one configuration type over all of them, from one
//! table.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::codec::{CodecError, PayloadReader};
use crate::fit::ErasedEstimator;
use crate::model::{Model, ModelKind};
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

/// Makes the cards, the configuration over all algorithms and the decoder from lines of
/// `Kind(module: Config => Estimator => Model), title, description;` in alphabetical order.
macro_rules! algorithms {
    ($($kind:ident($module:ident: $config:ident => $estimator:ident => $model:ident),
       $title:literal, $description:literal;)+) => {
        /// Every algorithm, by name.
        pub const ALGORITHMS: &[AlgorithmCard] = &[$(
            AlgorithmCard {
                kind: ModelKind::$kind,
                title: $title,
                description: $description,
            },
        )+];

        /// The configuration of any algorithm, tagged by its name:
        /// `{"algorithm": "popularity"}`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "algorithm", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum AlgorithmConfig {
            $(
                #[doc = concat!("See [`", stringify!($config), "`](super::", stringify!($module), "::", stringify!($config), ").")]
                $kind(super::$module::$config),
            )+
        }

        impl AlgorithmConfig {
            /// Returns which algorithm this configures.
            #[must_use]
            pub fn kind(&self) -> ModelKind {
                match self {
                    $(Self::$kind(_) => ModelKind::$kind,)+
                }
            }

            /// Validates the settings and returns the trainer.
            ///
            /// # Errors
            ///
            /// [`ParamError`] names the setting that is out of range.
            pub fn build(&self) -> Result<Box<dyn ErasedEstimator>, ParamError> {
                Ok(match self.clone() {
                    $(Self::$kind(config) => Box::new(super::$module::$estimator::new(config)?),)+
                })
            }

            fn default_of(kind: ModelKind) -> Self {
                match kind {
                    $(ModelKind::$kind => Self::$kind(super::$module::$config::default()),)+
                }
            }
        }

        /// Rebuilds the model that a payload holds.
        pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Arc<dyn Model>, CodecError> {
            let name = reader.algorithm();
            $(
                if name == ModelKind::$kind.name() {
                    return Ok(Arc::new(super::$module::$model::decode(reader)?));
                }
            )+
            Err(CodecError::UnknownAlgorithm(name.to_owned()))
        }
    };
}

algorithms! {
    Als(als: AlsConfig => Als => AlsModel),
        "Implicit ALS",
        "Learns a vector of tastes for each user and item from what people did, and finds items that \
         fit the user's.";
    BiasedAls(biased_als: BiasedAlsConfig => BiasedAls => BiasedAlsModel),
        "ALS on ratings",
        "Predicts how you would rate each item, from everybody's habits and tastes, solved exactly.";
    Bpr(bpr: BprConfig => Bpr => BprModel),
        "Personalised ranking",
        "Learns vectors of tastes that put what people like before what they passed by.";
    GraphFilter(graph_filter: GraphFilterConfig => GraphFilter => GraphFilterModel),
        "Graph filter",
        "Follows who liked what from the history to items, and evens the result out over the strongest \
         directions of taste.";
    Content(content: ContentConfig => Content => ContentModel),
        "Content-based filtering",
        "Recommends items that are described like those a user liked, new ones included.";
    Ease(ease: EaseConfig => Ease => EaseModel),
        "EASE",
        "Predicts each item from all others by a linear model that is solved in closed form.";
    Hybrid(hybrid: HybridConfig => Hybrid => HybridModel),
        "Weighted hybrid",
        "Blends the scores of several models, trusting collaborative ones more the more is known \
         about a user.";
    ItemKnn(item_knn: ItemKnnConfig => ItemKnn => ItemKnnModel),
        "Item-based collaborative filtering",
        "Recommends what people who liked the same items also liked.";
    Popularity(popularity: PopularityConfig => Popularity => PopularityModel),
        "Popularity",
        "Ranks items by how much everybody likes them.";
    Switching(switching: SwitchingConfig => Switching => SwitchingModel),
        "Switching hybrid",
        "Lets one of several models answer, by how much is known about a user.";
    Svd(svd: SvdConfig => Svd => SvdModel),
        "SVD",
        "Predicts how you would rate each item, learning habits and tastes one rating at a time.";
    TruncatedSvd(truncated_svd: TruncatedSvdConfig => TruncatedSvd => TruncatedSvdModel),
        "Truncated SVD",
        "Keeps the strongest directions of taste in what everybody did, and reads a history by them.";
    Slim(slim: SlimConfig => Slim => SlimModel),
        "SLIM",
        "Predicts each item from a few others by a sparse linear model.";
    UserKnn(user_knn: UserKnnConfig => UserKnn => UserKnnModel),
        "User-based collaborative filtering",
        "Recommends what people with a similar history like.";
    Trending(trending: TrendingConfig => Trending => TrendingModel),
        "Trending",
        "Ranks items by how much everybody likes them lately.";
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
        card.map(|card| Self::default_of(card.kind))
            .ok_or_else(|| UnknownAlgorithm { name: name.to_owned() })
    }
}

fn known_names() -> String {
    let names: Vec<&str> = ALGORITHMS.iter().map(AlgorithmCard::name).collect();
    names.join(", ")
}
