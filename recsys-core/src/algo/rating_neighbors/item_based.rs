//! Predictions from the items of the history that are rated alike.

use super::similarities::{Neighbor, Similarities, keep_nearest, weighted_deviation};
use super::{Means, finite};
use crate::data::{History, Interactions};
use crate::ids::ItemIdx;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::Candidates;

/// A user's ratings; the similarities are computed as they are needed.
#[derive(Debug)]
pub(in crate::algo) struct ItemBasedScorer<'a> {
    data: &'a Interactions,
    means: &'a Means,
    limit: usize,
    shrinkage: f32,
    history: History,
}

impl<'a> ItemBasedScorer<'a> {
    pub(in crate::algo) fn new(
        data: &'a Interactions,
        means: &'a Means,
        history: History,
        limit: Option<u32>,
        shrinkage: f32,
    ) -> Self {
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        Self { data, means, limit, shrinkage, history }
    }

    fn similarities(&self) -> Similarities {
        Similarities::new(self.data.n_items(), self.shrinkage)
    }

    /// What the history's item says when it is a neighbour of that similarity.
    fn neighbor(&self, item: ItemIdx, value: f32, similarity: f64) -> Neighbor {
        let deviation = finite(f64::from(value) - self.means.items[item.index()]);
        Neighbor { similarity, deviation, position: item.get() }
    }

    /// Fills `near` with the items of the history that speak about `item`.
    fn neighbors(&self, item: ItemIdx, scratch: &mut Similarities, near: &mut Vec<Neighbor>) {
        let column = self.data.item(item);
        scratch.compare(column.indices(), column.values(), self.data.user_csr());
        near.clear();
        near.extend(self.history.as_row().iter().filter_map(|(other, value)| {
            Some(self.neighbor(other, value, scratch.with(other.get())?))
        }));
        keep_nearest(near, self.limit);
    }

    fn score(&self, item: ItemIdx, near: &[Neighbor]) -> f32 {
        finite(self.means.items[item.index()] + weighted_deviation(near))
    }

    /// Predicts the rating of one item.
    pub(in crate::algo) fn predict(&self, item: ItemIdx) -> f32 {
        let mut near = Vec::new();
        self.neighbors(item, &mut self.similarities(), &mut near);
        self.score(item, &near)
    }

    /// The neighbours of every item, found by comparing the history's items with all others.
    fn all_neighbors(&self) -> Vec<Vec<Neighbor>> {
        let mut lists = vec![Vec::new(); self.data.n_items()];
        let mut scratch = self.similarities();
        let room = self.limit.saturating_mul(2);
        for (item, value) in self.history.as_row().iter() {
            let column = self.data.item(item);
            scratch.compare(column.indices(), column.values(), self.data.user_csr());
            for &other in scratch.touched() {
                if let Some(similarity) = scratch.with(other) {
                    let list = &mut lists[other as usize];
                    list.push(self.neighbor(item, value, similarity));
                    if list.len() >= room {
                        keep_nearest(list, self.limit);
                    }
                }
            }
        }
        for list in &mut lists {
            keep_nearest(list, self.limit);
        }
        lists
    }
}

impl Scorer for ItemBasedScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        let n_items = self.data.n_items();
        let count = candidates.count(n_items);
        assert_eq!(out.len(), count, "one place for each candidate");
        match candidates {
            // One comparison with all items costs about the same from either side.
            Candidates::Only(items) if count <= self.history.len() => {
                let (mut scratch, mut near) = (self.similarities(), Vec::new());
                for (place, &item) in out.iter_mut().zip(items.as_slice()) {
                    self.neighbors(item, &mut scratch, &mut near);
                    *place = self.score(item, &near);
                }
            }
            Candidates::Only(items) => {
                let lists = self.all_neighbors();
                for (place, &item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.score(item, &lists[item.index()]);
                }
            }
            Candidates::All => {
                let lists = self.all_neighbors();
                for ((place, item), near) in out.iter_mut().zip((0..).map(ItemIdx::new)).zip(&lists)
                {
                    *place = self.score(item, near);
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let mut near = Vec::new();
        self.neighbors(item, &mut self.similarities(), &mut near);
        near.sort_unstable_by_key(|near| near.position);
        let total: f64 = near.iter().map(|near| near.similarity).sum();
        let parts = near.iter().map(|near| {
            let part = near.similarity * f64::from(near.deviation) / total;
            let cause = Cause::Item(ItemIdx::new(near.position));
            Contribution::new(ModelKind::ItemKnn, cause, finite(part))
        });
        let base = finite(self.means.items[item.index()]);
        Explanation::new(self.score(item, &near), base, parts.collect(), limit)
    }
}
