//! The conventions on which metrics of one name differ, and the sets that libraries and papers use.

use serde::{Deserialize, Serialize};

use crate::param::{ParamError, require};

/// How the metrics of lists are defined where definitions differ. The default is that of the LightGCN
/// line of papers.
///
/// In a file it is the name of a preset (`lightgcn`, `liang`, `rectools`, `lenskit`) or a table of
/// settings, which are then the default's where they are left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
#[non_exhaustive]
pub struct Conventions {
    /// What hits are divided by in precision. Default [`PrecisionDenominator::Length`].
    pub precision: PrecisionDenominator,
    /// What hits are divided by in recall. Default [`RecallDenominator::Relevant`].
    pub recall: RecallDenominator,
    /// How many hits NDCG's ideal list has. Default [`IdealList::Achievable`].
    pub ideal: IdealList,
    /// What a rank weighs in NDCG. Default [`Discount::Log2`].
    pub discount: Discount,
    /// What average precision is divided by. Default [`MapDenominator::Achievable`].
    pub map: MapDenominator,
    /// How much more recall weighs than precision in `f`. Default 1; above 0, at most 100.
    pub beta: f64,
}

/// What hits are divided by in precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrecisionDenominator {
    /// `k`, also when the list is shorter.
    Length,
    /// The number of items in the list.
    Listed,
}

/// What hits are divided by in recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecallDenominator {
    /// `min(k, T)`: the best that a list can reach is 1.
    Achievable,
    /// `T`.
    Relevant,
}

/// How many hits the ideal list of NDCG has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IdealList {
    /// `min(k, T)`.
    Achievable,
    /// `k`, so that a user with fewer relevant items cannot reach 1.
    Full,
}

/// What a hit at rank `p` weighs in NDCG. The base of the logarithm does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Discount {
    /// `1 / log2(p + 1)`.
    Log2,
    /// `1 / log2(max(p, 2))`: the first two ranks weigh the same.
    Log2FromSecond,
}

/// What average precision is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MapDenominator {
    /// `min(k, T)`.
    Achievable,
    /// `k`.
    Length,
    /// The smaller of `T` and the number of items in the list.
    Listed,
    /// `T`.
    Relevant,
}

impl Conventions {
    /// LightGCN and its line: recall over `T`, ideal lists of `min(k, T)`.
    #[must_use]
    pub const fn lightgcn() -> Self {
        Self {
            precision: PrecisionDenominator::Length,
            recall: RecallDenominator::Relevant,
            ideal: IdealList::Achievable,
            discount: Discount::Log2,
            map: MapDenominator::Achievable,
            beta: 1.0,
        }
    }

    /// Liang et al. (variational autoencoders, WWW 2018) and its line: recall over `min(k, T)`.
    #[must_use]
    pub const fn liang() -> Self {
        Self { recall: RecallDenominator::Achievable, ..Self::lightgcn() }
    }

    /// The RecTools library's defaults: ideal lists of `k`, MAP over `T`.
    #[must_use]
    pub const fn rectools() -> Self {
        Self { ideal: IdealList::Full, map: MapDenominator::Relevant, ..Self::lightgcn() }
    }

    /// The LensKit library's defaults: everything over what the list could achieve, and a discount
    /// that begins with the second rank.
    #[must_use]
    pub const fn lenskit() -> Self {
        Self {
            precision: PrecisionDenominator::Listed,
            recall: RecallDenominator::Achievable,
            ideal: IdealList::Achievable,
            discount: Discount::Log2FromSecond,
            map: MapDenominator::Listed,
            beta: 1.0,
        }
    }

    /// Returns the preset called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lenskit" => Self::lenskit(),
            "liang" => Self::liang(),
            "lightgcn" => Self::lightgcn(),
            "rectools" => Self::rectools(),
            _ => return None,
        })
    }

    /// Checks that the settings are in range.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting.
    pub fn check(&self) -> Result<(), ParamError> {
        let holds = self.beta > 0.0 && self.beta <= 100.0;
        require(holds, "conventions.beta", self.beta, "a number above 0, at most 100")
    }
}

impl Default for Conventions {
    fn default() -> Self {
        Self::lightgcn()
    }
}

/// The forms that a file may write them in.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected lightgcn, liang, rectools, lenskit, or a table of conventions"
)]
enum Written {
    Preset(Preset),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Preset {
    LensKit,
    Liang,
    LightGcn,
    RecTools,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    precision: PrecisionDenominator,
    recall: RecallDenominator,
    ideal: IdealList,
    discount: Discount,
    map: MapDenominator,
    beta: f64,
}

impl Default for Table {
    fn default() -> Self {
        let Conventions { precision, recall, ideal, discount, map, beta } = Conventions::default();
        Self { precision, recall, ideal, discount, map, beta }
    }
}

impl From<Written> for Conventions {
    fn from(written: Written) -> Self {
        match written {
            Written::Preset(Preset::LensKit) => Self::lenskit(),
            Written::Preset(Preset::Liang) => Self::liang(),
            Written::Preset(Preset::LightGcn) => Self::lightgcn(),
            Written::Preset(Preset::RecTools) => Self::rectools(),
            Written::Table(table) => {
                let Table { precision, recall, ideal, discount, map, beta } = table;
                Self { precision, recall, ideal, discount, map, beta }
            }
        }
    }
}
