//! The trained popularity ranking.

use super::PopularityConfig;
use crate::algo::hybrid::HybridModel;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    BulkRanking, Cause, ColdItems, Contribution, Explanation, FoldIn, ItemVectors, Model,
    ModelKind, RatingPrediction, Scorer, SimilarItems, check_history, check_user,
    score_block_by_scorer,
};
use crate::query::{Candidates, QueryError};

/// One score for each item, the same for every user.
#[derive(Clone, Debug)]
pub struct PopularityModel {
    config: PopularityConfig,
    interactions: Interactions,
    scores: Vec<f32>,
    /// Mean of the scores: what every item gets in an explanation.
    mean: f32,
}

impl PopularityModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: PopularityConfig,
        interactions: Interactions,
        scores: Vec<f32>,
    ) -> Self {
        let sum: f64 = scores.iter().map(|&score| f64::from(score)).sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a mean of f32 fits f32"
        )]
        let mean = (sum / scores.len().max(1) as f64) as f32;
        Self { config, interactions, scores, mean }
    }

    fn bind(&self) -> PopularityScorer<'_> {
        PopularityScorer { scores: &self.scores, mean: self.mean }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Popularity.name(), Self::VERSION)?;
        let interactions = reader.interactions().clone();
        let scores = reader.f32s("scores", interactions.n_items())?;
        Ok(Self::new(reader.config()?, interactions, scores))
    }
}

impl Model for PopularityModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Popularity
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

    fn as_hybrid(&self) -> Option<&HybridModel> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config).with("scores", &self.scores[..])
    }
}

impl FoldIn for PopularityModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(Box::new(self.bind()))
    }
}

#[derive(Debug)]
struct PopularityScorer<'a> {
    scores: &'a [f32],
    mean: f32,
}

impl Scorer for PopularityScorer<'_> {
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
        let part = Contribution::new(ModelKind::Popularity, Cause::Popularity, above);
        Explanation::new(score, self.mean, vec![part], limit)
    }
}
