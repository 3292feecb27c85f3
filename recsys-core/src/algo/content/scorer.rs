//! A user's profile and the items that share features with it.

use super::model::ContentModel;
use crate::data::Row;
use crate::ids::ItemIdx;
use crate::linalg::sparse::SparseRows;
use crate::model::{Contribution, Explanation, Model, ModelKind, Scorer};
use crate::query::Candidates;

/// What a user likes, in the columns of the items: length 1, or 0 when likes and dislikes cancel out.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// One value for each column.
    values: Vec<f32>,
}

impl Profile {
    /// Adds up the rows of a history, weighted by its values.
    pub(super) fn new(rows: &SparseRows, n_columns: usize, history: Row<'_, ItemIdx>) -> Self {
        let mut sums = vec![0.0_f64; n_columns];
        for (item, value) in history.iter() {
            let (columns, weights) = rows.row(item.index());
            for (&column, &weight) in columns.iter().zip(weights) {
                sums[column as usize] += f64::from(value) * f64::from(weight);
            }
        }
        // The square of a large value leaves the range, so the largest one is taken out first.
        let largest = sums.iter().fold(0.0_f64, |most, sum| most.max(sum.abs()));
        let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
        let length = sums.iter().map(|sum| (sum * scale).powi(2)).sum::<f64>().sqrt();
        let factor = if length > 0.0 { scale / length } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "kept as f32")]
        let values = sums.iter().map(|sum| (sum * factor) as f32).collect();
        Self { values }
    }

    /// The profile that is a row.
    pub(super) fn of_row((columns, weights): (&[u32], &[f32]), n_columns: usize) -> Self {
        let mut values = vec![0.0; n_columns];
        for (&column, &weight) in columns.iter().zip(weights) {
            values[column as usize] = weight;
        }
        Self { values }
    }

    /// Returns the value of each column.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Writes the cosine with every item into `out`, by the lists of items of the columns.
    pub(super) fn score_all(&self, postings: &SparseRows, out: &mut [f32]) {
        out.fill(0.0);
        for (column, &value) in self.values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let (items, weights) = postings.row(column);
            for (&item, &weight) in items.iter().zip(weights) {
                out[item as usize] += value * weight;
            }
        }
    }

    /// Returns the cosine with one row: the same sum in the same order.
    pub(super) fn score(&self, (columns, weights): (&[u32], &[f32])) -> f32 {
        let parts = columns.iter().zip(weights);
        parts.fold(0.0, |sum, (&column, &weight)| sum + self.values[column as usize] * weight)
    }
}

/// A profile bound to the items.
#[derive(Debug)]
pub(super) struct ContentScorer<'a> {
    model: &'a ContentModel,
    profile: Profile,
}

impl<'a> ContentScorer<'a> {
    pub(super) fn new(model: &'a ContentModel, history: Row<'_, ItemIdx>) -> Self {
        Self { model, profile: model.profile(history) }
    }
}

impl Scorer for ContentScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        match candidates {
            Candidates::All => {
                assert_eq!(
                    out.len(),
                    self.model.interactions().n_items(),
                    "one place for each item"
                );
                self.profile.score_all(self.model.postings(), out);
            }
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                for (place, item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.profile.score(self.model.rows().row(item.index()));
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let row = self.model.rows().row(item.index());
        let part = |(&column, &weight): (&u32, &f32)| {
            (column, self.profile.values[column as usize] * weight)
        };
        let shared = row.0.iter().zip(row.1).map(part).filter(|(_, part)| *part != 0.0);
        let named = |(column, part)| {
            Contribution::new(ModelKind::Content, self.model.blocks().cause(column), part)
        };
        let parts = shared.map(named).collect();
        Explanation::new(self.profile.score(row), 0.0, parts, limit)
    }
}
