//! A matrix over pairs of items of low rank: `score(u, j) = Σ_i r_ui · a_i · (v_i · v_j)`.

use super::latent::ItemFactors;
use crate::data::Row;
use crate::ids::ItemIdx;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::{axpy, dot};

/// Item vectors `v`, and what an item of a history counts, `a`.
#[derive(Clone, Debug)]
pub(super) struct LowRank {
    factors: ItemFactors,
    sources: Vec<f32>,
}

impl LowRank {
    pub(super) fn new(vectors: PaddedMatrix, sources: Vec<f32>) -> Self {
        let width = vectors.width();
        Self { factors: ItemFactors::new(vectors, width), sources }
    }

    pub(super) fn factors(&self) -> &ItemFactors {
        &self.factors
    }

    /// What an item of a history counts.
    pub(super) fn sources(&self) -> &[f32] {
        &self.sources
    }

    /// Gives the whole matrix another weight.
    pub(super) fn scale(&mut self, weight: f32) {
        for source in &mut self.sources {
            *source *= weight;
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        let vectors = self.factors.matrix().as_slice().iter();
        vectors.chain(&self.sources).all(|value| value.is_finite())
    }

    /// The vector of a user with this row, padded.
    pub(super) fn query(&self, row: Row<'_, ItemIdx>) -> Vec<f32> {
        let matrix = self.factors.matrix();
        let mut query = vec![0.0; matrix.stride()];
        for (item, value) in row.iter() {
            axpy(value * self.sources[item.index()], matrix.row(item.index()), &mut query);
        }
        query
    }

    /// What a value of `cause` in a history adds to the score of `item`.
    pub(super) fn part(&self, cause: ItemIdx, value: f32, item: ItemIdx) -> f32 {
        let matrix = self.factors.matrix();
        let product = dot(matrix.row(cause.index()), matrix.row(item.index()));
        value * self.sources[cause.index()] * product
    }
}
