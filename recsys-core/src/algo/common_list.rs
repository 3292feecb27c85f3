//! Models that give everybody the same list.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{Dataset, History, Interactions};
use crate::fit::{FitContext, FitError, require_positives};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    Blend, BulkRanking, Cause, ColdItems, Contribution, Explanation, FoldIn, ItemVectors, Model,
    ModelKind, RatingPrediction, Scorer, SimilarItems, check_history, check_user,
    score_block_by_scorer,
};
use crate::param::ParamError;
use crate::query::{Candidates, QueryError};

/// The settings of an algorithm that gives everybody the same list.
pub trait CommonListConfig:
    Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its tag.
    const KIND: ModelKind;

    /// Checks the ranges of the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    fn check(&self) -> Result<(), ParamError>;
}

/// One score for each item, the same for every user: `ln(1 + Σ_u weight · max(r_ui, 0))`.
#[derive(Clone, Debug)]
pub struct CommonList<C> {
    config: C,
    interactions: Interactions,
    scores: Vec<f32>,
    /// Mean of the scores: what every item gets in an explanation.
    mean: f32,
}

impl<C: CommonListConfig> CommonList<C> {
    const VERSION: u16 = 1;

    /// Adds up the positive values of each item, weighted by `weight` of their place among the entries.
    pub(super) fn fit(
        config: C,
        data: &Dataset,
        context: &FitContext<'_>,
        weight: impl Fn(usize) -> f64,
    ) -> Result<Self, FitError> {
        let interactions = data.interactions();
        require_positives(interactions)?;
        context.check()?;
        let mut totals = vec![0.0_f64; interactions.n_items()];
        let csr = interactions.user_csr();
        for (at, (&item, &value)) in csr.indices.iter().zip(csr.values).enumerate() {
            if value > 0.0 {
                totals[item as usize] += weight(at) * f64::from(value);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm fits f32")]
        let scores = totals.iter().map(|total| total.ln_1p() as f32).collect();
        context.report(C::KIND.name(), 1, 1);
        Ok(Self::new(config, interactions.clone(), scores))
    }

    fn new(config: C, interactions: Interactions, scores: Vec<f32>) -> Self {
        let sum: f64 = scores.iter().map(|&score| f64::from(score)).sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a mean of f32 fits f32"
        )]
        let mean = (sum / scores.len().max(1) as f64) as f32;
        Self { config, interactions, scores, mean }
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &C {
        &self.config
    }

    fn bind(&self) -> CommonListScorer<'_> {
        CommonListScorer { kind: C::KIND, scores: &self.scores, mean: self.mean }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(C::KIND.name(), Self::VERSION)?;
        let config: C = reader.config()?;
        config.check().map_err(|error| CodecError::malformed(error.to_string()))?;
        let interactions = reader.interactions().clone();
        let scores = reader.f32s("scores", interactions.n_items())?;
        Ok(Self::new(config, interactions, scores))
    }
}

impl<C: CommonListConfig> Model for CommonList<C> {
    fn kind(&self) -> ModelKind {
        C::KIND
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        Ok(Box::new(self.bind()))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        None
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        None
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        None
    }

    fn as_cold_items(&self) -> Option<&dyn ColdItems> {
        None
    }

    fn as_blend(&self) -> Option<&dyn Blend> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config).with("scores", &self.scores[..])
    }
}

impl<C: CommonListConfig> FoldIn for CommonList<C> {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(Box::new(self.bind()))
    }
}

#[derive(Debug)]
struct CommonListScorer<'a> {
    kind: ModelKind,
    scores: &'a [f32],
    mean: f32,
}

impl Scorer for CommonListScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        match candidates {
            Candidates::All => out.copy_from_slice(self.scores),
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                for (place, item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.scores[item.index()];
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let score = self.scores[item.index()];
        // How much more popular than the average it is: what tells it from others.
        let above = score - self.mean;
        let part = Contribution::new(self.kind, Cause::Popularity, above);
        Explanation::new(score, self.mean, vec![part], limit)
    }
}
