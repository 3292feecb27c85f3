//! The trained weights.

use std::fmt;

use super::config::{Ease, EaseConfig};
use super::fit::push_strongest;
use crate::algo::item_linear::ItemWeights;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::sparse::SparseRows;
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{QueryError, Request, ScoredItem};

/// A sparse matrix over pairs of items: how much having one says for or against the other.
#[derive(Clone)]
pub struct EaseModel {
    config: EaseConfig,
    interactions: Interactions,
    weights: ItemWeights,
}

impl EaseModel {
    const VERSION: u16 = 1;

    pub(super) fn new(config: EaseConfig, interactions: Interactions, rows: SparseRows) -> Self {
        Self { config, interactions, weights: ItemWeights::new(ModelKind::Ease, rows) }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Ease.name(), Self::VERSION)?;
        let config: EaseConfig = reader.config()?;
        Ease::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let weights = ItemWeights::decode(ModelKind::Ease, reader)?;
        Ok(Self { config, interactions: reader.interactions().clone(), weights })
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &EaseConfig {
        &self.config
    }

    /// Returns how many weights the model holds.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.weights.rows().n_weights()
    }

    /// Returns the model with at most `neighbors` weights of each item, as training with so many
    /// would have given: smaller and faster, and less exact.
    #[must_use]
    pub fn pruned(&self, neighbors: u32) -> Self {
        let all = self.weights.rows();
        let (mut rows, mut candidates) = (SparseRows::default(), Vec::new());
        for item in 0..all.n_rows() {
            let (targets, weights) = all.row(item);
            candidates.clear();
            candidates.extend(targets.iter().copied().zip(weights.iter().copied()));
            push_strongest(&mut candidates, neighbors as usize, &mut rows);
        }
        let neighbors = self.config.neighbors.map_or(neighbors, |kept| kept.min(neighbors));
        let config = self.config.clone().with_neighbors(Some(neighbors));
        Self::new(config, self.interactions.clone(), rows)
    }

    #[cfg(test)]
    pub(super) fn weights(&self) -> &SparseRows {
        self.weights.rows()
    }
}

impl Model for EaseModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Ease
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        Ok(self.weights.known(self.interactions.user(user)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        Some(self)
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
        self.weights.store(Payload::new(Self::VERSION, &self.config))
    }
}

impl FoldIn for EaseModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(self.weights.folded_in(history.clone()))
    }
}

impl SimilarItems for EaseModel {
    /// What having the item speaks for. Items it does not speak for are not similar.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(&self.interactions, item)?;
        Ok(self.weights.similar_items(item, request))
    }
}

impl fmt::Debug for EaseModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EaseModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions.n_items())
            .field("n_weights", &self.n_weights())
            .finish_non_exhaustive()
    }
}
