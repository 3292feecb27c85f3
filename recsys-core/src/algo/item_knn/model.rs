//! The trained matrix of similarities.

use std::fmt;

use super::config::{ItemKnn, ItemKnnConfig};
use super::scorer::ItemKnnScorer;
use crate::algo::hybrid::HybridModel;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::sparse::SparseRows;
use crate::model::{
    BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// A sparse matrix over pairs of items: how much liking one speaks for the other.
#[derive(Clone)]
pub struct ItemKnnModel {
    config: ItemKnnConfig,
    interactions: Interactions,
    /// Row `i` is what item `i` speaks for; weights are above zero.
    neighbors: SparseRows,
}

impl ItemKnnModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: ItemKnnConfig,
        interactions: Interactions,
        neighbors: SparseRows,
    ) -> Self {
        Self { config, interactions, neighbors }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::ItemKnn.name(), Self::VERSION)?;
        let config: ItemKnnConfig = reader.config()?;
        ItemKnn::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let interactions = reader.interactions().clone();
        let n_items = interactions.n_items();
        let indptr = reader.sizes("indptr", n_items + 1)?;
        let count = indptr[n_items];
        let indices = reader.u32s("items", count)?;
        let weights = reader.f32s("weights", count)?;
        if weights.iter().any(|&weight| weight <= 0.0) {
            return Err(CodecError::malformed("a neighbour's weight is not above zero"));
        }
        let neighbors = SparseRows { indptr, indices, weights };
        neighbors.check(n_items).map_err(CodecError::malformed)?;
        Ok(Self::new(config, interactions, neighbors))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &ItemKnnConfig {
        &self.config
    }

    /// Returns how many weights the model holds.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.neighbors.n_weights()
    }

    pub(super) fn neighbors(&self) -> &SparseRows {
        &self.neighbors
    }
}

impl Model for ItemKnnModel {
    fn kind(&self) -> ModelKind {
        ModelKind::ItemKnn
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        Ok(Box::new(ItemKnnScorer::known(self, self.interactions.user(user))))
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

    fn as_hybrid(&self) -> Option<&HybridModel> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config)
            .with("indptr", &self.neighbors.indptr[..])
            .with("items", &self.neighbors.indices[..])
            .with("weights", &self.neighbors.weights[..])
    }
}

impl FoldIn for ItemKnnModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(Box::new(ItemKnnScorer::folded_in(self, history.clone())))
    }
}

impl SimilarItems for ItemKnnModel {
    /// The item's own list: what liking it speaks for. Items outside the list are not similar.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(&self.interactions, item)?;
        let (items, weights) = self.neighbors.row(item.index());
        let scores: Vec<f32> = match request.candidates() {
            Candidates::All => {
                let mut scores = vec![f32::NEG_INFINITY; self.interactions.n_items()];
                for (&other, &weight) in items.iter().zip(weights) {
                    scores[other as usize] = weight;
                }
                scores
            }
            Candidates::Only(candidates) => {
                let weight = |other: &ItemIdx| match items.binary_search(&other.get()) {
                    Ok(at) => weights[at],
                    Err(_) => f32::NEG_INFINITY,
                };
                candidates.as_slice().iter().map(weight).collect()
            }
        };
        Ok(rank(request, &scores))
    }
}

impl fmt::Debug for ItemKnnModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemKnnModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions.n_items())
            .field("n_weights", &self.n_weights())
            .finish_non_exhaustive()
    }
}
