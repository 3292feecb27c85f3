//! What the item-linear models share: a sparse matrix over pairs of items whose rows, weighted by a
//! history, add up to the scores.

use crate::algo::rows_scorer::WeightedRows;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Row};
use crate::ids::ItemIdx;
use crate::linalg::sparse::SparseRows;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::{Candidates, Request, ScoredItem, rank};

/// Row `i` is what item `i` of a history says about others.
#[derive(Clone, Debug)]
pub(super) struct ItemWeights {
    kind: ModelKind,
    rows: SparseRows,
}

impl ItemWeights {
    /// Wraps a square matrix.
    pub(super) fn new(kind: ModelKind, rows: SparseRows) -> Self {
        Self { kind, rows }
    }

    /// Reads what [`store`](Self::store) wrote.
    pub(super) fn decode(kind: ModelKind, reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        let n_items = reader.interactions().n_items();
        let indptr = reader.sizes("indptr", n_items + 1)?;
        let count = indptr[n_items];
        let indices = reader.u32s("items", count)?;
        let weights = reader.f32s("weights", count)?;
        let rows = SparseRows { indptr, indices, weights };
        rows.check(n_items).map_err(CodecError::malformed)?;
        Ok(Self::new(kind, rows))
    }

    /// Adds the matrix to a payload.
    pub(super) fn store<'a>(&'a self, payload: Payload<'a>) -> Payload<'a> {
        payload
            .with("indptr", &self.rows.indptr[..])
            .with("items", &self.rows.indices[..])
            .with("weights", &self.rows.weights[..])
    }

    pub(super) fn rows(&self) -> &SparseRows {
        &self.rows
    }

    /// Returns the rows that a history selects: their sum is the scores.
    pub(super) fn of_row<'a>(&'a self, row: Row<'a, ItemIdx>) -> WeightedRows<'a> {
        WeightedRows {
            rows: row.indices(),
            weights: row.values(),
            matrix: self.rows.view(self.rows.n_rows()),
        }
    }

    /// Returns how much `source` speaks for `target`; 0 when they are no neighbours.
    pub(super) fn weight(&self, source: ItemIdx, target: ItemIdx) -> f32 {
        let (others, weights) = self.rows.row(source.index());
        others.binary_search(&target.get()).map_or(0.0, |at| weights[at])
    }

    /// Binds a row of the training data.
    pub(super) fn known<'a>(&'a self, row: Row<'a, ItemIdx>) -> Box<dyn Scorer + 'a> {
        Box::new(ItemLinearScorer { weights: self, source: Source::Known(row) })
    }

    /// Binds a history.
    pub(super) fn folded_in(&self, history: History) -> Box<dyn Scorer + '_> {
        Box::new(ItemLinearScorer { weights: self, source: Source::FoldedIn(history) })
    }

    /// Ranks what an item speaks for. Items it says nothing about, or nothing good, are not similar.
    pub(super) fn similar_items(&self, item: ItemIdx, request: &Request<'_>) -> Vec<ScoredItem> {
        let (items, weights) = self.rows.row(item.index());
        let similarity = |other: u32, weight: f32| {
            if weight > 0.0 && other != item.get() { weight } else { f32::NEG_INFINITY }
        };
        let scores: Vec<f32> = match request.candidates() {
            Candidates::All => {
                let mut scores = vec![f32::NEG_INFINITY; self.rows.n_rows()];
                for (&other, &weight) in items.iter().zip(weights) {
                    scores[other as usize] = similarity(other, weight);
                }
                scores
            }
            Candidates::Only(candidates) => {
                let of = |other: &ItemIdx| match items.binary_search(&other.get()) {
                    Ok(at) => similarity(other.get(), weights[at]),
                    Err(_) => f32::NEG_INFINITY,
                };
                candidates.as_slice().iter().map(of).collect()
            }
        };
        rank(request, &scores)
    }
}

/// A user's items and the matrix that they select rows of.
#[derive(Debug)]
struct ItemLinearScorer<'a> {
    weights: &'a ItemWeights,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Known(Row<'a, ItemIdx>),
    FoldedIn(History),
}

impl ItemLinearScorer<'_> {
    fn rows(&self) -> WeightedRows<'_> {
        let row = match &self.source {
            Source::Known(row) => *row,
            Source::FoldedIn(history) => history.as_row(),
        };
        self.weights.of_row(row)
    }
}

impl Scorer for ItemLinearScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.rows().score_into(candidates, out);
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let part = |(cause, weight)| {
            let cause = Cause::Item(ItemIdx::new(cause));
            Contribution::new(self.weights.kind, cause, weight)
        };
        let parts = self.rows().parts(item).map(part).collect();
        Explanation::new(self.rows().score(item), 0.0, parts, limit)
    }
}
