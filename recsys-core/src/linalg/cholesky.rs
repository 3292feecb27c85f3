//! Solution of symmetric positive definite systems in `f32`, in place, without allocation.

use super::panel::subtract_rows_above;
use super::simd::Lanes;

/// A system was not positive definite in `f32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotPositiveDefinite;

/// Solves `A t = b` and leaves `t` in `workspace.solution`.
///
/// `matrix` holds the upper triangle of `A` in rows of `stride` values (a multiple of 16); it has
/// `order` rounded up to a multiple of four rows, is finite everywhere, and is overwritten with the
/// factor. `right` has `stride` values, is finite, and is overwritten.
///
/// Left-looking by blocks of four rows: a block takes all updates of the rows above it in registers,
/// so every element is loaded and stored once. The right-hand side is eliminated along the way.
#[inline(always)]
pub(crate) fn solve_in_place<S: Lanes>(
    simd: S,
    matrix: &mut [f32],
    order: usize,
    stride: usize,
    right: &mut [f32],
    workspace: &mut Workspace,
) -> Result<(), NotPositiveDefinite> {
    workspace.fit(stride);
    factor(simd, matrix, order, stride, right, workspace)?;
    substitute_back(simd, matrix, order, stride, workspace);
    Ok(())
}

/// Vectors a solve needs besides the matrix; grown on demand and reused.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Inverse diagonal of the factor.
    inverse: Vec<f32>,
    /// Solution of the lower triangular system.
    forward: Vec<f32>,
    /// The solution, padded with zeros.
    pub(crate) solution: Vec<f32>,
}

impl Workspace {
    fn fit(&mut self, stride: usize) {
        if self.solution.len() < stride {
            self.inverse.resize(stride, 0.0);
            self.forward.resize(stride, 0.0);
            self.solution.resize(stride, 0.0);
        }
    }
}

/// Factors `A = UᵀU` and computes `U⁻ᵀ b`.
#[inline(always)]
fn factor<S: Lanes>(
    simd: S,
    matrix: &mut [f32],
    order: usize,
    stride: usize,
    right: &mut [f32],
    workspace: &mut Workspace,
) -> Result<(), NotPositiveDefinite> {
    for first in (0..order).step_by(4) {
        let (above, rows) = matrix.split_at_mut(first * stride);
        let rows = &mut rows[..4 * stride];
        subtract_rows_above(simd, above, stride, first, rows);
        let column = first / S::F32_LANES * S::F32_LANES;
        for local in 0..4.min(order - first) {
            let pivot_at = first + local;
            let (upper, lower) = rows.split_at_mut((local + 1) * stride);
            let pivot_row = &mut upper[local * stride..];
            let pivot = pivot_row[pivot_at];
            if !(pivot > 0.0 && pivot.is_finite()) {
                return Err(NotPositiveDefinite);
            }
            let scale = pivot.sqrt().recip();
            workspace.inverse[pivot_at] = scale;
            let wide = simd.splat_f32s(scale);
            let pivot_vectors = S::as_mut_simd_f32s(&mut pivot_row[column..]).0;
            for value in pivot_vectors.iter_mut() {
                *value = simd.mul_f32s(*value, wide);
            }
            let solved = right[pivot_at] * scale;
            workspace.forward[pivot_at] = solved;
            eliminate(simd, solved, &pivot_row[column..], &mut right[column..]);
            for (offset, row) in lower.chunks_exact_mut(stride).enumerate() {
                let factor = pivot_row[(pivot_at + 1 + offset).min(stride - 1)];
                eliminate(simd, factor, &pivot_row[column..], &mut row[column..]);
            }
        }
    }
    Ok(())
}

/// `target -= factor * source` over whole vectors.
#[inline(always)]
fn eliminate<S: Lanes>(simd: S, factor: f32, source: &[f32], target: &mut [f32]) {
    let factor = simd.splat_f32s(-factor);
    let source = S::as_simd_f32s(source).0;
    for (target, &source) in S::as_mut_simd_f32s(target).0.iter_mut().zip(source) {
        *target = simd.multiply_add(factor, source, *target);
    }
}

/// Solves `U t = y`. The products of four rows with the known part are independent of each other, so
/// their reductions overlap.
#[inline(always)]
fn substitute_back<S: Lanes>(
    simd: S,
    matrix: &[f32],
    order: usize,
    stride: usize,
    workspace: &mut Workspace,
) {
    let Workspace { inverse, forward, solution } = workspace;
    solution[..stride].fill(0.0);
    for first in (0..order).step_by(4).rev() {
        let rows = &matrix[first * stride..][..4 * stride];
        let column = first / S::F32_LANES * S::F32_LANES;
        let known = S::as_simd_f32s(&solution[column..stride]).0;
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (sum, row) in sums.iter_mut().zip(rows.chunks_exact(stride)) {
            for (&value, &known) in S::as_simd_f32s(&row[column..]).0.iter().zip(known) {
                *sum = simd.multiply_add(value, known, *sum);
            }
        }
        let sums = [
            simd.reduce_sum_f32s(sums[0]),
            simd.reduce_sum_f32s(sums[1]),
            simd.reduce_sum_f32s(sums[2]),
            simd.reduce_sum_f32s(sums[3]),
        ];
        let count = 4.min(order - first);
        for local in (0..count).rev() {
            let row = &rows[local * stride..][..stride];
            let mut value = forward[first + local] - sums[local];
            for later in first + local + 1..first + count {
                value -= row[later] * solution[later];
            }
            solution[first + local] = value * inverse[first + local];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matrix::padded;
    use super::super::simd::{Kernel, dispatch};
    use super::*;

    struct Solve<'a> {
        matrix: &'a mut [f32],
        order: usize,
        right: &'a mut [f32],
    }

    impl Kernel for Solve<'_> {
        type Output = Result<Vec<f32>, NotPositiveDefinite>;

        #[inline(always)]
        fn run<S: Lanes>(self, simd: S) -> Self::Output {
            let stride = padded(self.order);
            let mut workspace = Workspace::default();
            solve_in_place(simd, self.matrix, self.order, stride, self.right, &mut workspace)?;
            Ok(workspace.solution[..self.order].to_vec())
        }
    }

    fn solve(
        order: usize,
        entry: impl Fn(usize, usize) -> f32,
    ) -> Result<Vec<f32>, NotPositiveDefinite> {
        let stride = padded(order);
        let mut matrix = vec![0.0; order.next_multiple_of(4) * stride];
        for row in 0..order {
            for column in row..order {
                matrix[row * stride + column] = entry(row, column);
            }
        }
        let mut right: Vec<f32> = (0..stride).map(|row| (row % 7) as f32 - 3.0).collect();
        dispatch(Solve { matrix: &mut matrix, order, right: &mut right })
    }

    proptest! {
        #[test]
        fn the_solution_satisfies_the_system(order in 1_usize..90, seed in 0_u32..1000) {
            let noise = |row: usize, column: usize| {
                let mixed = (row * 31 + column * 17 + seed as usize) * 2_654_435_761 % 1009;
                mixed as f32 / 1009.0 - 0.5
            };
            let entry = |row: usize, column: usize| {
                noise(row.min(column), row.max(column)) + if row == column { order as f32 } else { 0.0 }
            };
            let solution = solve(order, entry).expect("diagonally dominant");
            for row in 0..order {
                let product: f64 =
                    (0..order).map(|column| f64::from(entry(row, column) * solution[column])).sum();
                prop_assert!((product - ((row % 7) as f64 - 3.0)).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn an_indefinite_matrix_is_refused() {
        let indefinite = |row: usize, column: usize| if row == column { -1.0 } else { 0.0 };
        assert_eq!(solve(5, indefinite), Err(NotPositiveDefinite));
        let undefined = |_: usize, _: usize| f32::NAN;
        assert_eq!(solve(3, undefined), Err(NotPositiveDefinite));
    }
}
