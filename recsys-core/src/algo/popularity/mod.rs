//! Popularity: the same ranking for everybody.
//!
//! An item's score is the sum of its positive interactions, damped by a logarithm so that it can be
//! blended with other scores: `ln(1 + Σ_u max(r_ui, 0))`. Every method must beat it to be worth its
//! cost, it validates an evaluator (its figures are deterministic), and it answers where nothing is
//! known about a user. Ages are applied before, by the half-life of
//! [`Aggregation`](crate::data::Aggregation).
//!
//! Training is one pass over the matrix; scoring copies an array.

mod model;

use serde::{Deserialize, Serialize};

pub use model::PopularityModel;

use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};
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

impl Estimator for Popularity {
    type Model = PopularityModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<PopularityModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let mut totals = vec![0.0_f64; data.n_items()];
        let csr = data.user_csr();
        for (&item, &value) in csr.indices.iter().zip(csr.values) {
            totals[item as usize] += f64::from(value.max(0.0));
        }
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm fits f32")]
        let scores = totals.iter().map(|total| total.ln_1p() as f32).collect();
        context.report("popularity", 1, 1);
        Ok(PopularityModel::new(self.config, data.clone(), scores))
    }
}
