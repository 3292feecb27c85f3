//! Popularity: the same ranking for everybody.
//!
//! An item's score is the sum of its positive interactions, damped by a logarithm so that it can be
//! blended with other scores: `ln(1 + Σ_u max(r_ui, 0))`. Every method must beat it to be worth its
//! cost, it validates an evaluator (its figures are deterministic), and it answers where nothing is
//! known about a user. Ages are applied before, by the half-life of
//! [`Aggregation`](crate::data::Aggregation).
//!
//! Training is one pass over the matrix; scoring copies an array.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::popularity::{Popularity, PopularityConfig};
//! use recsys_core::prelude::*;
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! # for (who, what) in [("ann", "tea"), ("ann", "milk"), ("ben", "tea"), ("ben", "milk"), ("ben", "cake"),
//! #                     ("cid", "nails"), ("cid", "hammer"), ("dan", "nails")] {
//! #     log.push(who, what, "purchase", 1.0, None)?;
//! # }
//! # let data = log.to_interactions(&Aggregation::default())?;
//! let model = Popularity::new(PopularityConfig::default())?.fit(&data)?;
//! let list = Recommender::new(model).recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "tea");
//! # Ok(())
//! # }
//! ```

use serde::{Deserialize, Serialize};

use super::common_list::{CommonList, CommonListConfig};
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError};
use crate::model::ModelKind;
use crate::param::ParamError;

/// Settings of [`Popularity`]; there are none yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PopularityConfig {}

/// A validated trainer of [`PopularityModel`].
#[derive(Clone, Debug)]
pub struct Popularity {
    config: PopularityConfig,
}

impl Popularity {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// None today; the signature is that of every algorithm.
    pub fn new(config: PopularityConfig) -> Result<Self, ParamError> {
        Ok(Self { config })
    }
}

impl CommonListConfig for PopularityConfig {
    const KIND: ModelKind = ModelKind::Popularity;

    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
}

/// One score for each item, the same for every user.
pub type PopularityModel = CommonList<PopularityConfig>;

impl Estimator for Popularity {
    type Model = PopularityModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<PopularityModel, FitError> {
        PopularityModel::fit(self.config, data, context, |_| 1.0)
    }
}
