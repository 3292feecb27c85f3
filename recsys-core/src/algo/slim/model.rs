//! The trained weights.

use std::fmt;

use super::config::{Slim, SlimConfig};
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
pub struct SlimModel {
    config: SlimConfig,
    interactions: Interactions,
    weights: ItemWeights,
}

impl SlimModel {
    const VERSION: u16 = 1;

    pub(super) fn new(config: SlimConfig, interactions: Interactions, rows: SparseRows) -> Self {
        Self { config, interactions, weights: ItemWeights::new(ModelKind::Slim, rows) }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Slim.name(), Self::VERSION)?;
        let config: SlimConfig = reader.config()?;
        Slim::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let weights = ItemWeights::decode(ModelKind::Slim, reader)?;
        Ok(Self { config, interactions: reader.interactions().clone(), weights })
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &SlimConfig {
        &self.config
    }

    /// Returns how many weights the model holds.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.weights.rows().n_weights()
    }

    #[cfg(test)]
    pub(super) fn weights(&self) -> &SparseRows {
        self.weights.rows()
    }
}

impl Model for SlimModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Slim
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

impl FoldIn for SlimModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(self.weights.folded_in(history.clone()))
    }
}

impl SimilarItems for SlimModel {
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

impl fmt::Debug for SlimModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlimModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions.n_items())
            .field("n_weights", &self.n_weights())
            .finish_non_exhaustive()
    }
}
