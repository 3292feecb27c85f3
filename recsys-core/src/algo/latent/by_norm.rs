//! Item factors in panels of descending length of vector: exact top-k without writing scores.
//!
//! A score is at most the product of the two vectors' lengths. With the longest items first the
//! threshold of a list rises at once, few scores pass it, and as soon as no item that is left can pass
//! the rest of the catalogue need not be looked at.

use std::ops::Range;

use crate::ids::ItemIdx;
use crate::linalg::dot;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::panel::product_tile;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::query::{ScoredItem, TopK};

/// Items of one panel: four 512-bit vectors.
const WIDTH: usize = 64;

/// Users whose scores are computed together in registers.
const USERS: usize = 4;

/// A computed score may exceed the product of the lengths by rounding, by at most this factor: half a
/// unit in the last place for each of 2048 factors, and some to spare.
const ROUNDING: f32 = 1.001;

/// Item factors transposed in panels of 64 items, longest vectors first.
#[derive(Clone, Debug)]
pub(super) struct ByNorm {
    values: Vec<f32>,
    factors: usize,
    /// The item at each place of the panels.
    items: Vec<u32>,
    /// The place of each item.
    places: Vec<u32>,
    /// Length of the longest vector in each panel.
    norms: Vec<f32>,
}

impl ByNorm {
    /// Sorts items by the lengths of their vectors; equal ones by position.
    pub(super) fn new(item_factors: &PaddedMatrix) -> Self {
        let factors = item_factors.width();
        let norm = |item| dot(item_factors.row(item), item_factors.row(item)).sqrt();
        let item_norms: Vec<f32> = (0..item_factors.rows()).map(norm).collect();
        let mut items: Vec<u32> = (0..).take(item_factors.rows()).collect();
        items.sort_by(|&a, &b| item_norms[b as usize].total_cmp(&item_norms[a as usize]));
        let mut places = vec![0; items.len()];
        for (place, &item) in (0..).zip(&items) {
            places[item as usize] = place;
        }
        let mut values = vec![0.0; items.len().div_ceil(WIDTH) * factors * WIDTH];
        let panels = values.chunks_exact_mut(factors * WIDTH);
        for (panel, items) in panels.zip(items.chunks(WIDTH)) {
            for (at, &item) in items.iter().enumerate() {
                for (row, &value) in item_factors.values(item as usize).iter().enumerate() {
                    panel[row * WIDTH + at] = value;
                }
            }
        }
        let norms = items.chunks(WIDTH).map(|items| item_norms[items[0] as usize]).collect();
        Self { values, factors, items, places, norms }
    }

    /// Ranks the `k` best items for each row of `stride` values in `vectors`, without those of the
    /// row's set in `without`.
    pub(super) fn rank(
        &self,
        vectors: &[f32],
        stride: usize,
        without: &[&[u32]],
        k: usize,
    ) -> Vec<Vec<ScoredItem>> {
        let lists = vectors.chunks_exact(stride).zip(without).map(|(vector, items)| {
            let mut without: Vec<u32> =
                items.iter().map(|&item| self.places[item as usize]).collect();
            without.sort_unstable();
            List {
                top: TopK::new(k),
                without,
                length: dot(vector, vector).sqrt() * ROUNDING,
                done: k == 0,
            }
        });
        let mut lists: Vec<List> = lists.collect();
        dispatch(Rank { panels: self, vectors, stride, lists: &mut lists });
        lists.into_iter().map(|list| list.top.into_sorted()).collect()
    }
}

/// A list in the making.
struct List {
    top: TopK,
    /// Places that are left out, ascending.
    without: Vec<u32>,
    /// Length of the user's vector, rounded up.
    length: f32,
    /// No later panel can matter.
    done: bool,
}

impl List {
    /// Offers the scores of neighbouring places.
    #[cold]
    fn offer(&mut self, items: &[u32], places: Range<usize>, scores: &[f32]) {
        for (place, &score) in places.zip(scores) {
            let Some(&item) = items.get(place) else { break };
            if score >= self.top.threshold()
                && !self.without.iter().any(|&other| other as usize == place)
            {
                self.top.push(ItemIdx::new(item), score);
            }
        }
    }
}

struct Rank<'a> {
    panels: &'a ByNorm,
    vectors: &'a [f32],
    stride: usize,
    lists: &'a mut [List],
}

impl Kernel for Rank<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { panels, vectors, stride, lists } = self;
        let all = panels.values.chunks_exact(panels.factors * WIDTH);
        for (panel, (values, &norm)) in all.zip(&panels.norms).enumerate() {
            let mut waiting = false;
            let tiles = vectors.chunks(USERS * stride).zip(lists.chunks_mut(USERS));
            for (vectors, lists) in tiles {
                for list in &mut *lists {
                    list.done |= norm * list.length < list.top.threshold();
                }
                if lists.iter().all(|list| list.done) {
                    continue;
                }
                waiting = true;
                if lists.len() == USERS {
                    rank_panel::<S, USERS>(simd, panels, panel, values, vectors, stride, lists);
                } else {
                    let rows = vectors.chunks_exact(stride);
                    for (vector, list) in rows.zip(lists.chunks_exact_mut(1)) {
                        rank_panel::<S, 1>(simd, panels, panel, values, vector, stride, list);
                    }
                }
            }
            if !waiting {
                break;
            }
        }
    }
}

/// Scores one panel for `ROWS` users and offers what reaches their thresholds.
#[inline(always)]
fn rank_panel<S: Lanes, const ROWS: usize>(
    simd: S,
    panels: &ByNorm,
    panel: usize,
    values: &[f32],
    vectors: &[f32],
    stride: usize,
    lists: &mut [List],
) {
    if S::TILE_VECTORS == 4 {
        rank_tiles::<S, ROWS, 4>(simd, panels, panel, values, vectors, stride, lists);
    } else {
        rank_tiles::<S, ROWS, 2>(simd, panels, panel, values, vectors, stride, lists);
    }
}

#[inline(always)]
fn rank_tiles<S: Lanes, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    panels: &ByNorm,
    panel: usize,
    values: &[f32],
    vectors: &[f32],
    stride: usize,
    lists: &mut [List],
) {
    let mut rows = [vectors; ROWS];
    for (row, vector) in rows.iter_mut().zip(vectors.chunks_exact(stride)) {
        *row = &vector[..panels.factors];
    }
    let width = VECTORS * S::F32_LANES;
    for from in (0..WIDTH).step_by(width) {
        let scores = product_tile::<S, ROWS, VECTORS>(simd, rows, values, WIDTH, from);
        for (list, scores) in lists.iter_mut().zip(&scores) {
            let threshold = simd.splat_f32s(list.top.threshold());
            let mut reached = simd.less_than_or_equal_f32s(threshold, scores[0]);
            for &scores in &scores[1..] {
                let also = simd.less_than_or_equal_f32s(threshold, scores);
                reached = simd.or_m32s(reached, also);
            }
            if simd.first_true_m32s(reached) < S::F32_LANES {
                let first = panel * WIDTH + from;
                let scores = pulp::bytemuck::cast_slice(scores);
                list.offer(&panels.items, first..first + width, scores);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::{ItemSet, Request, rank};

    /// Factors of few distinct values, so that scores are exact and ties are common.
    fn factors(rows: usize, width: usize) -> impl Strategy<Value = PaddedMatrix> {
        prop::collection::vec((-2..3_i8).prop_map(f32::from), rows * width)
            .prop_map(move |values| PaddedMatrix::from_dense(&values, width))
    }

    fn case() -> impl Strategy<Value = (PaddedMatrix, PaddedMatrix, Vec<Vec<u32>>, usize)> {
        (1_usize..7, 1_usize..20, 1_usize..300).prop_flat_map(|(users, width, items)| {
            let without = prop::collection::vec(0..items as u32, 0..12);
            (
                factors(users, width),
                factors(items, width),
                prop::collection::vec(without, users),
                0_usize..30,
            )
        })
    }

    proptest! {
        #[test]
        fn lists_equal_ranking_all_scores((users, items, without, k) in case()) {
            let sets: Vec<ItemSet> = without
                .iter()
                .map(|set| set.iter().copied().map(ItemIdx::new).collect())
                .map(|set| ItemSet::new(set, items.rows()).unwrap())
                .collect();
            let slices: Vec<&[u32]> = without.iter().map(Vec::as_slice).collect();
            let panels = ByNorm::new(&items);
            let lists = panels.rank(users.as_slice(), users.stride(), &slices, k);
            for (user, (list, set)) in lists.iter().zip(&sets).enumerate() {
                let scores: Vec<f32> =
                    (0..items.rows()).map(|item| dot(users.row(user), items.row(item))).collect();
                prop_assert_eq!(list, &rank(&Request::top(k).excluding(set), &scores));
            }
        }
    }
}
