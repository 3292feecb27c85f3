//! The stable tag of each algorithm.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which algorithm a model is of: the tag in model files, metrics and APIs.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Implicit alternating least squares.
    Als,
    /// Alternating least squares on ratings, with biases.
    BiasedAls,
    /// Bayesian personalised ranking.
    Bpr,
    /// What is known of the items.
    Content,
    /// Linear autoencoders in closed form.
    Ease,
    /// Low-pass filters on the graph of users and items.
    GraphFilter,
    /// A weighted blend of other models.
    Hybrid,
    /// Item-based collaborative filtering.
    ItemKnn,
    /// The same list for everybody.
    Popularity,
    /// Sparse linear models.
    Slim,
    /// Biased matrix factorisation by stochastic gradient descent.
    Svd,
    /// One of several models, chosen by what is known of the user.
    Switching,
    /// What is liked lately, the same list for everybody.
    Trending,
    /// Truncated singular value decomposition.
    TruncatedSvd,
    /// User-based collaborative filtering.
    UserKnn,
}

impl ModelKind {
    /// Returns the name used in configurations and APIs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Als => "als",
            Self::BiasedAls => "biased_als",
            Self::Bpr => "bpr",
            Self::Content => "content",
            Self::Ease => "ease",
            Self::GraphFilter => "graph_filter",
            Self::Hybrid => "hybrid",
            Self::ItemKnn => "item_knn",
            Self::Popularity => "popularity",
            Self::Slim => "slim",
            Self::Svd => "svd",
            Self::Switching => "switching",
            Self::Trending => "trending",
            Self::TruncatedSvd => "truncated_svd",
            Self::UserKnn => "user_knn",
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
