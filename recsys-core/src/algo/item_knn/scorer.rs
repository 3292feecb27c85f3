//! A history bound to the matrix: sums of rows.

use super::model::ItemKnnModel;
use crate::algo::rows_scorer::WeightedRows;
use crate::data::{History, Row};
use crate::ids::ItemIdx;
use crate::model::{Cause, Contribution, Explanation, Model, ModelKind, Scorer};
use crate::query::Candidates;

/// A user's items and the matrix that they select rows of.
#[derive(Debug)]
pub(in crate::algo) struct ItemKnnScorer<'a> {
    model: &'a ItemKnnModel,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Known(Row<'a, ItemIdx>),
    FoldedIn(History),
}

impl<'a> ItemKnnScorer<'a> {
    pub(in crate::algo) fn known(model: &'a ItemKnnModel, row: Row<'a, ItemIdx>) -> Self {
        Self { model, source: Source::Known(row) }
    }

    pub(in crate::algo) fn folded_in(model: &'a ItemKnnModel, history: History) -> Self {
        Self { model, source: Source::FoldedIn(history) }
    }

    /// The history.
    pub(in crate::algo) fn row(&self) -> Row<'_, ItemIdx> {
        match &self.source {
            Source::Known(row) => *row,
            Source::FoldedIn(history) => history.as_row(),
        }
    }

    /// The rows of the history's items, whose sum the scores are.
    pub(in crate::algo) fn rows(&self) -> WeightedRows<'_> {
        let row = self.row();
        WeightedRows {
            rows: row.indices(),
            weights: row.values(),
            matrix: self.model.neighbors().view(self.model.interactions().n_items()),
        }
    }
}

impl Scorer for ItemKnnScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.rows().score_into(candidates, out);
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let part = |(cause, weight)| {
            let cause = Cause::Item(ItemIdx::new(cause));
            Contribution::new(ModelKind::ItemKnn, cause, weight)
        };
        let parts = self.rows().parts(item).map(part).collect();
        Explanation::new(self.rows().score(item), 0.0, parts, limit)
    }
}
