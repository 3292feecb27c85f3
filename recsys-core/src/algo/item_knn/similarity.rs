//! Weighting of interactions and the family of similarities.

use serde::{Deserialize, Serialize};

use crate::data::Csr;
use crate::linalg::sparse::SparseRows;

/// How positive values are weighted before similarities are computed. An item is a document whose
/// terms are the users who like it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Weighting {
    /// As they are.
    #[default]
    None,
    /// `√value · ln(items / (1 + items of the user))`: likes of people who like everything count less.
    TfIdf,
    /// Okapi BM25: as TF-IDF, with growth of the value damped, the more so for items with many likes.
    Bm25 {
        /// Where growth with the value saturates; above 0. 1.2 is usual.
        k1: f32,
        /// How much an item's total damps, 0 to 1. 0.75 is usual.
        b: f32,
    },
}

/// Exponents that say how co-occurrence becomes similarity; see the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Similarity {
    /// Damps users with many items; 0 to 3.
    pub user_exponent: f32,
    /// Damps popular items in the history; 0 to 3.
    pub source_exponent: f32,
    /// Damps popular items in the answer; 0 to 3.
    pub target_exponent: f32,
    /// Power of the co-occurrence; above 0, at most 3.
    pub power: f32,
}

impl Similarity {
    /// Sets all exponents.
    #[must_use]
    pub const fn new(
        source_exponent: f32,
        user_exponent: f32,
        target_exponent: f32,
        power: f32,
    ) -> Self {
        Self { user_exponent, source_exponent, target_exponent, power }
    }

    /// Cosine of the items' columns.
    #[must_use]
    pub const fn cosine() -> Self {
        Self::new(0.5, 0.0, 0.5, 1.0)
    }

    /// RP3β: the chance to walk from item to user to item, over the target's popularity to the power
    /// of `beta`; `beta` 0 is P3.
    #[must_use]
    pub const fn rp3(beta: f32) -> Self {
        Self::new(1.0, 1.0, beta, 1.0)
    }

    /// The symmetrically normalised walk, the linear part of GF-CF.
    #[must_use]
    pub const fn symmetric() -> Self {
        Self::new(0.5, 1.0, 0.5, 1.0)
    }

    /// The linear filter of Turbo-CF: a walk normalised by users to the power of `alpha` and by items to
    /// that of `1 - alpha`, sharpened by `power`.
    #[must_use]
    pub const fn turbo_cf(alpha: f32, power: f32) -> Self {
        let item_exponent = (1.0 - alpha) * power;
        Self::new(item_exponent, 2.0 * alpha, item_exponent, power)
    }

    /// Rare items of the history count far more than popular ones, the answer is hardly damped.
    #[must_use]
    pub const fn long_tail_source() -> Self {
        Self::new(0.9, 1.0, 0.1, 1.0)
    }
}

/// The positive part of the matrix, weighted, from both sides.
#[derive(Debug)]
pub(in crate::algo) struct Weighted {
    pub(in crate::algo) users: Rows,
    pub(in crate::algo) items: Rows,
    /// `m_u^-user_exponent`.
    pub(in crate::algo) user_factors: Vec<f32>,
    /// `m_i`.
    pub(in crate::algo) item_masses: Vec<f64>,
}

/// Rows of ascending positions with their weights.
#[derive(Debug, Default)]
pub(in crate::algo) struct Rows {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
}

impl Rows {
    pub(in crate::algo) fn len(&self) -> usize {
        self.indptr.len() - 1
    }

    pub(in crate::algo) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[row]..self.indptr[row + 1];
        (&self.indices[range.clone()], &self.weights[range])
    }

    pub(in crate::algo) fn degree(&self, row: usize) -> usize {
        self.indptr[row + 1] - self.indptr[row]
    }

    /// `Σ weight²` of a row.
    fn mass(&self, row: usize) -> f64 {
        self.row(row).1.iter().map(|&weight| f64::from(weight).powi(2)).sum()
    }

    /// The same as a matrix of its own.
    pub(in crate::algo) fn into_sparse(self) -> SparseRows {
        SparseRows { indptr: self.indptr, indices: self.indices, weights: self.weights }
    }

    /// The same entries with rows and columns exchanged.
    fn transposed(&self, columns: usize) -> Self {
        let mut indptr = vec![0; columns + 1];
        for &column in &self.indices {
            indptr[column as usize + 1] += 1;
        }
        for column in 0..columns {
            indptr[column + 1] += indptr[column];
        }
        let mut next = indptr.clone();
        let mut indices = vec![0; self.indices.len()];
        let mut weights = vec![0.0; self.indices.len()];
        for (row, position) in (0..self.len()).zip(0_u32..) {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                let place = &mut next[column as usize];
                indices[*place] = position;
                weights[*place] = value;
                *place += 1;
            }
        }
        Self { indptr, indices, weights }
    }
}

/// Weights stay in this range, so that a product of three neither vanishes nor overflows in `f32`.
/// Weaker entries are left out, as those of a user who likes everything are under TF-IDF.
const SMALLEST_WEIGHT: f64 = 1e-6;
const LARGEST_WEIGHT: f64 = 1e6;

/// The same for the factors of users.
const SMALLEST_FACTOR: f64 = 1e-12;
const LARGEST_FACTOR: f64 = 1e12;

impl Weighted {
    pub(in crate::algo) fn new(
        by_user: Csr<'_>,
        weighting: Weighting,
        similarity: Similarity,
    ) -> Self {
        let users = reweighted(&positives(by_user), by_user.n_columns, weighting);
        let items = users.transposed(by_user.n_columns);
        let exponent = -f64::from(similarity.user_exponent);
        #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
        let user_factors = (0..users.len())
            .map(|user| users.mass(user).powf(exponent))
            .map(|factor| factor.clamp(SMALLEST_FACTOR, LARGEST_FACTOR) as f32)
            .collect();
        let item_masses = (0..items.len()).map(|item| items.mass(item)).collect();
        Self { users, items, user_factors, item_masses }
    }
}

fn positives(csr: Csr<'_>) -> Rows {
    let mut rows = Rows { indptr: vec![0], ..Rows::default() };
    for row in 0..csr.n_rows() {
        let (indices, values) = csr.row(row);
        for (&index, &value) in indices.iter().zip(values).filter(|&(_, &value)| value > 0.0) {
            rows.indices.push(index);
            rows.weights.push(value);
        }
        rows.indptr.push(rows.indices.len());
    }
    rows
}

/// The rows with weights for values.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "stored as f32")]
fn reweighted(users: &Rows, n_items: usize, weighting: Weighting) -> Rows {
    let mut totals = vec![0.0_f64; n_items];
    for (&item, &value) in users.indices.iter().zip(&users.weights) {
        totals[item as usize] += f64::from(value);
    }
    let mean = (totals.iter().sum::<f64>() / n_items.max(1) as f64).max(f64::MIN_POSITIVE);
    let mut weighted = Rows { indptr: vec![0], ..Rows::default() };
    for user in 0..users.len() {
        let (items, values) = users.row(user);
        let rarity = (n_items as f64 / (1.0 + items.len() as f64)).ln();
        for (&item, &value) in items.iter().zip(values) {
            let value = f64::from(value);
            let weight = match weighting {
                Weighting::None => value,
                Weighting::TfIdf => value.sqrt() * rarity,
                Weighting::Bm25 { k1, b } => {
                    let (k1, b) = (f64::from(k1), f64::from(b));
                    let damping = k1 * (1.0 - b + b * totals[item as usize] / mean);
                    value * (k1 + 1.0) / (damping + value) * rarity
                }
            };
            if weight >= SMALLEST_WEIGHT {
                weighted.indices.push(item);
                weighted.weights.push(weight.min(LARGEST_WEIGHT) as f32);
            }
        }
        weighted.indptr.push(weighted.indices.len());
    }
    weighted
}
