//! Products of whole factor matrices: the Gram matrix and the change of basis.

use std::ops::Range;

use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::panel::{add_gram, multiply, rows_at_once};
use crate::linalg::simd::{Kernel, Lanes};

/// Rows summed in `f32` before they go into the `f64` total.
pub(super) const GRAM_ROWS: usize = 1024;

/// Upper triangle of `Σ weight · row · rowᵀ` over some rows, row-major without padding.
pub(super) struct GramRows<'a> {
    pub(super) factors: &'a PaddedMatrix,
    pub(super) root_weights: &'a [f32],
    pub(super) rows: Range<usize>,
}

impl Kernel for GramRows<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Vec<f64> {
        let (width, stride) = (self.factors.width(), self.factors.stride());
        let mut total = vec![0.0; width * width];
        let mut sum = vec![0.0_f32; width.next_multiple_of(4) * stride];
        let at_once = rows_at_once(stride);
        let mut scaled = vec![0.0_f32; at_once * stride];
        for first in self.rows.clone().step_by(GRAM_ROWS) {
            sum.fill(0.0);
            let last = (first + GRAM_ROWS).min(self.rows.end);
            for block in (first..last).step_by(at_once) {
                let rows = block..(block + at_once).min(last);
                let scaled = &mut scaled[..rows.len() * stride];
                for (target, row) in scaled.chunks_exact_mut(stride).zip(rows) {
                    let weight = self.root_weights[row];
                    for (target, &value) in target.iter_mut().zip(self.factors.row(row)) {
                        *target = value * weight;
                    }
                }
                add_gram(simd, scaled, scaled, stride, &mut sum);
            }
            for (total, sum) in total.chunks_exact_mut(width).zip(sum.chunks_exact(stride)) {
                for (total, &sum) in total.iter_mut().zip(sum) {
                    *total += f64::from(sum);
                }
            }
        }
        total
    }
}

/// Rows of `stride` values times a matrix with rows of as many.
pub(super) struct Multiply<'a> {
    pub(super) left: &'a [f32],
    pub(super) right: &'a [f32],
    pub(super) stride: usize,
    pub(super) out: &'a mut [f32],
}

impl Kernel for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let stride = self.stride;
        multiply(simd, self.left, stride, self.right, stride, self.out, stride, 0, stride);
    }
}
