//! From the catalogue to the candidates: which items pass the filters.

use std::collections::HashSet;

use super::Filter;
use super::catalog::Catalog;
use crate::types::{Item, ItemId};

/// Returns the slots of all active items that pass `filter` and are not in `interacted`.
pub(super) fn candidates(
    catalog: &Catalog,
    filter: &Filter,
    interacted: &HashSet<ItemId>,
) -> Vec<usize> {
    let excluded: HashSet<ItemId> = filter.exclude_items.iter().copied().collect();
    let passing = catalog.iter().filter(|(_, item)| {
        item.is_active
            && !excluded.contains(&item.id)
            && !(filter.exclude_interacted && interacted.contains(&item.id))
            && passes(filter, item)
    });
    passing.map(|(slot, _)| slot).collect()
}

fn passes(filter: &Filter, item: &Item) -> bool {
    let of_category = |categories: &[String]| {
        item.category.as_ref().is_some_and(|category| categories.contains(category))
    };
    (filter.categories.is_empty() || of_category(&filter.categories))
        && !of_category(&filter.exclude_categories)
        && (filter.tags.is_empty() || item.tags.iter().any(|tag| filter.tags.contains(tag)))
        && filter
            .min_rating
            .is_none_or(|least| item.average_rating().is_some_and(|mean| mean >= least))
        && filter.condition.as_ref().is_none_or(|condition| condition.matches(&item.metadata))
}
