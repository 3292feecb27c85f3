//! Item factors transposed in panels of 64 items, for scoring many users at once.

use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::panel::multiply;
use crate::linalg::simd::{Kernel, Lanes, dispatch};

/// Items of one panel: four 512-bit vectors.
const WIDTH: usize = 64;

/// For each group of 64 items a matrix of factors × items, so that scores of neighbouring items lie in
/// one vector and no sum has to be taken across lanes. A panel of 64 factors is 16 KiB and stays in
/// the level-one cache while users pass by.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    values: Vec<f32>,
    factors: usize,
    n_items: usize,
}

impl Panels {
    pub(super) fn new(item_factors: &PaddedMatrix) -> Self {
        let (factors, n_items) = (item_factors.width(), item_factors.rows());
        let mut values = vec![0.0; n_items.div_ceil(WIDTH) * factors * WIDTH];
        for (panel, target) in values.chunks_exact_mut(factors * WIDTH).enumerate() {
            let first = panel * WIDTH;
            for item in first..(first + WIDTH).min(n_items) {
                for (row, &value) in item_factors.values(item).iter().enumerate() {
                    target[row * WIDTH + item - first] = value;
                }
            }
        }
        Self { values, factors, n_items }
    }

    /// Scores all items for users given by rows of `stride` values; `out` has a row of `n_items` for
    /// each.
    pub(super) fn score(&self, vectors: &[f32], stride: usize, out: &mut [f32]) {
        dispatch(Score { panels: self, vectors, stride, out });
    }
}

struct Score<'a> {
    panels: &'a Panels,
    vectors: &'a [f32],
    stride: usize,
    out: &'a mut [f32],
}

impl Kernel for Score<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { panels, vectors, stride, out } = self;
        let n_items = panels.n_items;
        for (panel, values) in panels.values.chunks_exact(panels.factors * WIDTH).enumerate() {
            let first = panel * WIDTH;
            let columns = WIDTH.min(n_items - first);
            multiply(simd, vectors, stride, values, WIDTH, out, n_items, first, columns);
        }
    }
}
