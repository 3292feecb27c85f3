//! Large symmetric positive definite matrices and their inverse, in place.
//!
//! The matrix lies in square blocks. The inverse is found block by block by the symmetric sweep: with pivot
//! block `A_kk`, its inverse `P` and the rest of its columns `B`,
//!
//! ```text
//! A ← A − B P Bᵀ        B ← B P        A_kk ← −P
//! ```
//!
//! and after all blocks `A` has become `−A⁻¹`. Pivot blocks are Schur complements, so they are positive
//! definite exactly if the matrix is. This takes `n³ / 2` multiply-adds, as many as a Cholesky
//! factorisation followed by the inversion from its factor, but all of them are products of blocks that
//! do not depend on each other within a step: no triangular solves, and the same work in every step. The
//! error grows with the condition number as that of Cholesky does (N. Higham, *Accuracy and Stability of
//! Numerical Algorithms*, 2nd edition, section 14.4).
//!
//! # References
//!
//! * J. Goodnight: *A tutorial on the SWEEP operator*, The American Statistician 1979.
//! * K. Goto, R. van de Geijn: *Anatomy of high-performance matrix multiplication*, TOMS 2008.

use std::ops::Range;

use rayon::prelude::*;

use super::axpy_with;
use super::gemm::{BLOCK_ALIGNMENT, Update, multiply_blocks, pack_left, pack_right};
use super::simd::{Kernel, Lanes, dispatch};

/// Order of a block: three of them fit the second cache of today's processors.
const BLOCK: usize = 256;

/// Why there is no inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InverseError<E> {
    /// The matrix is not positive definite in single precision.
    NotPositiveDefinite,
    /// The caller stopped the work.
    Stopped(E),
}

/// A symmetric matrix of any order in square blocks; takes `4 · order²` bytes, rounded up to blocks.
///
/// # Examples
///
/// ```
/// use recsys_core::linalg::SymmetricMatrix;
///
/// let mut matrix = SymmetricMatrix::zeros(2);
/// let set = |row: usize, values: &mut [f32]| {
///     values[row] = 4.0;
///     Ok::<_, ()>(())
/// };
/// matrix.fill_rows(set).unwrap();
/// matrix.invert(|_, _| Ok::<_, ()>(())).unwrap();
/// assert_eq!(matrix.get(1, 1), 0.25);
/// ```
#[derive(Clone, Debug)]
pub struct SymmetricMatrix {
    order: usize,
    /// Order of a block.
    block: usize,
    /// Blocks a side.
    side: usize,
    /// Block rows of row-major blocks. What is beyond the order is that of the unit matrix.
    values: Vec<f32>,
}

impl SymmetricMatrix {
    /// A matrix of zeros.
    #[must_use]
    pub fn zeros(order: usize) -> Self {
        let block = order.clamp(1, BLOCK).next_multiple_of(BLOCK_ALIGNMENT);
        let side = order.div_ceil(block).max(1);
        let mut matrix = Self { order, block, side, values: vec![0.0; (side * block).pow(2)] };
        for row in order..side * block {
            let at = matrix.place(row, row);
            matrix.values[at] = 1.0;
        }
        matrix
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// Returns one element.
    ///
    /// # Panics
    ///
    /// When there is no such element.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f32 {
        assert!(row < self.order && column < self.order, "inside the matrix");
        self.values[self.place(row, column)]
    }

    /// Returns the pieces that a row consists of, from left to right; all but the last hold as many
    /// values.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn row_pieces(&self, row: usize) -> impl Iterator<Item = &[f32]> {
        assert!(row < self.order, "inside the matrix");
        (0..self.side).map(move |column| {
            let width = (self.order - column * self.block).min(self.block);
            &self.values[self.place(row, column * self.block)..][..width]
        })
    }

    /// Sets the matrix row by row, in parallel: `fill` is given a row's number and its values, all zero.
    /// Together the rows must be symmetric.
    ///
    /// # Errors
    ///
    /// Those of `fill`; the values are then unspecified.
    pub fn fill_rows<E: Send>(
        &mut self,
        fill: impl Fn(usize, &mut [f32]) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let Self { order, block, side, .. } = *self;
        let block_rows = self.values.par_chunks_mut(side * block * block).enumerate();
        block_rows.try_for_each_init(
            || vec![0.0; order],
            |values, (at, blocks)| {
                for local in 0..block.min(order - at * block) {
                    values.fill(0.0);
                    fill(at * block + local, values)?;
                    let pieces = values.chunks(block).zip(blocks.chunks_exact_mut(block * block));
                    for (piece, block_values) in pieces {
                        block_values[local * block..][..piece.len()].copy_from_slice(piece);
                    }
                }
                Ok(())
            },
        )
    }

    /// Replaces the matrix by its inverse, calling `keep_on` with the number of steps done and to do
    /// between pieces of work of a few milliseconds.
    ///
    /// The result is the same whatever the number of threads.
    ///
    /// # Errors
    ///
    /// [`InverseError::NotPositiveDefinite`], and the error of `keep_on`; the values are then
    /// unspecified.
    pub fn invert<E: Send>(
        &mut self,
        keep_on: impl Fn(usize, usize) -> Result<(), E> + Sync,
    ) -> Result<(), InverseError<E>> {
        let Self { block, side, .. } = *self;
        let size = block * block;
        let (mut left, mut right) = (vec![0.0; side * size], vec![0.0; side * size]);
        let (mut inverse, mut packed_inverse) = (vec![0.0; size], vec![0.0; size]);
        for pivot in 0..side {
            keep_on(pivot, side).map_err(InverseError::Stopped)?;
            let own = block_range(pivot * side + pivot, size);
            inverse.copy_from_slice(&self.values[own.clone()]);
            mirror_lower(&mut inverse, block);
            if !dispatch(InvertBlock { values: &mut inverse, order: block }) {
                return Err(InverseError::NotPositiveDefinite);
            }
            mirror_lower(&mut inverse, block);
            pack_right(&inverse, block, &mut packed_inverse);
            self.sweep_columns(pivot, &packed_inverse, &mut left, &mut right);

            let blocks = self.values.par_chunks_exact_mut(size).enumerate();
            blocks
                .filter(|(at, _)| {
                    let (row, column) = (at / side, at % side);
                    column <= row && row != pivot && column != pivot
                })
                .try_for_each(|(at, target)| {
                    let left = &left[block_range(at / side, size)];
                    let right = &right[block_range(at % side, size)];
                    multiply_blocks(left, right, block, Update::Subtract, target);
                    keep_on(pivot, side)
                })
                .map_err(InverseError::Stopped)?;
            for (value, inverse) in self.values[own].iter_mut().zip(&inverse) {
                *value = -inverse;
            }
        }
        self.negate_and_mirror();
        keep_on(side, side).map_err(InverseError::Stopped)
    }

    /// Multiplies the pivot's columns by its inverse; leaves them as they were packed in `left`, and as
    /// they have become in `right`.
    fn sweep_columns(
        &mut self,
        pivot: usize,
        packed_inverse: &[f32],
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let Self { block, side, .. } = *self;
        let size = block * block;
        // Ascending in the row of the column's block: those before the pivot lie in its block row.
        let columns = self.values.chunks_exact_mut(size).enumerate().filter(|(at, _)| {
            let (row, column) = (at / side, at % side);
            (row == pivot && column < pivot) || (row > pivot && column == pivot)
        });
        let is_other = |at: &usize| *at != pivot;
        let left = left.chunks_exact_mut(size).enumerate().filter(|(at, _)| is_other(at));
        let right = right.chunks_exact_mut(size).enumerate().filter(|(at, _)| is_other(at));
        let pieces: Vec<_> = columns.zip(left).zip(right).collect();
        pieces.into_par_iter().for_each_init(
            || vec![0.0; size],
            |scratch, (((at, values), (_, left)), (_, right))| {
                let is_transposed = at / side == pivot;
                if is_transposed {
                    transpose(values, block, scratch);
                    pack_left(scratch, block, left);
                } else {
                    pack_left(values, block, left);
                }
                multiply_blocks(left, packed_inverse, block, Update::Write, scratch);
                pack_right(scratch, block, right);
                if is_transposed {
                    transpose(scratch, block, values);
                } else {
                    values.copy_from_slice(scratch);
                }
            },
        );
    }

    /// Turns the lower triangle of `−A⁻¹` into the whole of `A⁻¹`.
    fn negate_and_mirror(&mut self) {
        let Self { block, side, .. } = *self;
        let size = block * block;
        self.values.par_iter_mut().for_each(|value| *value = -*value);
        for row in 0..side {
            mirror_lower(&mut self.values[block_range(row * side + row, size)], block);
            for column in 0..row {
                let (upper, lower) = self.values.split_at_mut((row * side + column) * size);
                let upper = &mut upper[block_range(column * side + row, size)];
                transpose(&lower[..size], block, upper);
            }
        }
    }

    fn place(&self, row: usize, column: usize) -> usize {
        let at = row / self.block * self.side + column / self.block;
        at * self.block * self.block + row % self.block * self.block + column % self.block
    }
}

fn block_range(at: usize, size: usize) -> Range<usize> {
    at * size..(at + 1) * size
}

/// Copies the lower triangle of a block to the upper one.
fn mirror_lower(block: &mut [f32], order: usize) {
    for row in 1..order {
        for column in 0..row {
            block[column * order + row] = block[row * order + column];
        }
    }
}

/// Writes the transpose of a block, in squares that fit a few cache lines.
fn transpose(block: &[f32], order: usize, target: &mut [f32]) {
    const SQUARE: usize = 16;
    for top in (0..order).step_by(SQUARE) {
        for from in (0..order).step_by(SQUARE) {
            for row in top..top + SQUARE {
                for column in from..from + SQUARE {
                    target[row * order + column] = block[column * order + row];
                }
            }
        }
    }
}

/// Inverts one block in place by elimination with the diagonal as pivots; `false` when one of them is
/// not above zero.
struct InvertBlock<'a> {
    values: &'a mut [f32],
    order: usize,
}

impl Kernel for InvertBlock<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> bool {
        let order = self.order;
        for pivot in 0..order {
            let (before, rest) = self.values.split_at_mut(pivot * order);
            let (own, after) = rest.split_at_mut(order);
            let scale = own[pivot].recip();
            if !(own[pivot] > 0.0 && scale.is_finite() && own[pivot].is_finite()) {
                return false;
            }
            own[pivot] = 1.0;
            for value in own.iter_mut() {
                *value *= scale;
            }
            for row in before.chunks_exact_mut(order).chain(after.chunks_exact_mut(order)) {
                let factor = std::mem::replace(&mut row[pivot], 0.0);
                axpy_with(simd, -factor, own, row);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;
    use rand::RngExt;

    /// `MᵀM / n + diagonal`, with random `M` of `rank` rows.
    fn random(order: usize, rank: usize, diagonal: f32) -> SymmetricMatrix {
        let mut random = rng::stream(order as u64, 3);
        let factor: Vec<f32> = (0..order * rank).map(|_| random.random_range(-1.0..1.0)).collect();
        let mut matrix = SymmetricMatrix::zeros(order);
        let fill = |row: usize, values: &mut [f32]| {
            let own = &factor[row * rank..][..rank];
            for (value, other) in values.iter_mut().zip(factor.chunks_exact(rank)) {
                *value = own.iter().zip(other).map(|(a, b)| a * b).sum();
            }
            values[row] += diagonal;
            Ok::<_, ()>(())
        };
        matrix.fill_rows(fill).unwrap();
        matrix
    }

    fn invert(matrix: &mut SymmetricMatrix) -> Result<(), InverseError<()>> {
        matrix.invert(|_, _| Ok(()))
    }

    #[test]
    fn the_product_with_the_inverse_is_the_unit_matrix() {
        for order in [1, 2, 31, 33, 256, 257, 530] {
            let matrix = random(order, 20, 2.0);
            let mut inverse = matrix.clone();
            invert(&mut inverse).unwrap();
            for row in (0..order).step_by(order.div_ceil(16)) {
                for column in (0..order).step_by(order.div_ceil(16)) {
                    let terms = (0..order)
                        .map(|k| f64::from(matrix.get(row, k)) * f64::from(inverse.get(k, column)));
                    let unit = if row == column { 1.0 } else { 0.0 };
                    let product: f64 = terms.sum();
                    assert!((product - unit).abs() < 1e-4, "{order}: {row},{column} {product}");
                    let mirrored = inverse.get(column, row);
                    assert_eq!(inverse.get(row, column).to_bits(), mirrored.to_bits());
                }
            }
        }
    }

    #[test]
    fn rows_come_in_pieces_from_left_to_right() {
        let matrix = random(300, 4, 1.0);
        let row: Vec<f32> = matrix.row_pieces(270).flatten().copied().collect();
        let expected: Vec<f32> = (0..300).map(|column| matrix.get(270, column)).collect();
        assert_eq!(row, expected);
    }

    #[test]
    fn an_indefinite_matrix_is_refused_wherever_it_shows() {
        for at in [0, 5, 299] {
            let mut matrix = random(300, 8, 1.0);
            let place = matrix.place(at, at);
            matrix.values[place] = -1.0;
            assert_eq!(invert(&mut matrix), Err(InverseError::NotPositiveDefinite));
        }
        let mut undefined = random(4, 2, 1.0);
        undefined.values[0] = f32::NAN;
        assert_eq!(invert(&mut undefined), Err(InverseError::NotPositiveDefinite));
    }

    #[test]
    fn the_bits_do_not_depend_on_the_threads_and_stopping_is_heard() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut matrix = random(520, 9, 1.0);
            pool.install(|| invert(&mut matrix)).unwrap();
            matrix.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        assert!(on(1) == on(3));
        let stopped = random(520, 9, 1.0).invert(|done, _| if done > 0 { Err(7) } else { Ok(()) });
        assert_eq!(stopped, Err(InverseError::Stopped(7)));
    }
}
