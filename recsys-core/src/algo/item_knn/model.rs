//! The trained matrix of similarities.

use std::fmt;

use super::config::{ItemKnn, ItemKnnConfig};
use super::scorer::ItemKnnScorer;
use crate::algo::hybrid::HybridModel;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    FoldIn, ItemVectors, Model, ModelKind, Scorer, SimilarItems, check_history, check_item,
    check_user, score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// A sparse matrix over pairs of items: how much liking one speaks for the other.
#[derive(Clone)]
pub struct ItemKnnModel {
    config: ItemKnnConfig,
    interactions: Interactions,
    neighbors: Neighbors,
}

/// Rows of ascending items with weights above zero; row `i` is what item `i` speaks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Neighbors {
    pub(super) indptr: Vec<usize>,
    pub(super) items: Vec<u32>,
    pub(super) weights: Vec<f32>,
}

impl Default for Neighbors {
    /// No rows.
    fn default() -> Self {
        Self { indptr: vec![0], items: Vec::new(), weights: Vec::new() }
    }
}

impl Neighbors {
    pub(super) fn row(&self, item: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[item]..self.indptr[item + 1];
        (&self.items[range.clone()], &self.weights[range])
    }

    /// Adds the rows of `part` below.
    pub(super) fn append(&mut self, part: &Self) {
        let before = self.items.len();
        self.indptr.extend(part.indptr[1..].iter().map(|end| before + end));
        self.items.extend_from_slice(&part.items);
        self.weights.extend_from_slice(&part.weights);
    }

    /// The same weights with rows and columns exchanged.
    pub(super) fn transposed(&self) -> Self {
        let n_rows = self.indptr.len() - 1;
        let mut indptr = vec![0; n_rows + 1];
        for &item in &self.items {
            indptr[item as usize + 1] += 1;
        }
        for row in 0..n_rows {
            indptr[row + 1] += indptr[row];
        }
        let mut next = indptr.clone();
        let mut items = vec![0; self.items.len()];
        let mut weights = vec![0.0; self.items.len()];
        for (row, position) in (0..n_rows).zip(0_u32..) {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                let place = &mut next[column as usize];
                items[*place] = position;
                weights[*place] = value;
                *place += 1;
            }
        }
        Self { indptr, items, weights }
    }

    /// Says what is wrong with rows read from a file, for `n_items` items.
    fn check(&self, n_items: usize) -> Result<(), &'static str> {
        if self.indptr[0] != 0 || self.indptr.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("the rows of neighbours do not follow each other");
        }
        for item in 0..n_items {
            let (items, _) = self.row(item);
            let ascending = items.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || items.last().is_some_and(|&last| last as usize >= n_items) {
                return Err("a row of neighbours is not an ascending list of items");
            }
        }
        if self.weights.iter().any(|&weight| weight <= 0.0) {
            return Err("a neighbour's weight is not above zero");
        }
        Ok(())
    }
}

impl ItemKnnModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: ItemKnnConfig,
        interactions: Interactions,
        neighbors: Neighbors,
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
        let items = reader.u32s("items", count)?;
        let weights = reader.f32s("weights", count)?;
        let neighbors = Neighbors { indptr, items, weights };
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
        self.neighbors.weights.len()
    }

    pub(super) fn neighbors(&self) -> &Neighbors {
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

    fn as_hybrid(&self) -> Option<&HybridModel> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config)
            .with("indptr", &self.neighbors.indptr[..])
            .with("items", &self.neighbors.items[..])
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
