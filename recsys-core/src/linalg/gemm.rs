//! Products of square blocks in register tiles: the kernel under dense factorisations.
//!
//! Operands are packed into strips that the kernel reads front to back: `pack` turns a row-major block
//! into strips of some of its rows, column by column. A register tile is a few rows by two vectors, and
//! takes all of the depth before it touches the target, so the kernel is bound by multiply-adds.

use super::simd::{Kernel, Lanes, dispatch};

/// Orders of blocks are multiples of this, so that no tile has a tail.
pub(crate) const BLOCK_ALIGNMENT: usize = 32;

/// Rows of a register tile: with two vectors each they leave registers for the operands.
const fn tile_rows<S: Lanes>() -> usize {
    if S::TILE_VECTORS == 4 { WIDE_ROWS } else { NARROW_ROWS }
}

const WIDE_ROWS: usize = 8;
const NARROW_ROWS: usize = 4;

/// What becomes of the target of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// It is replaced.
    Write,
    /// The product is taken away from it.
    Subtract,
}

/// Packs the rows of a block of `order`² values as left operand.
pub(crate) fn pack_left(rows: &[f32], order: usize, target: &mut [f32]) {
    dispatch(Pack { rows, order, target, side: Side::Left });
}

/// Packs the rows of a block of `order`² values as right operand: the product is `left · blockᵀ`.
pub(crate) fn pack_right(rows: &[f32], order: usize, target: &mut [f32]) {
    dispatch(Pack { rows, order, target, side: Side::Right });
}

/// Computes `left · rightᵀ` of two packed blocks into the row-major block `target`, all of `order`²
/// values.
pub(crate) fn multiply_blocks(
    left: &[f32],
    right: &[f32],
    order: usize,
    update: Update,
    target: &mut [f32],
) {
    debug_assert_eq!(order % BLOCK_ALIGNMENT, 0, "blocks have no tails");
    dispatch(Multiply { left, right, order, update, target });
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

struct Pack<'a> {
    rows: &'a [f32],
    order: usize,
    target: &'a mut [f32],
    side: Side,
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let width = match self.side {
            Side::Left => tile_rows::<S>(),
            Side::Right => 2 * S::F32_LANES,
        };
        let strips = self.target.chunks_exact_mut(width * self.order);
        for (strip, rows) in strips.zip(self.rows.chunks_exact(width * self.order)) {
            for (column, packed) in strip.chunks_exact_mut(width).enumerate() {
                for (value, row) in packed.iter_mut().zip(rows.chunks_exact(self.order)) {
                    *value = row[column];
                }
            }
        }
    }
}

struct Multiply<'a> {
    left: &'a [f32],
    right: &'a [f32],
    order: usize,
    update: Update,
    target: &'a mut [f32],
}

impl Kernel for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        if tile_rows::<S>() == WIDE_ROWS {
            self.tiles::<S, WIDE_ROWS>(simd);
        } else {
            self.tiles::<S, NARROW_ROWS>(simd);
        }
    }
}

impl Multiply<'_> {
    #[inline(always)]
    fn tiles<S: Lanes, const ROWS: usize>(self, simd: S) {
        let columns = 2 * S::F32_LANES;
        // A strip of the right operand stays in the first cache while the left one passes.
        for (at, right) in self.right.chunks_exact(columns * self.order).enumerate() {
            let targets = self.target.chunks_exact_mut(ROWS * self.order);
            for (left, target) in self.left.chunks_exact(ROWS * self.order).zip(targets) {
                let sums = tile::<S, ROWS>(simd, left, right);
                for (row, sums) in target.chunks_exact_mut(self.order).zip(sums) {
                    let row = S::as_mut_simd_f32s(&mut row[at * columns..][..columns]).0;
                    for (value, sum) in row.iter_mut().zip(sums) {
                        *value = match self.update {
                            Update::Write => sum,
                            Update::Subtract => simd.sub_f32s(*value, sum),
                        };
                    }
                }
            }
        }
    }
}

/// The products of one strip of either operand.
#[inline(always)]
fn tile<S: Lanes, const ROWS: usize>(simd: S, left: &[f32], right: &[f32]) -> [[S::f32s; 2]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); 2]; ROWS];
    let right = pulp::as_arrays::<2, _>(S::as_simd_f32s(right).0).0;
    for (left, &[first, second]) in pulp::as_arrays::<ROWS, _>(left).0.iter().zip(right) {
        for (sums, &value) in sums.iter_mut().zip(left) {
            let value = simd.splat_f32s(value);
            sums[0] = simd.multiply_add(value, first, sums[0]);
            sums[1] = simd.multiply_add(value, second, sums[1]);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(order: usize, step: usize) -> Vec<f32> {
        (0..order * order).map(|at| ((at * step % 103) as f32 - 51.0) / 16.0).collect()
    }

    #[test]
    fn products_agree_with_f64_at_every_order() {
        for order in [32, 64, 96, 160] {
            let (left, right, before) = (noise(order, 37), noise(order, 59), noise(order, 7));
            let (mut packed_left, mut packed_right) = (left.clone(), right.clone());
            pack_left(&left, order, &mut packed_left);
            pack_right(&right, order, &mut packed_right);
            let (mut written, mut less) = (before.clone(), before.clone());
            multiply_blocks(&packed_left, &packed_right, order, Update::Write, &mut written);
            multiply_blocks(&packed_left, &packed_right, order, Update::Subtract, &mut less);
            for row in 0..order {
                for column in 0..order {
                    let terms = (0..order).map(|k| {
                        f64::from(left[row * order + k]) * f64::from(right[column * order + k])
                    });
                    let (product, at) = (terms.sum::<f64>(), row * order + column);
                    assert!((f64::from(written[at]) - product).abs() < 1e-2, "order {order}");
                    let less = f64::from(less[at]) + product - f64::from(before[at]);
                    assert!(less.abs() < 1e-2, "order {order}");
                }
            }
        }
    }
}
