//! The walk over the panels for lists in the making.

use std::ops::Range;

use super::codes::{Codes, WIDTH};
use super::query::{Limit, Query};
use crate::ids::ItemIdx;
use crate::index::RowSet;
use crate::linalg::bytes::{ByteKernel, ByteLanes, byte_product_tile};
use crate::linalg::dot_with;
use crate::linalg::matrix::PaddedMatrix;
use crate::query::TopK;

/// Users whose sums are computed together in registers.
const USERS: usize = 4;

/// Which items may be on a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept<'a> {
    /// Those in the set.
    Allowed(&'a RowSet),
    /// All but these, which ascend.
    Without(&'a [u32]),
}

impl Kept<'_> {
    fn has(self, item: u32) -> bool {
        match self {
            Self::Allowed(items) => items.contains(ItemIdx::new(item)),
            Self::Without(items) => items.binary_search(&item).is_err(),
        }
    }
}

/// A list in the making.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    query: &'a Query<'a>,
    pub(super) top: TopK,
    kept: Kept<'a>,
    /// Lower scores are not wanted.
    floor: f32,
    /// Items of a panel that may have the score it takes.
    promising: Vec<u32>,
}

impl<'a> List<'a> {
    pub(super) fn new(query: &'a Query<'a>, k: usize, kept: Kept<'a>, floor: f32) -> Self {
        Self { query, top: TopK::new(k), kept, floor, promising: Vec::new() }
    }

    /// The score it takes.
    pub(super) fn threshold(&self) -> f32 {
        self.top.threshold().max(self.floor)
    }
}

/// Offers all items of some panels to lists.
#[derive(Debug)]
pub(super) struct Scan<'a, 'b> {
    pub(super) codes: &'a Codes,
    pub(super) factors: &'a PaddedMatrix,
    pub(super) panels: Range<usize>,
    pub(super) lists: &'a mut [List<'b>],
}

impl ByteKernel for Scan<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: ByteLanes>(self, simd: S) {
        let Self { codes, factors, panels, lists } = self;
        let mut waiting: Vec<usize> = (0..lists.len()).collect();
        for panel in panels {
            let bounds = codes.panel(panel);
            waiting.retain(|&list| {
                let list = &lists[list];
                list.query.reaches(bounds, list.threshold())
            });
            if waiting.is_empty() {
                break;
            }
            let mut tiles = waiting.chunks_exact(USERS);
            for tile in &mut tiles {
                let tile = [tile[0], tile[1], tile[2], tile[3]];
                screen::<S, USERS>(simd, codes, panel, tile, lists);
            }
            for &list in tiles.remainder() {
                screen::<S, 1>(simd, codes, panel, [list], lists);
            }
            for &list in &waiting {
                let list = &mut lists[list];
                if !list.promising.is_empty() {
                    score(simd, factors, list);
                }
            }
        }
    }
}

/// Finds the items of a panel that may have the score that each of some lists takes.
#[inline(always)]
fn screen<S: ByteLanes, const ROWS: usize>(
    simd: S,
    codes: &Codes,
    panel: usize,
    tile: [usize; ROWS],
    lists: &mut [List<'_>],
) {
    if S::TILE_VECTORS == 4 {
        screen_tiles::<S, ROWS, 4>(simd, codes, panel, tile, lists);
    } else {
        screen_tiles::<S, ROWS, 2>(simd, codes, panel, tile, lists);
    }
}

#[inline(always)]
fn screen_tiles<S: ByteLanes, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    codes: &Codes,
    panel: usize,
    tile: [usize; ROWS],
    lists: &mut [List<'_>],
) {
    let (words, rest) = (codes.words(panel), codes.rest(panel));
    // Loops, not closures: only what is inlined is compiled with the vector unit's instructions.
    let (mut rows, mut starts, mut limits) = ([words; ROWS], [0; ROWS], [Limit::default(); ROWS]);
    for (row, &list) in tile.iter().enumerate() {
        let list = &lists[list];
        rows[row] = &list.query.words[..codes.groups()];
        starts[row] = list.query.start;
        limits[row] = list.query.limit(codes.panel(panel), list.threshold());
    }
    let width = VECTORS * S::F32_LANES;
    for from in (0..WIDTH).step_by(width) {
        let products =
            byte_product_tile::<S, ROWS, VECTORS>(simd, rows, starts, words, WIDTH, from);
        for row in 0..ROWS {
            let (list, limit) = (&mut lists[tile[row]], limits[row]);
            let lowest = simd.splat_f32s(limit.lowest);
            let mut sums = [lowest; VECTORS];
            for (sum, &product) in sums.iter_mut().zip(&products[row]) {
                *sum = simd.to_f32s(product);
            }
            if !rest.is_empty() {
                add_rest(simd, list.query, limit, rest, from, &mut sums);
            }
            let mut reached = simd.less_than_or_equal_f32s(lowest, sums[0]);
            for &sum in &sums[1..] {
                reached = simd.or_m32s(reached, simd.less_than_or_equal_f32s(lowest, sum));
            }
            if simd.first_true_m32s(reached) < S::F32_LANES {
                for (vector, &sum) in sums.iter().enumerate() {
                    let reached = simd.less_than_or_equal_f32s(lowest, sum);
                    if simd.first_true_m32s(reached) < S::F32_LANES {
                        let place = panel * WIDTH + from + vector * S::F32_LANES;
                        note(list, codes, place, pulp::bytemuck::cast_slice(&[sum]), limit.lowest);
                    }
                }
            }
        }
    }
}

/// Adds to each sum, in its steps, the products of the entries after the tastes.
#[inline(always)]
fn add_rest<S: ByteLanes, const VECTORS: usize>(
    simd: S,
    query: &Query<'_>,
    limit: Limit,
    rest: &[f32],
    from: usize,
    sums: &mut [S::f32s; VECTORS],
) {
    for (&factor, values) in query.rest.iter().zip(rest.chunks_exact(WIDTH)) {
        let factor = simd.splat_f32s(limit.in_steps(factor));
        let values = &S::as_simd_f32s(&values[from..]).0[..VECTORS];
        for (sum, &value) in sums.iter_mut().zip(values) {
            *sum = simd.multiply_add(factor, value, *sum);
        }
    }
}

/// Notes those of neighbouring items, from a place on, whose sums reach the limit.
#[cold]
fn note(list: &mut List<'_>, codes: &Codes, place: usize, sums: &[f32], lowest: f32) {
    for (place, &sum) in (place..).zip(sums) {
        if sum >= lowest {
            list.promising.extend(codes.item(place));
        }
    }
}

/// Offers promising items with their scores.
#[inline(always)]
fn score<S: ByteLanes>(simd: S, factors: &PaddedMatrix, list: &mut List<'_>) {
    let threshold = list.threshold();
    for item in list.promising.drain(..) {
        // Asking a set is cheaper than scoring, searching a row is not.
        if matches!(list.kept, Kept::Allowed(_)) && !list.kept.has(item) {
            continue;
        }
        let score = dot_with(simd, list.query.vector, factors.row(item as usize));
        if score >= threshold && list.kept.has(item) {
            list.top.push(ItemIdx::new(item), score);
        }
    }
    list.top.tighten();
}
