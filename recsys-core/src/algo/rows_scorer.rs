//! Scores that are a weighted sum of rows of a sparse matrix: a history's rows of item similarities,
//! neighbours' rows of interactions.

use crate::data::Csr;
use crate::ids::ItemIdx;
use crate::query::Candidates;

/// Rows of a matrix over items with the weight each has in the sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightedRows<'a> {
    /// Rows, ascending.
    pub(super) rows: &'a [u32],
    /// One for each row.
    pub(super) weights: &'a [f32],
    /// The matrix.
    pub(super) matrix: Csr<'a>,
}

impl<'a> WeightedRows<'a> {
    /// Writes the sum's value at each candidate.
    ///
    /// # Panics
    ///
    /// When `out` does not have one place for each candidate.
    pub(super) fn score_into(self, candidates: Candidates<'_>, out: &mut [f32]) {
        let n_items = self.matrix.n_columns;
        assert_eq!(out.len(), candidates.count(n_items), "one place for each candidate");
        match candidates {
            Candidates::All => {
                out.fill(0.0);
                self.add_to(out);
            }
            Candidates::Only(items) => {
                // A search in every row costs about eight steps a candidate.
                let few = items.len().saturating_mul(self.rows.len()).saturating_mul(8) < n_items;
                let items = items.as_slice();
                if few {
                    for (place, &item) in out.iter_mut().zip(items) {
                        *place = self.score(item);
                    }
                } else {
                    let mut all = vec![0.0; n_items];
                    self.add_to(&mut all);
                    for (place, item) in out.iter_mut().zip(items) {
                        *place = all[item.index()];
                    }
                }
            }
        }
    }

    /// Returns the sum's value at one item: the same additions in the same order.
    pub(super) fn score(self, item: ItemIdx) -> f32 {
        self.parts(item).map(|(_, part)| part).fold(0.0, |sum, part| sum + part)
    }

    /// Returns what each row adds at `item`, of those that have an entry there.
    pub(super) fn parts(self, item: ItemIdx) -> impl Iterator<Item = (u32, f32)> + 'a {
        self.rows.iter().zip(self.weights).filter_map(move |(&row, &weight)| {
            let (columns, values) = self.matrix.row(row as usize);
            let at = columns.binary_search(&item.get()).ok()?;
            Some((row, weight * values[at]))
        })
    }

    /// Adds the rows to `out`, one place for each item.
    pub(super) fn add_to(self, out: &mut [f32]) {
        for (&row, &weight) in self.rows.iter().zip(self.weights) {
            let (columns, values) = self.matrix.row(row as usize);
            for (&column, &value) in columns.iter().zip(values) {
                out[column as usize] += weight * value;
            }
        }
    }
}
