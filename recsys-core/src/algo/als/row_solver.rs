//! The exact least-squares step of one row: the heart of training and of fold-in.
//!
//! The factors of the other side stand in the eigenbasis of their weighted Gram matrix, so the part of
//! the normal matrix that all rows share is diagonal: `D = unobserved_weight · e + regularization`.
//! A row with few entries is then solved in the dual (Woodbury) form, an `n × n` system, and a row with
//! many in the primal, `d × d`. Both are exact; the cheaper one is taken row by row. The dual costs
//! `n² d / 2 + n³ / 6` multiply-adds and the primal `n d² / 2 + d³ / 6`, which cross at `n = d`.

use crate::linalg::cholesky::{NotPositiveDefinite, Workspace, solve_in_place};
use crate::linalg::matrix::{PaddedMatrix, padded};
use crate::linalg::panel::{add_gram, combine_rows};
use crate::linalg::simd::Lanes;
use crate::linalg::{axpy_with, dot_with};

use super::feedback::Feedback;

/// Rows that the primal form gathers before it adds them to the normal matrix: 128 rows of 64 factors
/// fill a level-one cache.
const GATHERED_ROWS: usize = 128;

/// Below this share of its target an entry's confidence is too small to divide by in `f32`; its pull
/// is then carried by the linear term, and its confidence stays in the matrix.
const SMALLEST_CONFIDENCE: f32 = 1e-3;

/// The fixed side of a half-step: what every row of the other side is solved against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSolver<'a> {
    /// Factors in the eigenbasis of their weighted Gram matrix.
    pub(crate) factors: &'a PaddedMatrix,
    /// Square root of the weight of each row of `factors`.
    pub(crate) root_weights: &'a [f32],
    /// Eigenvalues times the unobserved weight, padded with zeros to the stride of `factors`.
    pub(crate) spectrum: &'a [f32],
    /// What an observed value means.
    pub(crate) feedback: Feedback,
}

/// Buffers of one worker, reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    entries: Vec<Entry>,
    gathered: Vec<f32>,
    signed: Vec<f32>,
    system: Vec<f32>,
    right: Vec<f32>,
    linear: Vec<f32>,
    diagonal: Vec<f32>,
    workspace: Workspace,
}

/// One entry of a row: the factor row, its scale `√(|confidence| · weight)`, the sign of the
/// confidence, and the target in units of the scaled row.
#[derive(Clone, Copy, Debug)]
struct Entry {
    index: u32,
    scale: f32,
    sign: f32,
    target: f32,
}

/// Right-hand side of the primal form.
#[derive(Clone, Copy, Debug)]
enum Right<'a> {
    /// The targets of the entries.
    Targets,
    /// The targets of the entries and the linear term.
    Linear,
    /// This vector.
    Given(&'a [f32]),
}

impl RowSolver<'_> {
    /// Writes the minimiser for one row to `out` (the stride of the factors; padding becomes zero).
    ///
    /// A row without entries gets the zero vector.
    #[inline(always)]
    pub(crate) fn solve<S: Lanes>(
        &self,
        simd: S,
        indices: &[u32],
        values: &[f32],
        regularization: f32,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        out.fill(0.0);
        let has_linear = self.read_row(simd, indices, values, scratch);
        if scratch.entries.is_empty() && !has_linear {
            return Ok(());
        }
        // A confidence below zero (one under the unobserved weight that it replaces) has no square
        // root; the primal form takes it with its sign.
        let indefinite = scratch.entries.iter().any(|entry| entry.sign < 0.0);
        if indefinite || scratch.entries.len() >= self.factors.width() {
            let right = if has_linear { Right::Linear } else { Right::Targets };
            self.solve_primal(simd, regularization, right, scratch, out)
        } else {
            self.solve_dual(simd, regularization, has_linear, scratch, out)
        }
    }

    /// Writes `A⁻¹ right` to `out`, with `A` the normal matrix of the row: how the row's minimiser
    /// responds to a pull.
    #[inline(always)]
    pub(crate) fn respond<S: Lanes>(
        &self,
        simd: S,
        indices: &[u32],
        values: &[f32],
        regularization: f32,
        right: &[f32],
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        out.fill(0.0);
        self.read_row(simd, indices, values, scratch);
        self.solve_primal(simd, regularization, Right::Given(right), scratch, out)
    }

    /// Turns the row into entries and sums the targets that no entry can carry into `linear`; returns
    /// whether there are such.
    #[inline(always)]
    fn read_row<S: Lanes>(
        &self,
        simd: S,
        indices: &[u32],
        values: &[f32],
        scratch: &mut Scratch,
    ) -> bool {
        scratch.entries.clear();
        let mut has_linear = false;
        for (&index, &value) in indices.iter().zip(values) {
            let (confidence, pull) = self.feedback.terms(value);
            let root_weight = self.root_weights[index as usize];
            let mut target = 0.0;
            let root_confidence = confidence.abs().sqrt();
            if confidence > SMALLEST_CONFIDENCE * pull {
                target = pull * root_weight / root_confidence;
            } else if pull > 0.0 {
                if !has_linear {
                    scratch.linear.clear();
                    scratch.linear.resize(self.factors.stride(), 0.0);
                    has_linear = true;
                }
                let row = self.factors.row(index as usize);
                axpy_with(simd, pull * root_weight * root_weight, row, &mut scratch.linear);
            }
            if confidence != 0.0 {
                let sign = confidence.signum();
                scratch.entries.push(Entry {
                    index,
                    scale: root_confidence * root_weight,
                    sign,
                    target,
                });
            }
        }
        has_linear
    }

    /// `(I + Z D⁻¹ Zᵀ) t = target - Z D⁻¹ r`, `x = D⁻¹ (r + Zᵀ t)` with `r` the linear term. Nothing
    /// large is subtracted and the matrix is at least the identity, so `f32` is enough.
    #[inline(always)]
    fn solve_dual<S: Lanes>(
        &self,
        simd: S,
        regularization: f32,
        has_linear: bool,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let stride = self.factors.stride();
        let Scratch { entries, gathered, system, right, linear, diagonal, workspace, .. } = scratch;
        let count = entries.len();
        let rows = count.next_multiple_of(4);
        let order_stride = padded(count.max(1));

        diagonal.resize(stride, 0.0);
        for (root, &value) in diagonal.iter_mut().zip(self.spectrum) {
            *root = (value + regularization).sqrt().recip();
        }
        gathered.resize((rows * stride).max(gathered.len()), 0.0);
        let gathered = &mut gathered[..rows * stride];
        for (entry, target) in entries.iter().zip(gathered.chunks_exact_mut(stride)) {
            let scale = simd.splat_f32s(entry.scale);
            let source = S::as_simd_f32s(self.factors.row(entry.index as usize)).0;
            let roots = S::as_simd_f32s(diagonal).0;
            let target = S::as_mut_simd_f32s(target).0;
            for ((target, &source), &root) in target.iter_mut().zip(source).zip(roots) {
                *target = simd.mul_f32s(simd.mul_f32s(source, scale), root);
            }
        }
        gathered[count * stride..].fill(0.0);

        right.clear();
        right.extend(entries.iter().map(|entry| entry.target));
        right.resize(order_stride, 0.0);
        if has_linear {
            for (linear, &root) in linear.iter_mut().zip(diagonal.iter()) {
                *linear *= root;
            }
            for (right, row) in right.iter_mut().zip(gathered.chunks_exact(stride)).take(count) {
                *right -= dot_with(simd, row, linear);
            }
        }

        system.clear();
        system.resize(rows * order_stride, 0.0);
        products(simd, gathered, stride, system, order_stride);
        for at in 0..count {
            system[at * order_stride + at] += 1.0;
        }
        solve_in_place(simd, system, count, order_stride, right, workspace)?;

        if has_linear {
            out.copy_from_slice(linear);
        }
        combine_rows(simd, gathered, stride, &workspace.solution[..count], out);
        for (value, &root) in out.iter_mut().zip(diagonal.iter()) {
            *value *= root;
        }
        Ok(())
    }

    /// `(D + Zᵀ Z) x = r + Zᵀ target`, or with a given right-hand side.
    #[inline(always)]
    fn solve_primal<S: Lanes>(
        &self,
        simd: S,
        regularization: f32,
        right_side: Right<'_>,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let (width, stride) = (self.factors.width(), self.factors.stride());
        let Scratch { entries, gathered, signed, system, right, linear, workspace, .. } = scratch;
        system.clear();
        system.resize(width.next_multiple_of(4) * stride, 0.0);
        for (at, &value) in self.spectrum.iter().enumerate().take(width) {
            system[at * stride + at] = value + regularization;
        }
        right.clear();
        match right_side {
            Right::Targets => right.resize(stride, 0.0),
            Right::Linear => right.extend_from_slice(linear),
            Right::Given(given) => right.extend_from_slice(given),
        }
        let indefinite = entries.iter().any(|entry| entry.sign < 0.0);
        gathered.resize((GATHERED_ROWS * stride).max(gathered.len()), 0.0);
        let mut targets = [0.0; GATHERED_ROWS];
        for block in entries.chunks(GATHERED_ROWS) {
            let gathered = &mut gathered[..block.len() * stride];
            for (entry, target) in block.iter().zip(gathered.chunks_exact_mut(stride)) {
                let scale = simd.splat_f32s(entry.scale);
                let source = S::as_simd_f32s(self.factors.row(entry.index as usize)).0;
                for (target, &source) in S::as_mut_simd_f32s(target).0.iter_mut().zip(source) {
                    *target = simd.mul_f32s(source, scale);
                }
            }
            for (target, entry) in targets.iter_mut().zip(block) {
                *target = entry.target;
            }
            if !matches!(right_side, Right::Given(_)) {
                combine_rows(simd, gathered, stride, &targets[..block.len()], right);
            }
            if indefinite {
                signed.clear();
                signed.extend_from_slice(gathered);
                for (row, entry) in signed.chunks_exact_mut(stride).zip(block) {
                    row.iter_mut().for_each(|value| *value *= entry.sign);
                }
                add_gram(simd, signed, gathered, stride, system);
            } else {
                add_gram(simd, gathered, gathered, stride, system);
            }
        }
        solve_in_place(simd, system, width, stride, right, workspace)?;
        out[..width].copy_from_slice(&workspace.solution[..width]);
        Ok(())
    }
}

/// Upper triangle of `rows · rowsᵀ` in tiles of four by four.
#[inline(always)]
fn products<S: Lanes>(
    simd: S,
    rows: &[f32],
    stride: usize,
    target: &mut [f32],
    target_stride: usize,
) {
    let tiles = rows.len() / (4 * stride);
    for left in 0..tiles {
        let left_rows = four_rows::<S>(rows, stride, left);
        for right in left..tiles {
            let sums = simd.products_4x4(left_rows, four_rows::<S>(rows, stride, right));
            for (local, sums) in sums.iter().enumerate() {
                target[(4 * left + local) * target_stride + 4 * right..][..4].copy_from_slice(sums);
            }
        }
    }
}

/// The four rows of a tile as vectors.
#[inline(always)]
fn four_rows<S: Lanes>(rows: &[f32], stride: usize, tile: usize) -> [&[S::f32s]; 4] {
    let rows = &rows[4 * tile * stride..][..4 * stride];
    let (first, rows) = rows.split_at(stride);
    let (second, rows) = rows.split_at(stride);
    let (third, fourth) = rows.split_at(stride);
    [
        S::as_simd_f32s(first).0,
        S::as_simd_f32s(second).0,
        S::as_simd_f32s(third).0,
        S::as_simd_f32s(fourth).0,
    ]
}
