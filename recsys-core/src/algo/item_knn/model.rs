//! The trained matrix of similarities.

use std::fmt;

use super::config::{ItemKnn, ItemKnnConfig};
use super::scorer::ItemKnnScorer;
use crate::algo::Feedback;
use crate::algo::rating_neighbors::{ItemBasedScorer, Means};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::sparse::SparseRows;
use crate::model::{
    Blend, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// A sparse matrix over pairs of items: how much liking one speaks for the other.
#[derive(Clone)]
pub struct ItemKnnModel {
    config: ItemKnnConfig,
    interactions: Interactions,
    /// Row `i` is what item `i` speaks for; weights are above zero. Empty in the rating mode.
    neighbors: SparseRows,
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
        Self { config, interactions, neighbors, means: None }
    }

    /// A model that predicts ratings; its similarities are computed when they are needed.
    pub(super) fn of_ratings(config: ItemKnnConfig, interactions: Interactions) -> Self {
        let means = Some(Means::new(&interactions));
        let indptr = vec![0; interactions.n_items() + 1];
        let neighbors = SparseRows { indptr, ..SparseRows::default() };
        Self { config, interactions, neighbors, means }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::ItemKnn.name(), Self::VERSION)?;
        Self::from_sections(reader.config()?, reader)
    }

    /// Reads what [`with_sections`](Self::with_sections) wrote.
    pub(in crate::algo) fn from_sections(
        config: ItemKnnConfig,
        reader: &PayloadReader<'_>,
    ) -> Result<Self, CodecError> {
        ItemKnn::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let interactions = reader.interactions().clone();
        if config.feedback == Feedback::Ratings {
            return Ok(Self::of_ratings(config, interactions));
        }
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

    /// The matrix it was fitted on.
    pub(in crate::algo) fn matrix(&self) -> &Interactions {
        &self.interactions
    }

    /// How much `source` speaks for `target`; 0 when they are no neighbours.
    pub(in crate::algo) fn weight(&self, source: ItemIdx, target: ItemIdx) -> f32 {
        let (others, weights) = self.neighbors.row(source.index());
        others.binary_search(&target.get()).map_or(0.0, |at| weights[at])
    }

    /// Adds the matrix of similarities to a payload.
    pub(in crate::algo) fn with_sections<'a>(&'a self, payload: Payload<'a>) -> Payload<'a> {
        payload
            .with("indptr", &self.neighbors.indptr[..])
            .with("items", &self.neighbors.indices[..])
            .with("weights", &self.neighbors.weights[..])
    }

    pub(super) fn neighbors(&self) -> &SparseRows {
        &self.neighbors
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
            None => Box::new(ItemKnnScorer::known(self, row)),
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

    fn payload(&self) -> Payload<'_> {
        let payload = Payload::new(Self::VERSION, &self.config);
        if self.means.is_some() { payload } else { self.with_sections(payload) }
    }
}

impl FoldIn for ItemKnnModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(match &self.means {
            Some(means) => Box::new(self.bind_ratings(means, history.clone())),
            None => Box::new(ItemKnnScorer::folded_in(self, history.clone())),
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
