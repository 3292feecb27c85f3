//! Half-steps that solve a block of factors of each row at a time (Rendle and others, *iALS++*, 2021).
//!
//! For a row `x` and a block `B` of its factors the loss is minimal at
//!
//! ```text
//! x_B -= H⁻¹ g    H = a·G_BB + Σ w c y_B y_Bᵀ + λ I    g = a·G_B x + Σ w (c s - q) y_B + λ x_B
//! ```
//!
//! with `a` the unobserved weight, `G` the weighted Gram matrix of the other side and `s = x·y` the
//! entry's score, which is kept up to date from block to block. A pass over all blocks costs
//! `n d B / 2 + d B² / 6 + d²` multiply-adds for a row of `n` entries; it starts from the row as it is,
//! and repeated passes converge to the exact solution.

use std::ops::Range;

use super::feedback::Feedback;
use crate::data::Csr;
use crate::linalg::cholesky::{NotPositiveDefinite, Workspace, solve_in_place};
use crate::linalg::matrix::{PaddedMatrix, padded};
use crate::linalg::panel::{add_gram, multiply, rows_at_once};
use crate::linalg::simd::{Kernel, Lanes, TILE};
use crate::linalg::{axpy_with, dot_with};

/// The fixed side of a half-step.
#[derive(Clone, Debug)]
pub(super) struct Subspace<'a> {
    pub(super) factors: &'a PaddedMatrix,
    /// Square root of the weight of each row of `factors`.
    pub(super) root_weights: &'a [f32],
    pub(super) feedback: Feedback,
    /// The Gram matrix times the unobserved weight, block by block of columns.
    pub(super) panels: Vec<Panel>,
}

/// The columns of the Gram matrix that belong to one block of factors.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    factors: Range<usize>,
    /// A row for each factor, padded.
    values: Vec<f32>,
}

impl Panel {
    /// Cuts a matrix, given by its upper triangle, into blocks of columns.
    #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
    pub(super) fn cut(upper: &[f64], width: usize, scale: f64, block: usize) -> Vec<Self> {
        let panel = |first: usize| {
            let factors = first..(first + block).min(width);
            let stride = padded(factors.len());
            let mut values = vec![0.0; width * stride];
            for (row, values) in values.chunks_exact_mut(stride).enumerate() {
                for (value, column) in values.iter_mut().zip(factors.clone()) {
                    let at = row.min(column) * width + row.max(column);
                    *value = (upper[at] * scale) as f32;
                }
            }
            Self { factors, values }
        };
        (0..width).step_by(block).map(panel).collect()
    }

    /// Length of a row.
    fn stride(&self) -> usize {
        padded(self.factors.len())
    }
}

/// Buffers of one worker.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The score of each entry of the rows at hand.
    scores: Vec<f32>,
    /// The rows times the block's columns of the Gram matrix.
    shared: Vec<f32>,
    gathered: Vec<f32>,
    signed: Vec<f32>,
    system: Vec<f32>,
    right: Vec<f32>,
    workspace: Workspace,
}

/// One pass over all blocks for neighbouring rows, in place.
pub(super) struct Pass<'a> {
    pub(super) fixed: &'a Subspace<'a>,
    pub(super) csr: Csr<'a>,
    /// Penalties of all rows of the matrix.
    pub(super) regularizations: &'a [f32],
    pub(super) rows: Range<usize>,
    pub(super) scratch: &'a mut Scratch,
    /// The rows, padded to the stride of the factors.
    pub(super) out: &'a mut [f32],
}

impl Kernel for Pass<'_> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let Self { fixed, csr, regularizations, rows, scratch, out } = self;
        let stride = fixed.factors.stride();
        scratch.scores.clear();
        for (row, own) in rows.clone().zip(out.chunks_exact_mut(stride)) {
            let indices = csr.row(row).0;
            if indices.is_empty() {
                own.fill(0.0);
            }
            let score = |&index: &u32| dot_with(simd, own, fixed.factors.row(index as usize));
            scratch.scores.extend(indices.iter().map(score));
        }
        for panel in &fixed.panels {
            let width = panel.stride();
            scratch.shared.resize(rows.len() * width, 0.0);
            let Scratch { shared, .. } = scratch;
            multiply(simd, out, stride, &panel.values, width, shared, width, 0, width);
            let mut first = 0;
            for (place, row) in rows.clone().enumerate() {
                let entries = csr.row(row);
                let scores = first..first + entries.0.len();
                first = scores.end;
                if !scores.is_empty() {
                    let own = &mut out[place * stride..][panel.factors.start..][..width];
                    let penalty = regularizations[row];
                    fixed.solve(simd, panel, entries, penalty, place, scores, scratch, own)?;
                }
            }
        }
        Ok(())
    }
}

impl Subspace<'_> {
    /// Solves one block of one row and brings the scores of its entries up to date.
    #[inline(always)]
    fn solve<S: Lanes>(
        &self,
        simd: S,
        panel: &Panel,
        (indices, values): (&[u32], &[f32]),
        penalty: f32,
        place: usize,
        scores: Range<usize>,
        scratch: &mut Scratch,
        own: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let (order, stride) = (panel.factors.len(), panel.stride());
        let Scratch { scores: all, shared, gathered, signed, system, right, workspace } = scratch;
        let scores = &mut all[scores];
        let block = |index: u32| &self.factors.row(index as usize)[panel.factors.start..][..stride];

        system.clear();
        system.extend_from_slice(&panel.values[panel.factors.start * stride..][..order * stride]);
        system.resize(order.next_multiple_of(TILE) * stride, 0.0);
        for at in 0..order {
            system[at * stride + at] += penalty;
        }
        right.clear();
        right.extend_from_slice(&shared[place * stride..][..stride]);
        axpy_with(simd, penalty, own, right);

        let at_once = rows_at_once(stride);
        let parts = indices.chunks(at_once).zip(values.chunks(at_once));
        for ((indices, values), scores) in parts.zip(scores.chunks(at_once)) {
            gathered.resize(indices.len() * stride, 0.0);
            signed.resize(indices.len() * stride, 0.0);
            let rows = gathered.chunks_exact_mut(stride).zip(signed.chunks_exact_mut(stride));
            let entries = indices.iter().zip(values).zip(scores);
            for (((&index, &value), &score), (gathered, signed)) in entries.zip(rows) {
                let (confidence, pull) = self.feedback.terms(value);
                let weight = self.root_weights[index as usize] * self.root_weights[index as usize];
                gathered.copy_from_slice(block(index));
                signed.fill(0.0);
                axpy_with(simd, weight * confidence, gathered, signed);
                axpy_with(simd, weight * (confidence * score - pull), gathered, right);
            }
            add_gram(simd, signed, gathered, stride, system);
        }

        solve_in_place(simd, system, order, stride, right, workspace)?;
        let change = &workspace.solution[..stride];
        axpy_with(simd, -1.0, change, own);
        for (score, &index) in scores.iter_mut().zip(indices) {
            *score -= dot_with(simd, change, block(index));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::feedback::{Confidence, ObservedLoss};
    use super::super::tests::eliminate;
    use super::*;
    use crate::linalg::simd::dispatch;
    use crate::testing::fixtures::long_tail;

    /// Factors of 30 items.
    fn factors(width: usize) -> impl Strategy<Value = PaddedMatrix> {
        prop::collection::vec(-0.5_f32..0.5, 30 * width)
            .prop_map(move |values| PaddedMatrix::from_dense(&values, width))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn many_passes_converge_to_the_exact_solution(
            (factors, block) in (1_usize..40).prop_flat_map(|width| {
                (factors(width), prop_oneof![Just(16), Just(32), Just(64)])
            }),
            alpha in 0.5_f32..4.0,
        ) {
            let data = long_tail(12, 30, 8, 3);
            let (csr, width) = (data.user_csr(), factors.width());
            let weights: Vec<f32> = (0..30).map(|item| 0.5 + item as f32 / 20.0).collect();
            let feedback = Feedback {
                confidence: Confidence::Linear { alpha },
                observed: ObservedLoss::Added,
                unobserved_weight: 0.3,
            };
            let penalties: Vec<f32> = (0..csr.n_rows()).map(|row| 2.0 + row as f32).collect();
            let mut gram = vec![0.0; width * width];
            for (item, &weight) in weights.iter().enumerate() {
                let vector = factors.values(item);
                for left in 0..width {
                    for right in 0..width {
                        let product = f64::from(vector[left]) * f64::from(vector[right]);
                        gram[left * width + right] += f64::from(weight) * product;
                    }
                }
            }
            let fixed = Subspace {
                factors: &factors,
                root_weights: &weights.iter().map(|weight| weight.sqrt()).collect::<Vec<_>>(),
                feedback,
                panels: Panel::cut(&gram, width, 0.3, block),
            };
            let mut solved = PaddedMatrix::zeros(csr.n_rows(), width);
            // The blocks pull at each other, the more the smaller the penalty.
            let passes = if block >= width { 1 } else { 300 };
            let mut scratch = Scratch::default();
            for _ in 0..passes {
                let pass = Pass {
                    fixed: &fixed,
                    csr,
                    regularizations: &penalties,
                    rows: 0..csr.n_rows(),
                    scratch: &mut scratch,
                    out: solved.as_mut_slice(),
                };
                prop_assert_eq!(dispatch(pass), Ok(()));
            }
            for (row, &penalty) in penalties.iter().enumerate() {
                let mut matrix = vec![vec![0.0; width]; width];
                let mut right = vec![0.0; width];
                for left in 0..width {
                    for other in 0..width {
                        matrix[left][other] = 0.3 * gram[left * width + other];
                    }
                    matrix[left][left] += f64::from(penalty);
                }
                let (indices, values) = csr.row(row);
                for (&index, &value) in indices.iter().zip(values) {
                    let (confidence, pull) = feedback.terms(value);
                    let weight = f64::from(weights[index as usize]);
                    let vector = factors.values(index as usize);
                    for left in 0..width {
                        right[left] += weight * f64::from(pull) * f64::from(vector[left]);
                        for other in 0..width {
                            let product = f64::from(vector[left]) * f64::from(vector[other]);
                            matrix[left][other] += weight * f64::from(confidence) * product;
                        }
                    }
                }
                let expected = eliminate(matrix, right);
                for (found, expected) in solved.values(row).iter().zip(&expected) {
                    prop_assert!((f64::from(*found) - expected).abs() < 1e-3);
                }
                prop_assert!(solved.row(row)[width..].iter().all(|value| value.to_bits() == 0));
            }
        }
    }
}
