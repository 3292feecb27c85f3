//! Matrix products in register tiles of four rows: symmetric rank-n updates and row panels.
//!
//! All matrices are row-major with strides that are multiples of 16, so no tile has a tail.

use super::simd::Lanes;

/// Rows of `stride` values that are added to a Gram matrix at once, so that they stay in the level-one
/// cache.
pub(crate) const fn rows_at_once(stride: usize) -> usize {
    let rows = (1 << 13) / stride;
    if rows < 16 { 16 } else { rows }
}

/// Adds `leftᵀ · left` to the upper triangle of `target`.
///
/// `left` has any number of rows of `stride` values; `target` has `stride` columns and as many rows as
/// are wanted, a multiple of four. Entries below the diagonal may be overwritten with anything finite.
#[inline(always)]
pub(crate) fn add_gram<S: Lanes>(
    simd: S,
    left: &[f32],
    right: &[f32],
    stride: usize,
    target: &mut [f32],
) {
    for (tile, rows) in target.chunks_exact_mut(4 * stride).enumerate() {
        update_four_rows::<S, false>(simd, left, right, stride, 4 * tile, rows);
    }
}

/// Subtracts from four rows of a symmetric matrix what the rows above them contribute in a Cholesky
/// factorisation: `target[r][c] -= Σ_k above[k][first + r] · above[k][c]`.
#[inline(always)]
pub(crate) fn subtract_rows_above<S: Lanes>(
    simd: S,
    above: &[f32],
    stride: usize,
    first: usize,
    target: &mut [f32],
) {
    update_four_rows::<S, true>(simd, above, above, stride, first, target);
}

/// `target[r][c] ±= Σ_k left[k][first + r] · right[k][c]` for four rows and the columns from the vector
/// that holds column `first`.
#[inline(always)]
fn update_four_rows<S: Lanes, const SUBTRACT: bool>(
    simd: S,
    left: &[f32],
    right: &[f32],
    stride: usize,
    first: usize,
    target: &mut [f32],
) {
    let mut column = first / S::F32_LANES * S::F32_LANES;
    while column + 4 * S::F32_LANES <= stride && S::TILE_VECTORS == 4 {
        update_tile::<S, SUBTRACT, 4>(simd, left, right, stride, first, column, target);
        column += 4 * S::F32_LANES;
    }
    while column + 2 * S::F32_LANES <= stride {
        update_tile::<S, SUBTRACT, 2>(simd, left, right, stride, first, column, target);
        column += 2 * S::F32_LANES;
    }
    if column < stride {
        update_tile::<S, SUBTRACT, 1>(simd, left, right, stride, first, column, target);
    }
}

#[inline(always)]
fn update_tile<S: Lanes, const SUBTRACT: bool, const VECTORS: usize>(
    simd: S,
    left: &[f32],
    right: &[f32],
    stride: usize,
    first: usize,
    column: usize,
    target: &mut [f32],
) {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; 4];
    for (left, right) in left.chunks_exact(stride).zip(right.chunks_exact(stride)) {
        let left = &left[first..first + 4];
        let right = &S::as_simd_f32s(&right[column..]).0[..VECTORS];
        for (sums, &value) in sums.iter_mut().zip(left) {
            let value = simd.splat_f32s(value);
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = simd.multiply_add(value, right, *sum);
            }
        }
    }
    for (row, sums) in target.chunks_exact_mut(stride).zip(sums) {
        let row = &mut S::as_mut_simd_f32s(&mut row[column..]).0[..VECTORS];
        for (value, sum) in row.iter_mut().zip(sums) {
            *value = if SUBTRACT { simd.sub_f32s(*value, sum) } else { simd.add_f32s(*value, sum) };
        }
    }
}

/// Writes `left · right` to `target`: rows of `left_stride` values times a matrix with rows of
/// `right_stride` values, of which `right.len() / right_stride` take part.
///
/// `target` has rows of `target_stride` values and receives `right_stride` columns from `column` on.
#[inline(always)]
pub(crate) fn multiply<S: Lanes>(
    simd: S,
    left: &[f32],
    left_stride: usize,
    right: &[f32],
    right_stride: usize,
    target: &mut [f32],
    target_stride: usize,
    column: usize,
    columns: usize,
) {
    let places = (target_stride, column, columns);
    let rows = left.len() / left_stride;
    // Six rows of four vectors leave room for the operands in 32 registers, and need less of the
    // right-hand side for each product than four.
    let in_sixes = if S::TILE_VECTORS == 4 { rows / 6 * 6 } else { 0 };
    let (sixes, left) = left.split_at(in_sixes * left_stride);
    let (six_targets, target) = target.split_at_mut(in_sixes * target_stride);
    multiply_tiles::<S, 6>(simd, sixes, left_stride, right, right_stride, six_targets, places);
    let in_fours = left.len() / left_stride / 4 * 4;
    let (fours, left) = left.split_at(in_fours * left_stride);
    let (four_targets, target) = target.split_at_mut(in_fours * target_stride);
    multiply_tiles::<S, 4>(simd, fours, left_stride, right, right_stride, four_targets, places);
    multiply_tiles::<S, 1>(simd, left, left_stride, right, right_stride, target, places);
}

/// [`multiply`] for a number of rows that is a multiple of `ROWS`.
#[inline(always)]
fn multiply_tiles<S: Lanes, const ROWS: usize>(
    simd: S,
    left: &[f32],
    left_stride: usize,
    right: &[f32],
    right_stride: usize,
    target: &mut [f32],
    (target_stride, column, columns): (usize, usize, usize),
) {
    let tiles = left.chunks_exact(ROWS * left_stride);
    for (left, target) in tiles.zip(target.chunks_exact_mut(ROWS * target_stride)) {
        multiply_rows::<S, ROWS>(
            simd,
            left,
            left_stride,
            right,
            right_stride,
            target,
            target_stride,
            column,
            columns,
        );
    }
}

#[inline(always)]
fn multiply_rows<S: Lanes, const ROWS: usize>(
    simd: S,
    left: &[f32],
    left_stride: usize,
    right: &[f32],
    right_stride: usize,
    target: &mut [f32],
    target_stride: usize,
    column: usize,
    columns: usize,
) {
    let depth = right.len() / right_stride;
    let mut rows = [left; ROWS];
    for (row, values) in rows.iter_mut().zip(left.chunks_exact(left_stride)) {
        *row = &values[..depth];
    }
    let mut from = 0;
    while from < columns {
        let width = if S::TILE_VECTORS == 4 && from + 4 * S::F32_LANES <= right_stride {
            let sums = product_tile::<S, ROWS, 4>(simd, rows, right, right_stride, from);
            store_tile::<S, ROWS, 4>(sums, target, target_stride, column + from, columns - from);
            4
        } else if from + 2 * S::F32_LANES <= right_stride {
            let sums = product_tile::<S, ROWS, 2>(simd, rows, right, right_stride, from);
            store_tile::<S, ROWS, 2>(sums, target, target_stride, column + from, columns - from);
            2
        } else {
            let sums = product_tile::<S, ROWS, 1>(simd, rows, right, right_stride, from);
            store_tile::<S, ROWS, 1>(sums, target, target_stride, column + from, columns - from);
            1
        };
        from += width * S::F32_LANES;
    }
}

/// `rows · right` for the columns of a register tile from `from` on: products of `ROWS` rows with a
/// matrix of as many rows as they have values.
#[inline(always)]
pub(crate) fn product_tile<S: Lanes, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    rows: [&[f32]; ROWS],
    right: &[f32],
    right_stride: usize,
    from: usize,
) -> [[S::f32s; VECTORS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for (k, right) in right.chunks_exact(right_stride).enumerate() {
        let right = &S::as_simd_f32s(&right[from..]).0[..VECTORS];
        for (sums, row) in sums.iter_mut().zip(rows) {
            let value = simd.splat_f32s(row[k]);
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = simd.multiply_add(value, right, *sum);
            }
        }
    }
    sums
}

/// Stores a tile; the last one of a row may be cut to the `room` that is left.
#[inline(always)]
fn store_tile<S: Lanes, const ROWS: usize, const VECTORS: usize>(
    sums: [[S::f32s; VECTORS]; ROWS],
    target: &mut [f32],
    stride: usize,
    column: usize,
    room: usize,
) {
    for (row, sums) in target.chunks_exact_mut(stride).zip(&sums) {
        let row = &mut row[column..];
        if room >= VECTORS * S::F32_LANES {
            S::as_mut_simd_f32s(row).0[..VECTORS].copy_from_slice(sums);
        } else {
            let sums: &[f32] = pulp::bytemuck::cast_slice(sums);
            row[..room].copy_from_slice(&sums[..room]);
        }
    }
}

/// Adds `Σ_k factors[k] · rows[k]` to `target`; rows of `stride` values.
#[inline(always)]
pub(crate) fn combine_rows<S: Lanes>(
    simd: S,
    rows: &[f32],
    stride: usize,
    factors: &[f32],
    target: &mut [f32],
) {
    let target = S::as_mut_simd_f32s(target).0;
    let mut fours = target.chunks_exact_mut(4);
    let mut column = 0;
    for target in fours.by_ref() {
        combine_tile::<S, 4>(simd, rows, stride, factors, column, target);
        column += 4 * S::F32_LANES;
    }
    for target in fours.into_remainder().chunks_exact_mut(1) {
        combine_tile::<S, 1>(simd, rows, stride, factors, column, target);
        column += S::F32_LANES;
    }
}

#[inline(always)]
fn combine_tile<S: Lanes, const VECTORS: usize>(
    simd: S,
    rows: &[f32],
    stride: usize,
    factors: &[f32],
    column: usize,
    target: &mut [S::f32s],
) {
    let mut sums = [simd.splat_f32s(0.0); VECTORS];
    sums.copy_from_slice(target);
    for (row, &factor) in rows.chunks_exact(stride).zip(factors) {
        let factor = simd.splat_f32s(factor);
        let row = &S::as_simd_f32s(&row[column..]).0[..VECTORS];
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum = simd.multiply_add(factor, value, *sum);
        }
    }
    target.copy_from_slice(&sums);
}

/// Upper triangle of `rows · rowsᵀ` in tiles of four by four.
#[inline(always)]
pub(crate) fn tile_products<S: Lanes>(
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
pub(crate) fn four_rows<S: Lanes>(rows: &[f32], stride: usize, tile: usize) -> [&[S::f32s]; 4] {
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

#[cfg(test)]
mod tests {
    use super::super::simd::{Kernel, dispatch};
    use super::*;

    struct Multiply<'a>(&'a [f32], &'a [f32], &'a mut [f32]);

    const DEPTH: usize = 21;
    const LEFT_STRIDE: usize = 32;
    const COLUMNS: usize = 96;

    impl Kernel for Multiply<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Lanes>(self, simd: S) {
            let Self(left, right, target) = self;
            multiply(simd, left, LEFT_STRIDE, right, COLUMNS, target, COLUMNS, 0, COLUMNS);
        }
    }

    #[test]
    fn products_of_any_number_of_rows_agree_with_sums() {
        let right: Vec<f32> = (0..DEPTH * COLUMNS).map(|at| (at % 13) as f32 - 6.0).collect();
        for rows in 0..20 {
            let left: Vec<f32> = (0..rows * LEFT_STRIDE).map(|at| (at % 7) as f32 - 3.0).collect();
            let expected: Vec<f32> = (0..rows * COLUMNS)
                .map(|at| {
                    let (row, column) = (at / COLUMNS, at % COLUMNS);
                    let parts = (0..DEPTH)
                        .map(|k| left[row * LEFT_STRIDE + k] * right[k * COLUMNS + column]);
                    parts.sum()
                })
                .collect();
            let mut found = vec![f32::NAN; rows * COLUMNS];
            dispatch(Multiply(&left, &right, &mut found));
            assert_eq!(found, expected, "{rows} rows");
        }
    }
}
