//! Similarities of one row with all others, and the choice of the nearest.

use crate::data::Csr;

/// Cosines of one row with all others over the columns in common. Buffers are reused from row to row.
#[derive(Debug)]
pub(super) struct Similarities {
    /// By row: `Σ r_x r_y`, `Σ r_x²`, `Σ r_y²` over the common columns, and their number.
    common: Vec<[f32; 4]>,
    touched: Vec<u32>,
    shrinkage: f64,
}

impl Similarities {
    pub(super) fn new(n_rows: usize, shrinkage: f32) -> Self {
        Self {
            common: vec![[0.0; 4]; n_rows],
            touched: Vec::new(),
            shrinkage: f64::from(shrinkage),
        }
    }

    /// Compares the row with entries `columns` and `values` with all rows, whose `transpose` is given.
    pub(super) fn compare(&mut self, columns: &[u32], values: &[f32], transpose: Csr<'_>) {
        for row in self.touched.drain(..) {
            self.common[row as usize] = [0.0; 4];
        }
        for (&column, &value) in columns.iter().zip(values) {
            let (rows, others) = transpose.row(column as usize);
            for (&row, &other) in rows.iter().zip(others) {
                let [product, own, its, count] = &mut self.common[row as usize];
                if *count < 0.5 {
                    self.touched.push(row);
                }
                *product += value * other;
                *own += value * value;
                *its += other * other;
                *count += 1.0;
            }
        }
    }

    /// Returns the rows that have a column in common with the one compared.
    pub(super) fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// Returns the similarity with `row`; `None` unless it is above zero.
    pub(super) fn with(&self, row: u32) -> Option<f64> {
        let [product, own, its, count] = self.common[row as usize].map(f64::from);
        let similarity = product / (own * its).sqrt() * (count / (count + self.shrinkage));
        (similarity > 0.0 && similarity.is_finite()).then_some(similarity)
    }

    /// Returns `Σ r_x r_y` with `row`.
    pub(super) fn product_with(&self, row: u32) -> f64 {
        f64::from(self.common[row as usize][0])
    }
}

/// A row that says something about a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbor {
    /// Above zero.
    pub(super) similarity: f64,
    /// How far its rating is from its mean.
    pub(super) deviation: f32,
    pub(super) position: u32,
}

/// Keeps the `limit` most similar neighbours, in no order; of equally similar ones those with the lower
/// position.
pub(super) fn keep_nearest(neighbors: &mut Vec<Neighbor>, limit: usize) {
    if neighbors.len() > limit {
        neighbors.select_nth_unstable_by(limit, |left, right| {
            let by_similarity = right.similarity.total_cmp(&left.similarity);
            by_similarity.then(left.position.cmp(&right.position))
        });
        neighbors.truncate(limit);
    }
}

/// Returns the mean of the deviations weighted by similarity; 0 of nobody.
pub(super) fn weighted_deviation(neighbors: &[Neighbor]) -> f64 {
    let total: f64 = neighbors.iter().map(|near| near.similarity).sum();
    let sum: f64 = neighbors.iter().map(|near| near.similarity * f64::from(near.deviation)).sum();
    if total > 0.0 { sum / total } else { 0.0 }
}
