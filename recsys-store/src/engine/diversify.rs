//! Variety on a list: items that differ in category and tags.

use std::collections::HashSet;

use recsys_core::rerank::maximal_marginal_relevance;

use super::rank::Ranked;
use crate::types::Item;

/// Reorders `ranked` (best first) and cuts it to `limit`: maximal marginal relevance, where similarity is
/// the Jaccard index of category and tags. Scores are not changed.
pub(super) fn diversify<'a>(
    ranked: &[Ranked],
    item_of: impl Fn(&Ranked) -> &'a Item,
    strength: f64,
    limit: usize,
) -> Vec<Ranked> {
    let scores: Vec<f64> = ranked.iter().map(|ranked| ranked.score).collect();
    let features: Vec<HashSet<Feature<'a>>> =
        ranked.iter().map(|ranked| features(item_of(ranked))).collect();
    let similarity = |left: usize, right: usize| jaccard(&features[left], &features[right]);
    let order = maximal_marginal_relevance(&scores, similarity, strength, limit);
    order.into_iter().map(|at| ranked[at]).collect()
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
    use super::super::rank::Basis;
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
        let ranked: Vec<Ranked> = (0..items.len())
            .map(|slot| Ranked { slot, basis: Basis::Popularity, score: 1.0 - slot as f64 * 0.1 })
            .collect();
        let list = diversify(&ranked, |ranked| &items[ranked.slot], strength, limit);
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
