//! The exact least-squares step of one row: the heart of training and of fold-in.
//!
//! The factors of the other side stand in the eigenbasis of their weighted Gram matrix, so the part of
//! the normal matrix that all rows share is diagonal: `D = unobserved_weight · e + regularization`.
//! A row with few entries is then solved in the dual (Woodbury) form, an `n × n` system, and a row with
//! many in the primal, `d × d`. Both are exact; the cheaper one is taken row by row. The dual costs
//! `n² d / 2 + n³ / 6` multiply-adds and the primal `n d² / 2 + d³ / 6`, which cross at `n = d`.
//!
//! Small systems wait until there is one for each lane of a vector and are solved together; see
//! [`Systems`](crate::linalg::systems::Systems). A row gets the same bits alone and in company.

use crate::linalg::cholesky::{NotPositiveDefinite, Workspace, solve_in_place};
use crate::linalg::matrix::{PaddedMatrix, padded};
use crate::linalg::panel::{add_gram, combine_rows, rows_at_once, tile_products};
use crate::linalg::simd::{Lanes, TILE};
use crate::linalg::{axpy_with, dot_with};

use super::feedback::Feedback;
use super::waiting::Waiting;

/// Orders up to this are solved together: their factors stay in the level-two cache.
const MOST_TOGETHER: usize = 64;

/// Values of the scaled factors of one row up to which it waits for others: those of all lanes stay in
/// the level-two cache.
const MOST_GATHERED: usize = 16 * 1024;

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
    targets: Vec<f32>,
    signed: Vec<f32>,
    system: Vec<f32>,
    right: Vec<f32>,
    linear: Vec<f32>,
    diagonal: Vec<f32>,
    workspace: Workspace,
    waiting: Waiting,
}

impl Scratch {
    /// Forgets rows that an error has left waiting.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
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
        self.begin(simd, 0, indices, values, regularization, scratch, out)?;
        self.finish(simd, scratch, out)
    }

    /// Solves one of several rows, whose results stand one below the other in `out`, for the place
    /// `row` in it. The result may be written only later, at the latest by [`finish`](Self::finish).
    #[inline(always)]
    pub(crate) fn begin<S: Lanes>(
        &self,
        simd: S,
        row: usize,
        indices: &[u32],
        values: &[f32],
        regularization: f32,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let (width, stride) = (self.factors.width(), self.factors.stride());
        let own = &mut out[row * stride..][..stride];
        own.fill(0.0);
        let has_linear = self.read_row(simd, indices, values, scratch);
        if scratch.entries.is_empty() && !has_linear {
            return Ok(());
        }
        // A confidence below zero (one under the unobserved weight that it replaces) has no square
        // root; the primal form takes it with its sign.
        let indefinite = scratch.entries.iter().any(|entry| entry.sign < 0.0);
        let count = scratch.entries.len();
        if indefinite || count >= width {
            let right = if has_linear { Right::Linear } else { Right::Targets };
            self.build_primal(simd, regularization, right, scratch);
            if width > MOST_TOGETHER {
                let Scratch { system, right, workspace, .. } = scratch;
                solve_in_place(simd, system, width, stride, right, workspace)?;
                own[..width].copy_from_slice(&workspace.solution[..width]);
                return Ok(());
            }
            let Scratch { system, right, waiting, .. } = scratch;
            waiting.push_primal(simd, row, system, stride, &right[..width]);
        } else {
            self.gather_dual(simd, regularization, scratch);
            if has_linear || count > MOST_TOGETHER || count * stride > MOST_GATHERED {
                return self.solve_dual(simd, has_linear, scratch, own);
            }
            let Scratch { entries, gathered, diagonal, right, waiting, .. } = scratch;
            right.clear();
            right.extend(entries.iter().map(|entry| entry.target));
            waiting.push_dual(simd, row, gathered, diagonal, right);
        }
        if scratch.waiting.is_full(simd) { self.finish(simd, scratch, out) } else { Ok(()) }
    }

    /// Writes the results that were put off.
    #[inline(always)]
    pub(crate) fn finish<S: Lanes>(
        &self,
        simd: S,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        scratch.waiting.solve(simd, self.factors.width(), self.factors.stride(), out)
    }

    /// Asks for the factors that a row will need.
    #[inline(always)]
    pub(crate) fn prefetch<S: Lanes>(&self, simd: S, indices: &[u32]) {
        for &index in indices.iter().take(MOST_TOGETHER) {
            simd.prefetch(self.factors.row(index as usize));
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
        self.build_primal(simd, regularization, Right::Given(right), scratch);
        let (width, stride) = (self.factors.width(), self.factors.stride());
        let Scratch { system, right, workspace, .. } = scratch;
        solve_in_place(simd, system, width, stride, right, workspace)?;
        out[..width].copy_from_slice(&workspace.solution[..width]);
        Ok(())
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
        // Values repeat, and what follows from one takes a root and more.
        let mut last = f32::NAN;
        let (mut confidence, mut pull, mut root_confidence) = (0.0, 0.0, 0.0);
        for (&index, &value) in indices.iter().zip(values) {
            if value.to_bits() != last.to_bits() {
                last = value;
                (confidence, pull) = self.feedback.terms(value);
                root_confidence = confidence.abs().sqrt();
            }
            let root_weight = self.root_weights[index as usize];
            let mut target = 0.0;
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

    /// Fills `gathered` with `Z D^-1/2`, rounded up to four rows, and `diagonal` with `D^-1/2`.
    #[inline(always)]
    fn gather_dual<S: Lanes>(&self, simd: S, regularization: f32, scratch: &mut Scratch) {
        let stride = self.factors.stride();
        let Scratch { entries, gathered, diagonal, .. } = scratch;
        let rows = entries.len().next_multiple_of(TILE);
        diagonal.resize(stride, 0.0);
        for (root, &value) in diagonal.iter_mut().zip(self.spectrum) {
            *root = (value + regularization).sqrt().recip();
        }
        gathered.resize(rows * stride, 0.0);
        let (known, padding) = gathered.split_at_mut(entries.len() * stride);
        for (entry, target) in entries.iter().zip(known.chunks_exact_mut(stride)) {
            let scale = simd.splat_f32s(entry.scale);
            let source = S::as_simd_f32s(self.factors.row(entry.index as usize)).0;
            let roots = S::as_simd_f32s(diagonal).0;
            let target = S::as_mut_simd_f32s(target).0;
            for ((target, &source), &root) in target.iter_mut().zip(source).zip(roots) {
                *target = simd.mul_f32s(simd.mul_f32s(source, scale), root);
            }
        }
        padding.fill(0.0);
    }

    /// `(I + Z D⁻¹ Zᵀ) t = target - Z D⁻¹ r`, `x = D⁻¹ (r + Zᵀ t)` with `r` the linear term. Nothing
    /// large is subtracted and the matrix is at least the identity, so `f32` is enough.
    #[inline(always)]
    fn solve_dual<S: Lanes>(
        &self,
        simd: S,
        has_linear: bool,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let stride = self.factors.stride();
        let Scratch { entries, gathered, system, right, linear, diagonal, workspace, .. } = scratch;
        let count = entries.len();
        let rows = count.next_multiple_of(TILE);
        let order_stride = padded(count.max(1));

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
        tile_products(simd, gathered, stride, system, order_stride);
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

    /// Fills `system` and `right` with `(D + Zᵀ Z) x = r + Zᵀ target`, or with a given right-hand side.
    #[inline(always)]
    fn build_primal<S: Lanes>(
        &self,
        simd: S,
        regularization: f32,
        right_side: Right<'_>,
        scratch: &mut Scratch,
    ) {
        let (width, stride) = (self.factors.width(), self.factors.stride());
        let Scratch { entries, gathered, targets, signed, system, right, linear, .. } = scratch;
        system.clear();
        system.resize(width.next_multiple_of(TILE) * stride, 0.0);
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
        let at_once = rows_at_once(stride);
        gathered.resize(at_once * stride, 0.0);
        targets.resize(at_once, 0.0);
        for block in entries.chunks(at_once) {
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
    }
}
