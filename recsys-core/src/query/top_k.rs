//! The ordering contract and the selection of the best `k`.

use std::cmp::Ordering;

use super::{Candidates, Request};
use crate::ids::ItemIdx;

/// An item and its score.
///
/// Ordered best first: score descending, then item ascending. This is the one order of the crate, so
/// equal scores give the same list on every run.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair that callers take apart")]
pub struct ScoredItem {
    /// The item.
    pub item: ItemIdx,
    /// Its score; higher is better, never NaN.
    pub score: f32,
}

impl Ord for ScoredItem {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.item.cmp(&other.item))
    }
}

impl PartialOrd for ScoredItem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ScoredItem {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ScoredItem {}

/// Keeps the `k` best items seen so far.
///
/// Memory is `2k`; each push costs amortised constant time: a full buffer is cut to `k` by selection,
/// and its worst survivor becomes the score to beat.
///
/// # Examples
///
/// ```
/// use recsys_core::{ItemIdx, query::TopK};
///
/// let mut top = TopK::new(2);
/// for (item, score) in [(0, 0.1), (1, 0.9), (2, 0.5)] {
///     top.push(ItemIdx::new(item), score);
/// }
/// let items: Vec<u32> = top.into_sorted().iter().map(|hit| hit.item.get()).collect();
/// assert_eq!(items, [1, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct TopK {
    k: usize,
    buffer: Vec<ScoredItem>,
    /// The worst of the best `k` at the last cut.
    worst: Option<ScoredItem>,
}

impl TopK {
    /// Keeps the best `k`.
    #[must_use]
    pub fn new(k: usize) -> Self {
        // A caller may ask for more than there is; memory follows what is pushed.
        Self { k, buffer: Vec::with_capacity(k.saturating_mul(2).min(1024)), worst: None }
    }

    /// Offers one item. NaN and negative infinity are never kept.
    pub fn push(&mut self, item: ItemIdx, score: f32) {
        let offered = ScoredItem { item, score };
        if score > f32::NEG_INFINITY && self.worst.is_none_or(|worst| offered < worst) {
            self.buffer.push(offered);
            if self.buffer.len() >= self.k.saturating_mul(2).max(1) {
                self.cut();
            }
        }
    }

    /// Returns the score that an item must at least have to be kept, negative infinity while there is
    /// room. Scans compare against it before they push.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.worst.map_or(f32::NEG_INFINITY, |worst| worst.score)
    }

    /// Returns the best, in order.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<ScoredItem> {
        self.buffer.sort_unstable();
        self.buffer.truncate(self.k);
        self.buffer
    }

    /// Makes the threshold the score of the last of the best `k`, or of one little behind. Constant time
    /// while little was pushed.
    pub(crate) fn tighten(&mut self) {
        if self.buffer.len() > self.k + self.k / 8 {
            self.cut();
        } else if self.worst.is_none() && self.buffer.len() == self.k {
            self.worst = self.buffer.iter().max().copied();
        }
    }

    fn cut(&mut self) {
        if self.k == 0 {
            self.buffer.clear();
        } else if self.buffer.len() > self.k {
            let (_, worst, _) = self.buffer.select_nth_unstable(self.k - 1);
            self.worst = Some(*worst);
            self.buffer.truncate(self.k);
        }
    }
}

/// Scores that are compared with the threshold at once.
const BLOCK: usize = 64;

/// Ranks `scores`, one for each of the request's candidates in order.
pub(crate) fn rank(request: &Request<'_>, scores: &[f32]) -> Vec<ScoredItem> {
    let mut top = TopK::new(request.k());
    let mut excluded = request.excluded();
    let floor = request.floor();
    let mut offer = |top: &mut TopK, item: ItemIdx, score: f32| {
        // Candidates come in ascending order, so one that only equals the threshold stands behind.
        if score < floor || score <= top.threshold() {
            return;
        }
        while excluded.first().is_some_and(|&next| next < item) {
            excluded = &excluded[1..];
        }
        if excluded.first() != Some(&item) {
            top.push(item, score);
        }
    };
    match request.candidates() {
        Candidates::All => {
            let mut first = 0;
            for block in scores.chunks(BLOCK) {
                // Most blocks have nothing to offer, and the comparison of a whole one is a few
                // vector instructions.
                let threshold = top.threshold();
                let wanted = |score: f32| (score > threshold) & (score >= floor);
                if block.iter().fold(false, |any, &score| any | wanted(score)) {
                    for (item, &score) in (first..).zip(block) {
                        offer(&mut top, ItemIdx::new(item), score);
                    }
                }
                first += BLOCK as u32;
            }
        }
        Candidates::Only(items) => {
            for (&item, &score) in items.as_slice().iter().zip(scores) {
                offer(&mut top, item, score);
            }
        }
    }
    top.into_sorted()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::ItemSet;

    fn naive(scores: &[f32], k: usize, keep: impl Fn(u32) -> bool) -> Vec<ScoredItem> {
        let mut all: Vec<ScoredItem> = (0..)
            .zip(scores)
            .filter(|&(item, score)| keep(item) && *score > f32::NEG_INFINITY)
            .map(|(item, &score)| ScoredItem { item: ItemIdx::new(item), score })
            .collect();
        all.sort();
        all.truncate(k);
        all
    }

    /// Few distinct values, so that ties are common.
    fn scores() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(
            prop_oneof![(-3..4i8).prop_map(f32::from), Just(f32::NEG_INFINITY)],
            0..80,
        )
    }

    fn set(items: Vec<u32>, n_items: usize) -> ItemSet {
        let inside = items.into_iter().filter(|&item| (item as usize) < n_items);
        ItemSet::new(inside.map(ItemIdx::new).collect(), n_items).unwrap()
    }

    proptest! {
        #[test]
        fn top_k_equals_sorting_everything(scores in scores(), k in 0..90usize) {
            let mut top = TopK::new(k);
            for (item, &score) in (0..).zip(&scores) {
                top.push(ItemIdx::new(item), score);
            }
            prop_assert_eq!(top.into_sorted(), naive(&scores, k, |_| true));
        }

        #[test]
        fn ranking_equals_filtering_then_sorting(
            scores in scores(), k in 0..20usize,
            among in prop::option::of(prop::collection::vec(0..80u32, 0..40)),
            excluding in prop::collection::vec(0..80u32, 0..40),
            floor in prop::option::of(-2..3i8),
        ) {
            let among = among.map(|items| set(items, scores.len()));
            let excluding = set(excluding, scores.len());
            let mut request = Request::top(k).excluding(&excluding);
            let mut wanted = scores.clone();
            if let Some(among) = &among {
                request = request.among(among);
                wanted = among.as_slice().iter().map(|item| scores[item.index()]).collect();
            }
            if let Some(floor) = floor {
                request = request.at_least(f32::from(floor));
            }
            let expected = naive(&scores, k, |item| {
                let item = ItemIdx::new(item);
                among.as_ref().is_none_or(|among| among.contains(item))
                    && !excluding.contains(item)
                    && floor.is_none_or(|floor| scores[item.index()] >= f32::from(floor))
            });
            prop_assert_eq!(rank(&request, &wanted), expected);
        }
    }
}
