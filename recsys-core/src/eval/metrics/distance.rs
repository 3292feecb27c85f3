//! How far apart two items are.

use std::fmt;
use std::sync::Arc;

use crate::data::{Interactions, ItemFeatures};
use crate::ids::ItemIdx;
use crate::query::ScoredItem;

/// A symmetric distance between items, 0 to 1 in those made here.
#[derive(Clone)]
pub struct ItemDistance(Arc<dyn Fn(ItemIdx, ItemIdx) -> f64 + Send + Sync>);

impl ItemDistance {
    /// Wraps a distance of the caller's.
    #[must_use]
    pub fn new(distance: impl Fn(ItemIdx, ItemIdx) -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(distance))
    }

    /// `1 - |common| / |either|` of the items' categories; 1 when neither has one.
    #[must_use]
    pub fn by_categories(features: &[ItemFeatures]) -> Self {
        let mut names: Vec<&String> =
            features.iter().flat_map(|features| &features.categories).collect();
        names.sort_unstable();
        names.dedup();
        let numbers = |features: &ItemFeatures| {
            let known =
                features.categories.iter().filter_map(|name| names.binary_search(&name).ok());
            ascending(known.collect())
        };
        let sets: Vec<Vec<usize>> = features.iter().map(numbers).collect();
        Self::new(move |left, right| {
            let (left, right) = (&sets[left.index()], &sets[right.index()]);
            let common = common(left, right);
            let either = left.len() + right.len() - common;
            if either == 0 { 1.0 } else { 1.0 - common as f64 / either as f64 }
        })
    }

    /// `1 - |common users| / √(users of one · users of the other)`; 1 when an item has none.
    #[must_use]
    pub fn by_users(train: &Interactions) -> Self {
        let train = train.clone();
        Self::new(move |left, right| {
            let (left, right) = (train.item(left).indices(), train.item(right).indices());
            let norm = (left.len() as f64 * right.len() as f64).sqrt();
            if norm > 0.0 { (1.0 - common(left, right) as f64 / norm).max(0.0) } else { 1.0 }
        })
    }

    /// `(1 - cosine) / 2` of vectors, one of `dimensions` numbers for each item; a vector of length 0
    /// counts as orthogonal to all.
    ///
    /// # Panics
    ///
    /// When asked for an item that has no vector.
    #[must_use]
    pub fn by_vectors(vectors: Vec<f32>, dimensions: usize) -> Self {
        Self::new(move |left, right| {
            let of = |item: ItemIdx| &vectors[item.index() * dimensions..][..dimensions];
            let dot = |left: &[f32], right: &[f32]| -> f64 {
                left.iter().zip(right).map(|(&l, &r)| f64::from(l) * f64::from(r)).sum()
            };
            let (left, right) = (of(left), of(right));
            let norm = (dot(left, left) * dot(right, right)).sqrt();
            let cosine = if norm > 0.0 { dot(left, right) / norm } else { 0.0 };
            ((1.0 - cosine) / 2.0).clamp(0.0, 1.0)
        })
    }

    /// Returns the distance of two items.
    #[must_use]
    pub fn between(&self, left: ItemIdx, right: ItemIdx) -> f64 {
        (self.0)(left, right)
    }

    /// Mean distance of all pairs of `list`; `None` with fewer than two items.
    pub(in crate::eval) fn within(&self, list: &[ScoredItem]) -> Option<f64> {
        let pairs = list.len() * list.len().saturating_sub(1) / 2;
        let after = |at: usize| list[at + 1..].iter().map(move |other| (list[at].item, other.item));
        let sum: f64 =
            (0..list.len()).flat_map(after).map(|(left, right)| self.between(left, right)).sum();
        (pairs > 0).then(|| sum / pairs as f64)
    }
}

impl fmt::Debug for ItemDistance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ItemDistance").finish_non_exhaustive()
    }
}

fn ascending(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Number of common elements of two ascending lists.
fn common<T: Ord>(left: &[T], right: &[T]) -> usize {
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    short.iter().filter(|wanted| long.binary_search(wanted).is_ok()).count()
}
