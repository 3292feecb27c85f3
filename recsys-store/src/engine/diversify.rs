//! Maximal marginal relevance (Carbonell and Goldstein 1998) over category and tags.

use std::collections::HashSet;

use super::rank::Ranked;
use crate::types::Item;

/// Reorders `ranked` (best first) and cuts it to `limit`.
///
/// Each place goes to the item with the largest `(1 − strength) · relevance − strength · similarity`,
/// where relevance is the score brought to 0..1 over the pool and similarity the largest Jaccard
/// index of category and tags with an item already placed. The first place goes to the best score.
/// Scores are not changed.
pub(super) fn diversify<'a>(
    ranked: Vec<Ranked>,
    item_of: impl Fn(&Ranked) -> &'a Item,
    strength: f64,
    limit: usize,
) -> Vec<Ranked> {
    let (Some(first), Some(last)) = (ranked.first(), ranked.last()) else {
        return ranked;
    };
    let (best, worst) = (first.score, last.score);
    let relevance = |ranked: &Ranked| {
        if best > worst { (ranked.score - worst) / (best - worst) } else { 1.0 }
    };
    let mut pool: Vec<Candidate<'a>> = Vec::with_capacity(ranked.len());
    for ranked in ranked {
        let features = features(item_of(&ranked));
        pool.push(Candidate { relevance: relevance(&ranked), ranked, features, similarity: 0.0 });
    }
    let mut placed: Vec<Ranked> = Vec::with_capacity(limit.min(pool.len()));
    while placed.len() < limit && !pool.is_empty() {
        // The first of equals wins: the pool keeps the order of scores.
        let mut chosen = 0;
        for (index, candidate) in pool.iter().enumerate() {
            if candidate.gain(strength) > pool[chosen].gain(strength) {
                chosen = index;
            }
        }
        let chosen = pool.remove(chosen);
        for candidate in &mut pool {
            let similarity = jaccard(&candidate.features, &chosen.features);
            candidate.similarity = candidate.similarity.max(similarity);
        }
        placed.push(chosen.ranked);
    }
    placed
}

struct Candidate<'a> {
    ranked: Ranked,
    relevance: f64,
    features: HashSet<Feature<'a>>,
    /// With the most similar item placed so far.
    similarity: f64,
}

impl Candidate<'_> {
    fn gain(&self, strength: f64) -> f64 {
        (1.0 - strength) * self.relevance - strength * self.similarity
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Feature<'a> {
    Category(&'a str),
    Tag(&'a str),
}

pub(super) fn features(item: &Item) -> HashSet<Feature<'_>> {
    let category = item.category.as_deref().map(Feature::Category);
    category.into_iter().chain(item.tags.iter().map(|tag| Feature::Tag(tag))).collect()
}

/// Returns the share of features that both have, 0 if there are none.
pub(super) fn jaccard(left: &HashSet<Feature<'_>>, right: &HashSet<Feature<'_>>) -> f64 {
    let common = left.intersection(right).count();
    let all = left.len() + right.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::item_row;
    use crate::types::{NewItem, TenantId, now};

    fn items(categories: &[&str]) -> Vec<Item> {
        let tenant = TenantId::generate();
        let make = |category: &&str| {
            let new = NewItem { category: Some((*category).into()), ..NewItem::default() };
            item_row(tenant, new, 1, now())
        };
        categories.iter().map(make).collect()
    }

    fn order(categories: &[&str], strength: f64, limit: usize) -> Vec<usize> {
        let items = items(categories);
        let ranked = (0..items.len())
            .map(|slot| Ranked { slot, column: None, score: 1.0 - slot as f64 * 0.1 })
            .collect();
        let list = diversify(ranked, |ranked| &items[ranked.slot], strength, limit);
        list.iter().map(|ranked| ranked.slot).collect()
    }

    #[test]
    fn without_strength_the_order_stays() {
        assert_eq!(order(&["a", "a", "b", "a"], 0.0, 4), [0, 1, 2, 3]);
    }

    #[test]
    fn strength_brings_other_categories_forward_and_keeps_the_best_first() {
        assert_eq!(order(&["a", "a", "a", "b"], 0.7, 3), [0, 3, 1]);
    }
}
