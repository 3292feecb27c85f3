//! The trained matrix of similarities.

use std::fmt;

use super::config::{ItemKnn, ItemKnnConfig};
use crate::algo::Feedback;
use crate::algo::item_linear::ItemWeights;
use crate::algo::rating_neighbors::{ItemBasedScorer, Means};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::sparse::SparseRows;
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{QueryError, Request, ScoredItem};

/// A sparse matrix over pairs of items: how much liking one speaks for the other.
#[derive(Clone)]
pub struct ItemKnnModel {
    config: ItemKnnConfig,
    interactions: Interactions,
    /// Row `i` is what item `i` speaks for; weights are above zero. Empty in the rating mode.
    neighbors: ItemWeights,
    /// What predictions of ratings start from, in that mode.
    means: Option<Means>,
}

impl ItemKnnModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: ItemKnnConfig,
        interactions: Interactions,
        neighbors: SparseRows,
    ) -> Self {
        let neighbors = ItemWeights::new(ModelKind::ItemKnn, neighbors);
        Self { config, interactions, neighbors, means: None }
    }

    /// A model that predicts ratings; its similarities are computed when they are needed.
    pub(super) fn of_ratings(config: ItemKnnConfig, interactions: Interactions) -> Self {
        let means = Some(Means::new(&interactions));
        let indptr = vec![0; interactions.n_items() + 1];
        let neighbors = SparseRows { indptr, ..SparseRows::default() };
        let neighbors = ItemWeights::new(ModelKind::ItemKnn, neighbors);
        Self { config, interactions, neighbors, means }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::ItemKnn.name(), Self::VERSION)?;
        Self::from_sections(reader.config()?, reader)
    }

    /// Reads a model with these settings from its sections.
    pub(in crate::algo) fn from_sections(
        config: ItemKnnConfig,
        reader: &PayloadReader<'_>,
    ) -> Result<Self, CodecError> {
        ItemKnn::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let interactions = reader.interactions().clone();
        if config.feedback == Feedback::Ratings {
            return Ok(Self::of_ratings(config, interactions));
        }
        let neighbors = ItemWeights::decode(ModelKind::ItemKnn, reader)?;
        if neighbors.rows().weights.iter().any(|&weight| weight <= 0.0) {
            return Err(CodecError::malformed("a neighbour's weight is not above zero"));
        }
        Ok(Self { config, interactions, neighbors, means: None })
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &ItemKnnConfig {
        &self.config
    }

    /// Returns how many weights the model holds.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.neighbors.rows().n_weights()
    }

    /// The matrix it was fitted on.
    pub(in crate::algo) fn matrix(&self) -> &Interactions {
        &self.interactions
    }

    /// How much items speak for each other.
    pub(in crate::algo) fn weights(&self) -> &ItemWeights {
        &self.neighbors
    }

    #[cfg(test)]
    pub(super) fn neighbors(&self) -> &SparseRows {
        self.neighbors.rows()
    }

    fn bind_ratings<'a>(&'a self, means: &'a Means, history: History) -> ItemBasedScorer<'a> {
        let ItemKnnConfig { neighbors, shrinkage, .. } = self.config;
        ItemBasedScorer::new(&self.interactions, means, history, neighbors, shrinkage)
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
        let row = self.interactions.user(user);
        Ok(match &self.means {
            Some(means) => Box::new(self.bind_ratings(means, History::from_row(row))),
            None => self.neighbors.known(row),
        })
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        self.means.is_none().then_some(self)
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        None
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        self.means.is_some().then_some(self)
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
        let payload = Payload::new(Self::VERSION, &self.config);
        if self.means.is_some() { payload } else { self.neighbors.store(payload) }
    }
}

impl FoldIn for ItemKnnModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(match &self.means {
            Some(means) => Box::new(self.bind_ratings(means, history.clone())),
            None => self.neighbors.folded_in(history.clone()),
        })
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
        Ok(self.neighbors.similar_items(item, request))
    }
}

impl RatingPrediction for ItemKnnModel {
    /// A user or an item without ratings gets the mean of all.
    fn predict(&self, user: Option<UserIdx>, item: Option<ItemIdx>) -> f32 {
        let means = self.means.as_ref().expect("only a model of ratings gives this ability");
        means.predict(&self.interactions, user, item, |user, item| {
            let history = History::from_row(self.interactions.user(user));
            self.bind_ratings(means, history).predict(item)
        })
    }

    fn scale(&self) -> (f32, f32) {
        self.means.as_ref().map_or((0.0, 0.0), Means::scale)
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
