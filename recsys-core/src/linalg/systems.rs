//! Many small symmetric positive definite systems at once, one in each lane of a vector.
//!
//! A factorisation of one small system is a chain of short dependent steps: its time is latency. With
//! as many systems side by side as a vector has lanes every step is a full vector operation, there is
//! nothing to sum across lanes, and the chain is paid for once for all of them.
//!
//! What a lane computes does not depend on the other lanes, nor on how much larger their systems are:
//! a system gives the same bits alone and in company.

use super::cholesky::NotPositiveDefinite;
use super::panel::four_rows;
use super::simd::{Lanes, TILE};

/// Values of a tile of four by four.
const TILE_LENGTH: usize = TILE * TILE;

/// As many systems as a vector has lanes. Buffers are reused from one set of systems to the next.
///
/// Systems are given by tiles of four by four of their upper triangle, then solved together.
#[derive(Debug, Default)]
pub(crate) struct Systems {
    /// Tiles as they were put: by position in the triangle, then by lane.
    staged: Vec<f32>,
    /// For each column of tiles, the rows above its end, each of four vectors; becomes the factor.
    columns: Vec<f32>,
    /// Inverse diagonal of the factor.
    inverse: Vec<f32>,
    /// Right-hand sides, a vector for each row; become the solutions.
    right: Vec<f32>,
    /// Tiles in each lane's rows.
    heights: Vec<usize>,
}

/// Position of a tile of the upper triangle, column by column, so that it does not depend on the
/// number of columns.
fn triangle(row: usize, column: usize) -> usize {
    column * (column + 1) / 2 + row
}

impl Systems {
    /// Forgets all systems.
    pub(crate) fn clear(&mut self) {
        self.heights.clear();
    }

    /// Adds `I + rows · rowsᵀ` with a right-hand side; `rows` has rows of `stride` values, as many as
    /// `right` rounded up to a multiple of four, those beyond `right` zero.
    ///
    /// # Panics
    ///
    /// When there is a system in every lane already.
    #[inline(always)]
    pub(crate) fn push_products<S: Lanes>(
        &mut self,
        simd: S,
        rows: &[f32],
        stride: usize,
        right: &[f32],
    ) {
        let (lane, height) = self.start::<S>(right);
        let mut staged = self.staged[lane * TILE_LENGTH..].chunks_mut(S::F32_LANES * TILE_LENGTH);
        for column in 0..height {
            let right = four_rows::<S>(rows, stride, column);
            for (row, target) in staged.by_ref().take(column + 1).enumerate() {
                let mut tile = simd.products_4x4(four_rows::<S>(rows, stride, row), right);
                if row == column {
                    for (at, row) in tile.iter_mut().enumerate() {
                        row[at] += 1.0;
                    }
                }
                target[..TILE_LENGTH].copy_from_slice(tile.as_flattened());
            }
        }
    }

    /// Adds the matrix whose upper triangle stands in rows of `stride` values, a multiple of four,
    /// with a right-hand side of as many values as it has rows.
    ///
    /// # Panics
    ///
    /// When there is a system in every lane already.
    #[inline(always)]
    pub(crate) fn push_matrix<S: Lanes>(
        &mut self,
        _simd: S,
        matrix: &[f32],
        stride: usize,
        right: &[f32],
    ) {
        let (lane, height) = self.start::<S>(right);
        let mut staged = self.staged[lane * TILE_LENGTH..].chunks_mut(S::F32_LANES * TILE_LENGTH);
        for column in 0..height {
            for (row, target) in staged.by_ref().take(column + 1).enumerate() {
                for (at, target) in target[..TILE_LENGTH].chunks_exact_mut(TILE).enumerate() {
                    let at = row * TILE + at;
                    if at < right.len() {
                        target.copy_from_slice(&matrix[at * stride + column * TILE..][..TILE]);
                    } else {
                        target.fill(0.0);
                        target[at % TILE] = 1.0;
                    }
                }
            }
            // Columns beyond the matrix are padding, whatever stands there.
            if (column + 1) * TILE > right.len() {
                self.end_columns::<S>(lane, column, right.len());
                break;
            }
        }
    }

    /// Takes a free lane for a system with as many rows as `right`.
    fn start<S: Lanes>(&mut self, right: &[f32]) -> (usize, usize) {
        let (lane, lanes) = (self.heights.len(), S::F32_LANES);
        assert!(lane < lanes, "a lane is free");
        let height = right.len().div_ceil(TILE);
        self.heights.push(height);
        self.reserve::<S>(height);
        for (at, row) in self.right.chunks_exact_mut(lanes).take(height * TILE).enumerate() {
            row[lane] = right.get(at).copied().unwrap_or(0.0);
        }
        (lane, height)
    }

    /// Clears what stands right of the matrix in its last column of tiles.
    fn end_columns<S: Lanes>(&mut self, lane: usize, column: usize, order: usize) {
        for row in 0..=column {
            let at = (triangle(row, column) * S::F32_LANES + lane) * TILE_LENGTH;
            let tile = &mut self.staged[at..at + TILE_LENGTH];
            for (at, target) in tile.chunks_exact_mut(TILE).enumerate() {
                if row * TILE + at < order {
                    target[order % TILE..].fill(0.0);
                }
            }
        }
    }

    /// Grows the buffers to systems of `height` rows of tiles.
    fn reserve<S: Lanes>(&mut self, height: usize) {
        let lanes = S::F32_LANES;
        let staged = triangle(0, height) * lanes * TILE_LENGTH;
        if self.staged.len() < staged {
            self.staged.resize(staged, 0.0);
        }
        if self.right.len() < height * TILE * lanes {
            self.right.resize(height * TILE * lanes, 0.0);
            self.inverse.resize(height * TILE * lanes, 0.0);
        }
        if self.columns.len() < height * height * TILE_LENGTH * lanes {
            self.columns.resize(height * height * TILE_LENGTH * lanes, 0.0);
        }
    }

    /// Solves all systems; [`solution`](Self::solution) then has the results.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when one of them is not positive definite in `f32`.
    #[inline(always)]
    pub(crate) fn solve<S: Lanes>(&mut self, simd: S) -> Result<(), NotPositiveDefinite> {
        let height = self.heights.iter().copied().max().unwrap_or(0);
        self.pad::<S>(height);
        self.spread(simd, height);
        let mut spoiled = simd.splat_f32s(0.0);
        for row in 0..height {
            self.factor_row(simd, row, height, &mut spoiled);
        }
        let total = simd.reduce_sum_f32s(spoiled);
        if total.is_nan() {
            return Err(NotPositiveDefinite);
        }
        for row in (0..height).rev() {
            self.substitute_back(simd, row, height);
        }
        Ok(())
    }

    /// Copies the solution of the system that was put at place `lane` to `out`.
    pub(crate) fn solution<S: Lanes>(&self, _simd: S, lane: usize, out: &mut [f32]) {
        for (value, row) in out.iter_mut().zip(self.right.chunks_exact(S::F32_LANES)) {
            *value = row[lane];
        }
    }

    /// Continues smaller systems, and lanes without any, as the identity.
    fn pad<S: Lanes>(&mut self, height: usize) {
        let lanes = S::F32_LANES;
        for lane in 0..lanes {
            let own = self.heights.get(lane).copied().unwrap_or(0);
            for column in own..height {
                for row in 0..=column {
                    let at = (triangle(row, column) * lanes + lane) * TILE_LENGTH;
                    let tile = &mut self.staged[at..at + TILE_LENGTH];
                    tile.fill(0.0);
                    if row == column {
                        tile.iter_mut().step_by(TILE + 1).for_each(|value| *value = 1.0);
                    }
                }
            }
            for row in own * TILE..height * TILE {
                self.right[row * lanes + lane] = 0.0;
            }
        }
    }

    /// Turns the tiles so that each element's lanes lie side by side.
    #[inline(always)]
    fn spread<S: Lanes>(&mut self, simd: S, height: usize) {
        let lanes = S::F32_LANES;
        let mut staged = self.staged.chunks_exact(TILE_LENGTH * lanes);
        let panel = height * TILE_LENGTH * lanes;
        for (column, panel) in self.columns.chunks_exact_mut(panel).take(height).enumerate() {
            let targets = panel.chunks_exact_mut(TILE_LENGTH * lanes);
            for (target, tiles) in targets.zip(staged.by_ref().take(column + 1)) {
                simd.turn_tiles(tiles, target);
            }
        }
    }

    /// Factors `A = UᵀU` by one row of tiles, all of whose updates stay in registers, and eliminates
    /// the right-hand sides along the way. A pivot that is not above zero, or not finite, leaves NaN
    /// in `spoiled`.
    #[inline(always)]
    fn factor_row<S: Lanes>(&mut self, simd: S, row: usize, height: usize, spoiled: &mut S::f32s) {
        let (above, length) = (row * TILE, height * TILE_LENGTH * S::F32_LANES);
        let columns = &mut self.columns[..height * length];
        let (own, later) = columns[row * length..].split_at_mut(length);
        let own = quads_mut::<S>(own);
        let (left, rest) = own.split_at_mut(above);
        let diagonal = &mut rest[..TILE];
        let inverse = &mut quads_mut::<S>(&mut self.inverse)[row];
        let right = quads_mut::<S>(&mut self.right);
        let (known, right) = right.split_at_mut(row);
        let right = &mut right[0];

        let sums = products::<S>(simd, left, left);
        for (target, sums) in diagonal.iter_mut().zip(&sums) {
            for (value, &sum) in target.iter_mut().zip(sums) {
                *value = simd.sub_f32s(*value, sum);
            }
        }
        let mut sums = [simd.splat_f32s(0.0); TILE];
        for (factors, known) in left.iter().zip(known.as_flattened()) {
            for (sum, &factor) in sums.iter_mut().zip(factors) {
                *sum = simd.multiply_add(factor, *known, *sum);
            }
        }
        for (value, sum) in right.iter_mut().zip(sums) {
            *value = simd.sub_f32s(*value, sum);
        }

        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        for at in 0..TILE {
            let pivot = diagonal[at][at];
            let scale = simd.div_f32s(one, simd.sqrt_f32s(pivot));
            // Zero times infinity and NaN is NaN; so is the root of what is below zero.
            *spoiled = simd.multiply_add(zero, simd.add_f32s(pivot, scale), *spoiled);
            inverse[at] = scale;
            right[at] = simd.mul_f32s(right[at], scale);
            for value in &mut diagonal[at] {
                *value = simd.mul_f32s(*value, scale);
            }
            let (solved, lower) = diagonal.split_at_mut(at + 1);
            let solved = &solved[at];
            let known = right[at];
            let places = lower.iter_mut().zip(&mut right[at + 1..]).zip(&solved[at + 1..]);
            for ((row, right), &factor) in places {
                *right = simd.sub_f32s(*right, simd.mul_f32s(factor, known));
                for (value, &other) in row.iter_mut().zip(solved) {
                    *value = simd.sub_f32s(*value, simd.mul_f32s(factor, other));
                }
            }
        }

        for panel in later.chunks_exact_mut(length) {
            let (upper, rest) = quads_mut::<S>(panel).split_at_mut(above);
            let tile = &mut rest[..TILE];
            let sums = products::<S>(simd, left, upper);
            for (at, sums) in sums.iter().enumerate() {
                let (solved, target) = tile.split_at_mut(at);
                let target = &mut target[0];
                for (value, &sum) in target.iter_mut().zip(sums) {
                    *value = simd.sub_f32s(*value, sum);
                }
                for (solved, factors) in solved.iter().zip(diagonal.iter()) {
                    for (value, &solved) in target.iter_mut().zip(solved) {
                        *value = simd.sub_f32s(*value, simd.mul_f32s(factors[at], solved));
                    }
                }
                for value in target.iter_mut() {
                    *value = simd.mul_f32s(*value, inverse[at]);
                }
            }
        }
    }

    /// Solves `U t = y` for one row of tiles.
    #[inline(always)]
    fn substitute_back<S: Lanes>(&mut self, simd: S, row: usize, height: usize) {
        let length = height * TILE_LENGTH * S::F32_LANES;
        let columns = &self.columns[..height * length];
        let inverse = &quads_mut::<S>(&mut self.inverse)[row];
        let (solved, known) = quads_mut::<S>(&mut self.right).split_at_mut(row + 1);
        let right = &mut solved[row];

        let mut sums = [simd.splat_f32s(0.0); TILE];
        for (panel, known) in columns[(row + 1) * length..].chunks_exact(length).zip(known) {
            let tile = &quads::<S>(panel)[row * TILE..(row + 1) * TILE];
            for (sum, factors) in sums.iter_mut().zip(tile) {
                for (&factor, &known) in factors.iter().zip(known.iter()) {
                    *sum = simd.multiply_add(factor, known, *sum);
                }
            }
        }
        let tile = &quads::<S>(&columns[row * length..][..length])[row * TILE..(row + 1) * TILE];
        for at in (0..TILE).rev() {
            let mut value = simd.sub_f32s(right[at], sums[at]);
            for later in at + 1..TILE {
                value = simd.sub_f32s(value, simd.mul_f32s(tile[at][later], right[later]));
            }
            right[at] = simd.mul_f32s(value, inverse[at]);
        }
    }
}

/// Four vectors: one row of a tile in all lanes.
fn quads<S: Lanes>(values: &[f32]) -> &[[S::f32s; TILE]] {
    pulp::as_arrays(S::as_simd_f32s(values).0).0
}

fn quads_mut<S: Lanes>(values: &mut [f32]) -> &mut [[S::f32s; TILE]] {
    pulp::as_arrays_mut(S::as_mut_simd_f32s(values).0).0
}

/// `Σ_k left[k][a] · right[k][b]` for all `a` and `b` of a tile.
#[inline(always)]
fn products<S: Lanes>(
    simd: S,
    left: &[[S::f32s; TILE]],
    right: &[[S::f32s; TILE]],
) -> [[S::f32s; TILE]; TILE] {
    let mut sums = [[simd.splat_f32s(0.0); TILE]; TILE];
    for (left, right) in left.iter().zip(right) {
        for (sums, &left) in sums.iter_mut().zip(left) {
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = simd.multiply_add(left, right, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
