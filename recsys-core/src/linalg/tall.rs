//! Tall dense matrices in panels of 64 columns: what a block of vectors is multiplied in.
//!
//! A panel is contiguous, so a product with a sparse matrix gathers whole cache lines from a few
//! megabytes instead of from rows that are pages apart, and a dense product finds its 64 × 64 tile in the
//! level-one cache. Every element is computed in one fixed order, whatever the number of threads.

use std::ops::Range;

use rand_distr::{Distribution, StandardNormal};

use super::matrix::PaddedMatrix;
use super::simd::{Kernel, Lanes, dispatch};
use crate::data::Csr;
use crate::par::{balanced_chunks, try_fill_rows, try_map_chunks};
use crate::rng;

/// Columns of a panel: four 512-bit vectors.
const PANEL: usize = 64;

/// Multiply-adds of vectors in one piece of parallel work: below a millisecond.
const CHUNK_COST: u64 = 200_000;

/// Rows of a panel that stay in the level-one cache while they are multiplied.
const BLOCK: usize = 64;

/// Rows whose part of a Gram matrix is one piece of parallel work.
const GRAM_ROWS: usize = 8192;

/// `rows × columns`, padded with columns of zeros to whole panels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TallMatrix {
    /// Panel by panel, each with all rows.
    values: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl TallMatrix {
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        Self { values: vec![0.0; columns.div_ceil(PANEL) * rows * PANEL], rows, columns }
    }

    /// Standard normal entries; a row has a random stream of its own.
    pub(crate) fn random<E: Send>(
        rows: usize,
        columns: usize,
        seed: u64,
        check: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let mut matrix = Self::zeros(rows, columns);
        matrix.fill(
            |_| 512,
            |_, panel, rows, out| {
                check()?;
                let width = PANEL.min(columns - panel * PANEL);
                for (row, out) in rows.zip(out.chunks_exact_mut(PANEL)) {
                    let mut random = rng::stream(seed, (panel << 40 | row) as u64);
                    for value in &mut out[..width] {
                        *value = StandardNormal.sample(&mut random);
                    }
                }
                Ok(())
            },
        )?;
        Ok(matrix)
    }

    /// Returns `sparse · self`.
    ///
    /// # Panics
    ///
    /// When the columns of `sparse` are not the rows of `self`.
    pub(crate) fn multiplied_by<E: Send>(
        &self,
        sparse: Csr<'_>,
        check: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        assert_eq!(sparse.n_columns, self.rows, "one row for each column");
        let mut product = Self::zeros(sparse.n_rows(), self.columns);
        product.fill(
            |row| 4 * sparse.row(row).0.len() as u64 + 8,
            |(), panel, rows, out| {
                check()?;
                dispatch(SparseTimesPanel { sparse, panel: self.panel(panel), rows, out });
                Ok(())
            },
        )?;
        Ok(product)
    }

    /// Returns `self · square[.., ..columns]`, where `square` has `self.columns` rows and as many columns,
    /// row-major.
    ///
    /// # Panics
    ///
    /// When `square` has another size, or fewer columns than are wanted.
    pub(crate) fn times<E: Send>(
        &self,
        square: &[f64],
        columns: usize,
        check: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let order = self.columns;
        assert!(square.len() == order * order && columns <= order, "a square of one order");
        let mut product = Self::zeros(self.rows, columns);
        let tiles = Tiles::new(square, order, columns);
        product.fill(
            |_| (4 * order) as u64,
            |(), panel, rows, out| {
                check()?;
                dispatch(PanelsTimesTiles { left: self, tiles: tiles.column(panel), rows, out });
                Ok(())
            },
        )?;
        Ok(product)
    }

    /// Returns `selfᵀ · self` in `f64`, row-major.
    pub(crate) fn gram<E: Send>(
        &self,
        check: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<Vec<f64>, E> {
        let (order, panels) = (self.columns, self.panels());
        let pairs: Vec<(usize, usize)> =
            (0..panels).flat_map(|left| (left..panels).map(move |right| (left, right))).collect();
        let parts = self.rows.div_ceil(GRAM_ROWS);
        let pieces = balanced_chunks(pairs.len() * parts, 1, |_| 1);
        let work = |(): &mut (), piece: Range<usize>| {
            check()?;
            let (left, right) = pairs[piece.start / parts];
            let first = piece.start % parts * GRAM_ROWS;
            let rows = first..(first + GRAM_ROWS).min(self.rows);
            Ok(dispatch(GramTile {
                left: &self.panel(left)[rows.start * PANEL..rows.end * PANEL],
                right: &self.panel(right)[rows.start * PANEL..rows.end * PANEL],
            }))
        };
        let tiles = try_map_chunks(&pieces, || (), work)?;
        let mut gram = vec![0.0; order * order];
        for (piece, tile) in tiles.iter().enumerate() {
            let (left, right) = pairs[piece / parts];
            for (row, values) in (left * PANEL..order).zip(tile.chunks_exact(PANEL)) {
                for (column, value) in (right * PANEL..order).zip(values) {
                    gram[row * order + column] += value;
                    if left != right {
                        gram[column * order + row] += value;
                    }
                }
            }
        }
        Ok(gram)
    }

    /// Returns the same rows, each in one piece.
    pub(crate) fn to_rows(&self) -> PaddedMatrix {
        let mut rows = PaddedMatrix::zeros(self.rows, self.columns);
        let (stride, columns) = (rows.stride(), self.columns);
        for (row, out) in rows.as_mut_slice().chunks_exact_mut(stride).enumerate() {
            for (panel, out) in out[..columns].chunks_mut(PANEL).enumerate() {
                let source = &self.panel(panel)[row * PANEL..][..out.len()];
                out.copy_from_slice(source);
            }
        }
        rows
    }

    fn panels(&self) -> usize {
        self.columns.div_ceil(PANEL)
    }

    fn panel(&self, panel: usize) -> &[f32] {
        &self.values[panel * self.rows * PANEL..][..self.rows * PANEL]
    }

    /// Computes every panel in pieces of rows, given what a row costs.
    fn fill<E: Send>(
        &mut self,
        cost: impl Fn(usize) -> u64,
        work: impl Fn(&mut (), usize, Range<usize>, &mut [f32]) -> Result<(), E> + Sync + Send,
    ) -> Result<(), E> {
        let rows = self.rows;
        let of_panel = balanced_chunks(rows, CHUNK_COST, cost);
        let of_all: Vec<Range<usize>> = (0..self.panels())
            .flat_map(|panel| {
                of_panel.iter().map(move |part| panel * rows + part.start..panel * rows + part.end)
            })
            .collect();
        try_fill_rows(
            &mut self.values,
            PANEL,
            &of_all,
            || (),
            |scratch, places, out| {
                let panel = places.start / rows;
                work(scratch, panel, places.start - panel * rows..places.end - panel * rows, out)
            },
        )
    }
}

/// A square matrix cut into tiles of 64 × 64, those that are zero left out.
struct Tiles {
    /// By column of tiles: the row of tiles and the tile, row-major.
    columns: Vec<Vec<(usize, Vec<f32>)>>,
}

impl Tiles {
    #[expect(clippy::cast_possible_truncation, reason = "multiplied in f32")]
    fn new(square: &[f64], order: usize, columns: usize) -> Self {
        let column = |right: usize| {
            let tile = |left: usize| {
                let mut tile = vec![0.0; PANEL * PANEL];
                for (row, out) in (left * PANEL..order).zip(tile.chunks_exact_mut(PANEL)) {
                    for (column, out) in (right * PANEL..columns).zip(out) {
                        *out = square[row * order + column] as f32;
                    }
                }
                tile.iter().any(|&value| value != 0.0).then_some((left, tile))
            };
            (0..order.div_ceil(PANEL)).filter_map(tile).collect()
        };
        Self { columns: (0..columns.div_ceil(PANEL)).map(column).collect() }
    }

    fn column(&self, panel: usize) -> &[(usize, Vec<f32>)] {
        &self.columns[panel]
    }
}

/// Rows of a sparse matrix times one panel.
struct SparseTimesPanel<'a> {
    sparse: Csr<'a>,
    panel: &'a [f32],
    rows: Range<usize>,
    out: &'a mut [f32],
}

impl Kernel for SparseTimesPanel<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        if S::F32_LANES == 16 { self.gather::<S, 4>(simd) } else { self.gather::<S, 8>(simd) }
    }
}

impl SparseTimesPanel<'_> {
    /// `VECTORS` vectors hold a row of the panel.
    #[inline(always)]
    fn gather<S: Lanes, const VECTORS: usize>(self, simd: S) {
        for (row, out) in self.rows.zip(self.out.chunks_exact_mut(PANEL)) {
            let (columns, values) = self.sparse.row(row);
            let mut sums = [simd.splat_f32s(0.0); VECTORS];
            for (&column, &value) in columns.iter().zip(values) {
                let value = simd.splat_f32s(value);
                let source = &self.panel[column as usize * PANEL..][..PANEL];
                let source = &S::as_simd_f32s(source).0[..VECTORS];
                for (sum, &source) in sums.iter_mut().zip(source) {
                    *sum = simd.multiply_add(value, source, *sum);
                }
            }
            S::as_mut_simd_f32s(out).0[..VECTORS].copy_from_slice(&sums);
        }
    }
}

/// Rows of all panels times a column of tiles.
struct PanelsTimesTiles<'a> {
    left: &'a TallMatrix,
    tiles: &'a [(usize, Vec<f32>)],
    rows: Range<usize>,
    out: &'a mut [f32],
}

impl Kernel for PanelsTimesTiles<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        for (block, out) in self.out.chunks_mut(BLOCK * PANEL).enumerate() {
            let first = (self.rows.start + block * BLOCK) * PANEL;
            for (panel, tile) in self.tiles {
                let left = &self.left.panel(*panel)[first..][..out.len()];
                add_product(simd, left, tile, out);
            }
        }
    }
}

/// Adds `left · tile` to `out`; rows of 64.
#[inline(always)]
fn add_product<S: Lanes>(simd: S, left: &[f32], tile: &[f32], out: &mut [f32]) {
    let mut left_fours = left.chunks_exact(4 * PANEL);
    let mut out_fours = out.chunks_exact_mut(4 * PANEL);
    for (left, out) in left_fours.by_ref().zip(out_fours.by_ref()) {
        add_product_rows::<S, 4>(simd, left, tile, out);
    }
    let left_rows = left_fours.remainder().chunks_exact(PANEL);
    for (left, out) in left_rows.zip(out_fours.into_remainder().chunks_exact_mut(PANEL)) {
        add_product_rows::<S, 1>(simd, left, tile, out);
    }
}

#[inline(always)]
fn add_product_rows<S: Lanes, const ROWS: usize>(
    simd: S,
    left: &[f32],
    tile: &[f32],
    out: &mut [f32],
) {
    if S::TILE_VECTORS == 4 {
        add_product_tile::<S, ROWS, 4>(simd, left, tile, out);
    } else {
        add_product_tile::<S, ROWS, 2>(simd, left, tile, out);
    }
}

#[inline(always)]
fn add_product_tile<S: Lanes, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    left: &[f32],
    tile: &[f32],
    out: &mut [f32],
) {
    let mut rows = [left; ROWS];
    for (row, values) in rows.iter_mut().zip(left.chunks_exact(PANEL)) {
        *row = &values[..PANEL];
    }
    for first in (0..PANEL).step_by(VECTORS * S::F32_LANES) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for (k, right) in tile.chunks_exact(PANEL).enumerate() {
            let right = &S::as_simd_f32s(&right[first..]).0[..VECTORS];
            for (sums, row) in sums.iter_mut().zip(rows) {
                let value = simd.splat_f32s(row[k]);
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = simd.multiply_add(value, right, *sum);
                }
            }
        }
        for (row, sums) in out.chunks_exact_mut(PANEL).zip(&sums) {
            let row = &mut S::as_mut_simd_f32s(&mut row[first..]).0[..VECTORS];
            for (value, &sum) in row.iter_mut().zip(sums) {
                *value = simd.add_f32s(*value, sum);
            }
        }
    }
}

/// `leftᵀ · right` of rows of two panels, 64 × 64, in `f64`: the Gram matrix of vectors that are nearly
/// dependent has to tell them apart.
struct GramTile<'a> {
    left: &'a [f32],
    right: &'a [f32],
}

impl Kernel for GramTile<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Vec<f64> {
        let mut sums = vec![0.0; PANEL * PANEL];
        let (mut left_wide, mut right_wide) = ([0.0; BLOCK * PANEL], [0.0; BLOCK * PANEL]);
        let blocks = self.left.chunks(BLOCK * PANEL).zip(self.right.chunks(BLOCK * PANEL));
        for (left, right) in blocks {
            let (left_wide, right_wide) =
                (&mut left_wide[..left.len()], &mut right_wide[..left.len()]);
            widen(left, left_wide);
            widen(right, right_wide);
            for (four, sums) in sums.chunks_exact_mut(4 * PANEL).enumerate() {
                if S::TILE_VECTORS == 4 {
                    add_gram_rows::<S, 4>(simd, left_wide, right_wide, 4 * four, sums);
                } else {
                    add_gram_rows::<S, 2>(simd, left_wide, right_wide, 4 * four, sums);
                }
            }
        }
        sums
    }
}

#[inline(always)]
fn widen(narrow: &[f32], wide: &mut [f64]) {
    for (wide, &narrow) in wide.iter_mut().zip(narrow) {
        *wide = f64::from(narrow);
    }
}

/// Adds to `target` the four rows from `first` of `leftᵀ · right`.
#[inline(always)]
fn add_gram_rows<S: Lanes, const VECTORS: usize>(
    simd: S,
    left: &[f64],
    right: &[f64],
    first: usize,
    target: &mut [f64],
) {
    for column in (0..PANEL).step_by(VECTORS * S::F64_LANES) {
        let mut sums = [[simd.splat_f64s(0.0); VECTORS]; 4];
        for (left, right) in left.chunks_exact(PANEL).zip(right.chunks_exact(PANEL)) {
            let right = &S::as_simd_f64s(&right[column..]).0[..VECTORS];
            for (sums, &value) in sums.iter_mut().zip(&left[first..first + 4]) {
                let value = simd.splat_f64s(value);
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = simd.multiply_add_f64(value, right, *sum);
                }
            }
        }
        for (row, sums) in target.chunks_exact_mut(PANEL).zip(&sums) {
            let row = &mut S::as_mut_simd_f64s(&mut row[column..]).0[..VECTORS];
            for (value, &sum) in row.iter_mut().zip(sums) {
                *value = simd.add_f64s(*value, sum);
            }
        }
    }
}

#[cfg(test)]
mod tests;
