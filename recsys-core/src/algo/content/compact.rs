//! Short vectors for vector indexes: a truncated singular value decomposition of the items.

use std::convert::Infallible;

use super::scorer::Profile;
use crate::ids::ItemIdx;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::sparse::SparseRows;
use crate::linalg::svd::{SvdSettings, truncated_svd};

/// Vectors beyond the wanted ones that are carried along so that the last ones converge.
const OVERSAMPLING: usize = 16;
/// Products with the matrix and its transpose.
const ROUNDS: usize = 4;

/// Items and profiles in the leading directions of the items.
#[derive(Clone, Debug)]
pub struct CompactVectors {
    items: PaddedMatrix,
    /// The directions: a row for each feature.
    directions: PaddedMatrix,
    kept: f64,
}

impl CompactVectors {
    pub(super) fn new(
        rows: &SparseRows,
        columns: &SparseRows,
        dimensions: usize,
        seed: u64,
    ) -> Self {
        assert!(dimensions > 0, "vectors have a dimension at least");
        let settings =
            SvdSettings { rank: dimensions, oversampling: OVERSAMPLING, rounds: ROUNDS, seed };
        let (n_items, n_columns) = (rows.n_rows(), columns.n_rows());
        let pulse = || Ok::<_, Infallible>(());
        let decomposed =
            truncated_svd(rows.view(n_columns), columns.view(n_items), settings, pulse, |_, _| {});
        let Ok(decomposed) = decomposed;
        let squares =
            |values: &[f32]| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        let whole = squares(&rows.weights);
        let kept = if whole > 0.0 { (squares(&decomposed.values) / whole).min(1.0) } else { 1.0 };
        let directions = decomposed.right;
        let mut items = PaddedMatrix::zeros(n_items, dimensions);
        let stride = items.stride();
        for (item, vector) in items.as_mut_slice().chunks_exact_mut(stride).enumerate() {
            let (columns, weights) = rows.row(item);
            project(columns.iter().copied().zip(weights.iter().copied()), &directions, vector);
        }
        Self { items, directions, kept }
    }

    /// Returns the length of each vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.items.width()
    }

    /// Returns the share of the items' squared length that the vectors keep, 0 to 1: what is left of an
    /// item's cosine with itself, on average.
    #[must_use]
    pub fn kept(&self) -> f64 {
        self.kept
    }

    /// Returns one item's vector, of length 1 at most; `None` outside the model.
    #[must_use]
    pub fn item_vector(&self, item: ItemIdx) -> Option<&[f32]> {
        (item.index() < self.items.rows()).then(|| self.items.values(item.index()))
    }

    /// Returns the vector of a profile: its inner products with items' vectors are near the scores.
    pub(super) fn of_profile(&self, profile: &Profile) -> Vec<f32> {
        let mut vector = vec![0.0; self.directions.stride()];
        let values = (0..).zip(profile.values().iter().copied());
        project(values.filter(|(_, value)| *value != 0.0), &self.directions, &mut vector);
        vector.truncate(self.dimensions());
        vector
    }
}

/// Adds up the directions of features.
fn project(
    features: impl Iterator<Item = (u32, f32)>,
    directions: &PaddedMatrix,
    vector: &mut [f32],
) {
    for (column, weight) in features {
        crate::linalg::axpy(weight, directions.row(column as usize), vector);
    }
}
