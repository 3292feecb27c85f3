//! Trending: what is liked lately, the same list for everybody.
//!
//! Popularity with ageing: `ln(1 + Σ_u 2^(-age_ui / half_life) · max(r_ui, 0))`, where the age of an entry
//! counts from the newest one of the data, so that a log that ended a year ago has a trend too. A short
//! half-life follows the day, a long one comes near [`popularity`](super::popularity), whose model this is.
//!
//! The half-life of [`Aggregation`](crate::data::Aggregation) ages every event for every algorithm; this one
//! ages entries by their newest event, for this list alone.
//!
//! Training is one pass over the matrix; scoring copies an array.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::trending::{Trending, TrendingConfig};
//! use recsys_core::data::Timestamp;
//! use recsys_core::prelude::*;
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! const DAY: i64 = 86_400_000;
//! for (who, what, day) in [("ann", "skates", 0), ("ben", "skates", 1), ("cid", "sunglasses", 180), ("dan", "tea", 0)] {
//!     log.push(who, what, "purchase", 1.0, Some(Timestamp(day * DAY)))?;
//! }
//! let data = log.to_dataset(&Aggregation::default())?; // keeps the times
//! let model = Trending::new(TrendingConfig::default())?.fit(&data)?;
//! let list = Recommender::new(model).recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "sunglasses");
//! # Ok(())
//! # }
//! ```

use serde::{Deserialize, Serialize};

use super::common_list::{CommonList, CommonListConfig};
use crate::data::{Dataset, Timestamp};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::model::ModelKind;
use crate::param::{ParamError, require};

/// Settings of [`Trending`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrendingConfig {
    /// Age at which an entry counts half, in days; above 0, at most 36,500. Default 7.
    pub half_life_days: f64,
}

/// A validated trainer of [`TrendingModel`].
#[derive(Clone, Debug)]
pub struct Trending {
    config: TrendingConfig,
}

/// One score for each item, the same for every user.
pub type TrendingModel = CommonList<TrendingConfig>;

impl Trending {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] when the half-life is out of range.
    pub fn new(config: TrendingConfig) -> Result<Self, ParamError> {
        config.check()?;
        Ok(Self { config })
    }
}

impl TrendingConfig {
    /// Sets the age, in days, at which an entry counts half.
    #[must_use]
    pub fn with_half_life_days(mut self, days: f64) -> Self {
        self.half_life_days = days;
        self
    }
}

impl Default for TrendingConfig {
    fn default() -> Self {
        Self { half_life_days: 7.0 }
    }
}

impl CommonListConfig for TrendingConfig {
    const KIND: ModelKind = ModelKind::Trending;

    fn check(&self) -> Result<(), ParamError> {
        let days = self.half_life_days;
        let expected = "above 0 and at most 36500";
        require(days > 0.0 && days <= 36_500.0, "trending.half_life_days", days, expected)
    }
}

impl Estimator for Trending {
    type Model = TrendingModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<TrendingModel, FitError> {
        require_positives(data.interactions())?;
        let algorithm = ModelKind::Trending.name();
        let times = data.times().ok_or(FitError::Missing { algorithm, what: "times" })?;
        let newest = times.iter().copied().max().unwrap_or(Timestamp(0));
        let retained = |at: usize| newest.retained(times[at], self.config.half_life_days);
        TrendingModel::fit(self.config, data, context, retained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::EstimatorExt;
    use crate::ids::UserIdx;
    use crate::model::{Model, ModelExt};
    use crate::query::Request;
    use crate::testing::fixtures::matrix;

    const DAY: i64 = 86_400_000;

    fn fit(half_life_days: f64, times: Vec<Timestamp>) -> TrendingModel {
        // Item 0 was liked twice a week ago, item 1 once now, item 2 is disliked.
        let entries = [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 2, -1.0)];
        let data = Dataset::new(matrix(3, 3, entries)).with_times(times).unwrap();
        let config = TrendingConfig::default().with_half_life_days(half_life_days);
        Trending::new(config).unwrap().fit(&data).unwrap()
    }

    fn scores(model: &TrendingModel) -> Vec<f32> {
        let mut scores = vec![0.0; 3];
        let scorer = model.scorer(UserIdx::new(0)).unwrap();
        scorer.score_into(crate::query::Candidates::All, &mut scores);
        scores
    }

    #[test]
    fn an_entry_counts_half_for_each_half_life() {
        let times = [0, 0, 7 * DAY, 7 * DAY].map(Timestamp);
        let expected = [2.0_f32.ln(), 2.0_f32.ln(), 0.0];
        for (found, expected) in scores(&fit(7.0, times.to_vec())).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_short_half_life_follows_the_day_and_a_long_one_all_times() {
        let times = [0, 0, 7 * DAY, 0].map(Timestamp);
        let first = |half_life: f64| {
            let list = fit(half_life, times.to_vec()).recommend(UserIdx::new(2), &Request::top(1));
            list.unwrap()[0].item.get()
        };
        assert_eq!((first(1.0), first(100.0)), (1, 0));
    }

    #[test]
    fn data_without_times_is_refused() {
        let data = matrix(1, 1, [(0, 0, 1.0)]);
        let error = Trending::new(TrendingConfig::default()).unwrap().fit(&data).unwrap_err();
        assert_eq!(error, FitError::Missing { algorithm: "trending", what: "times" });
    }

    #[test]
    fn a_half_life_out_of_range_is_named() {
        for days in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let config = TrendingConfig::default().with_half_life_days(days);
            let error = Trending::new(config).unwrap_err();
            assert!(error.to_string().contains("trending.half_life_days"), "{error}");
        }
    }
}
