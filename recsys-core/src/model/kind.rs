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
    /// A weighted blend of other models.
    Hybrid,
    /// Item-based collaborative filtering.
    ItemKnn,
    /// The same list for everybody.
    Popularity,
}

impl ModelKind {
    /// Returns the name used in configurations and APIs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Als => "als",
            Self::Hybrid => "hybrid",
            Self::ItemKnn => "item_knn",
            Self::Popularity => "popularity",
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
