//! What is measured, and the conventions on which libraries and papers disagree.
//!
//! With `T` relevant (held-out) items of a user, lists of length `k`, and `h(p)` 1 when the item at
//! rank `p` (from 1) is relevant:
//!
//! | metric | of one user |
//! | --- | --- |
//! | `precision@k` | `Σ h / k`, or over the length of the list |
//! | `recall@k` | `Σ h / T`, or over `min(k, T)` |
//! | `f@k` | `(1 + β²) P R / (β² P + R)` of the two |
//! | `hit_rate@k` | 1 when there is a hit |
//! | `map@k` | `Σ h(p) · precision@p / D`, with `D` one of `T`, `min(k, T)`, `min(T, list)`, `k` |
//! | `mrr@k` | 1 / rank of the first hit |
//! | `ndcg@k` | `Σ h(p) w(p)` over the same of an ideal list of `min(k, T)` or of `k` hits |
//! | `r_precision` | hits among the first `min(T, longest list)`, over that number |
//! | `auc` | chance that a relevant item scores above an irrelevant one, over the whole catalogue; ties count half |
//! | `rmse`, `mae` | error of predicted ratings, over all ratings |
//! | `user_rmse`, `user_mae` | the same of each user, and then the mean over users |
//! | `novelty@k` | mean of `-log2(nᵢ / users)`; an item without users counts as if it had one |
//! | `serendipity@k` | mean of `max(p(rank) - p(popularity rank), 0) · h`, with `p(r) = (N + 1 - r) / N` |
//! | `popularity@k` | mean number of training users of the listed items |
//! | `diversity@k` | mean distance of the pairs in the list |
//! | `coverage@k` | share of the catalogue in at least one list |
//! | `users_covered@k` | share of users with a list that is not empty |
//! | `gini@k` | inequality of how often items are listed, items never listed included |
//! | `entropy@k` | Shannon entropy of the same in bits |
//!
//! Those of one user are averaged over the users who have relevant items. Ranks come from
//! [`query`](crate::query): equal scores by position.

mod beyond;
mod conventions;
mod distance;
mod exposure;
mod list;
mod ratings;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(super) use beyond::Popularities;
pub use conventions::{
    Conventions, Discount, IdealList, MapDenominator, PrecisionDenominator, RecallDenominator,
};
pub use distance::ItemDistance;
pub(super) use exposure::Exposure;
pub(super) use list::Hits;
pub(super) use ratings::Errors;

/// A metric and the length of the lists it looks at, written `ndcg@20`, or `auc` where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Metric {
    kind: MetricKind,
    k: usize,
}

/// The longest lists that can be asked for.
const LONGEST: usize = 100_000;

macro_rules! metric_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $needs_k:literal, $direction:expr;)+) => {
        /// What a metric measures; the formulas are in the [module](self).
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MetricKind {
            $($(#[$doc])* $kind,)+
        }

        impl MetricKind {
            /// Every kind, in the order of its name's variant.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// Returns the name used in protocols and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Returns whether it looks at lists of a given length.
            #[must_use]
            pub const fn needs_length(self) -> bool {
                match self { $(Self::$kind => $needs_k,)+ }
            }

            /// Returns which values are wanted.
            #[must_use]
            pub const fn direction(self) -> Direction {
                match self { $(Self::$kind => $direction,)+ }
            }
        }
    };
}

/// Which values of a metric are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Direction {
    /// The larger the better.
    Larger,
    /// The smaller the better.
    Smaller,
    /// It describes and does not judge.
    Neither,
}

metric_kinds! {
    /// Area under the ROC curve over the whole catalogue.
    Auc = "auc", false, Direction::Larger;
    /// Share of the catalogue that is listed.
    Coverage = "coverage", true, Direction::Larger;
    /// Mean distance of the items of a list.
    Diversity = "diversity", true, Direction::Larger;
    /// Entropy of how often items are listed.
    Entropy = "entropy", true, Direction::Larger;
    /// Weighted harmonic mean of precision and recall.
    FBeta = "f", true, Direction::Larger;
    /// Inequality of how often items are listed.
    Gini = "gini", true, Direction::Smaller;
    /// Share of users with a hit.
    HitRate = "hit_rate", true, Direction::Larger;
    /// Mean absolute error of ratings.
    Mae = "mae", false, Direction::Smaller;
    /// Mean average precision.
    Map = "map", true, Direction::Larger;
    /// Mean reciprocal rank of the first hit.
    Mrr = "mrr", true, Direction::Larger;
    /// Normalised discounted cumulative gain.
    Ndcg = "ndcg", true, Direction::Larger;
    /// Mean inverse user frequency.
    Novelty = "novelty", true, Direction::Neither;
    /// Mean number of users of the listed items.
    Popularity = "popularity", true, Direction::Neither;
    /// Hits over the length.
    Precision = "precision", true, Direction::Larger;
    /// Hits over the relevant items.
    Recall = "recall", true, Direction::Larger;
    /// Root of the mean squared error of ratings.
    Rmse = "rmse", false, Direction::Smaller;
    /// Precision at the number of relevant items.
    RPrecision = "r_precision", false, Direction::Larger;
    /// Hits that popularity would not have listed so high.
    Serendipity = "serendipity", true, Direction::Larger;
    /// Mean over users of the mean absolute error.
    UserMae = "user_mae", false, Direction::Smaller;
    /// Mean over users of the root of the mean squared error.
    UserRmse = "user_rmse", false, Direction::Smaller;
    /// Share of users with a list.
    UsersCovered = "users_covered", true, Direction::Larger;
}

impl MetricKind {
    /// Whether it judges predicted ratings, not lists.
    #[must_use]
    pub const fn is_of_ratings(self) -> bool {
        matches!(self, Self::Mae | Self::Rmse | Self::UserMae | Self::UserRmse)
    }
}

/// A name that no metric has, or a length that it cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is not a metric: {expected}")]
#[non_exhaustive]
pub struct MetricError {
    /// The name as given.
    pub given: String,
    /// What would have been right.
    pub expected: String,
}

impl Metric {
    /// Asks for `kind` over lists of length `k`; a kind that looks at no lists ignores it.
    ///
    /// # Errors
    ///
    /// [`MetricError`] when the kind needs a length and `k` is not from 1 to 100,000.
    pub fn new(kind: MetricKind, k: usize) -> Result<Self, MetricError> {
        if kind.needs_length() && !(1..=LONGEST).contains(&k) {
            let given = format!("{}@{k}", kind.name());
            return Err(MetricError { given, expected: "lists have 1 to 100000 items".to_owned() });
        }
        Ok(Self { kind, k: if kind.needs_length() { k } else { 0 } })
    }

    /// Returns what it measures.
    #[must_use]
    pub fn kind(self) -> MetricKind {
        self.kind
    }

    /// Returns the length of the lists, 0 when it looks at none.
    #[must_use]
    pub fn k(self) -> usize {
        self.k
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.k > 0 { write!(f, "@{}", self.k) } else { Ok(()) }
    }
}

impl FromStr for Metric {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Self, MetricError> {
        let refused =
            |expected: &str| MetricError { given: text.to_owned(), expected: expected.to_owned() };
        let (name, length) = match text.split_once('@') {
            Some((name, length)) => (name, Some(length)),
            None => (text, None),
        };
        let Some(&kind) = MetricKind::ALL.iter().find(|kind| kind.name() == name) else {
            let names: Vec<&str> = MetricKind::ALL.iter().map(|kind| kind.name()).collect();
            return Err(refused(&format!("known are {}", names.join(", "))));
        };
        match (kind.needs_length(), length) {
            (false, Some(_)) => Err(refused("it looks at no lists, so it has no length")),
            (true, None) => {
                Err(refused(&format!("write the length of the lists, as in {name}@10")))
            }
            (false, None) => Self::new(kind, 0),
            (true, Some(length)) => {
                let k = length.parse().map_err(|_| refused("the length is not a number"))?;
                Self::new(kind, k)
            }
        }
    }
}

impl TryFrom<String> for Metric {
    type Error = MetricError;

    fn try_from(text: String) -> Result<Self, MetricError> {
        text.parse()
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.to_string()
    }
}

#[cfg(test)]
mod tests;
