//! A history bound to the matrix: sums of rows.

use super::model::ItemKnnModel;
use crate::data::{History, Row};
use crate::ids::ItemIdx;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
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

    /// Adds the rows of the history to `out`, one place for each item.
    pub(in crate::algo) fn add_rows(&self, out: &mut [f32]) {
        for (item, value) in self.row().iter() {
            let (others, weights) = self.model.neighbors().row(item.index());
            for (&other, &weight) in others.iter().zip(weights) {
                out[other as usize] += value * weight;
            }
        }
    }

    /// The same sum for one item, in the same order.
    pub(in crate::algo) fn score(&self, wanted: ItemIdx) -> f32 {
        self.parts(wanted).map(|(_, part)| part).fold(0.0, |sum, part| sum + part)
    }

    fn parts(&self, wanted: ItemIdx) -> impl Iterator<Item = (ItemIdx, f32)> + '_ {
        self.row().iter().filter_map(move |(item, value)| {
            let (others, weights) = self.model.neighbors().row(item.index());
            let at = others.binary_search(&wanted.get()).ok()?;
            Some((item, value * weights[at]))
        })
    }
}

impl Scorer for ItemKnnScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        let n_items = candidates_total(self.model);
        match candidates {
            Candidates::All => {
                assert_eq!(out.len(), n_items, "one place for each item");
                out.fill(0.0);
                self.add_rows(out);
            }
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                // A search in every row of the history costs about eight steps a candidate.
                let few = items.len().saturating_mul(self.row().len()).saturating_mul(8) < n_items;
                let items = items.as_slice();
                if few {
                    for (place, &item) in out.iter_mut().zip(items) {
                        *place = self.score(item);
                    }
                } else {
                    let mut all = vec![0.0; n_items];
                    self.add_rows(&mut all);
                    for (place, item) in out.iter_mut().zip(items) {
                        *place = all[item.index()];
                    }
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let part =
            |(cause, weight)| Contribution::new(ModelKind::ItemKnn, Cause::Item(cause), weight);
        let parts = self.parts(item).map(part).collect();
        Explanation::new(self.score(item), 0.0, parts, limit)
    }
}

fn candidates_total(model: &ItemKnnModel) -> usize {
    crate::model::Model::interactions(model).n_items()
}
