//! From the catalogue to the candidates: which items pass the filters.

use std::collections::HashSet;

use super::Filter;
use super::catalog::Catalog;
use crate::types::{Item, ItemId};

/// A set of slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Vec<bool>);

impl Slots {
    /// Returns the slots of those of `items` that the catalogue has.
    pub(super) fn of(catalog: &Catalog, items: impl IntoIterator<Item = ItemId>) -> Self {
        let mut slots = vec![false; catalog.slots()];
        for slot in items.into_iter().filter_map(|item| catalog.slot_of(item)) {
            slots[slot] = true;
        }
        Self(slots)
    }

    pub(super) fn has(&self, slot: usize) -> bool {
        self.0.get(slot).copied().unwrap_or(false)
    }

    /// Adds slots.
    pub(super) fn extend(&mut self, slots: &[usize]) {
        for slot in slots {
            self.0[*slot] = true;
        }
    }

    /// Returns the slots, ascending.
    pub(super) fn to_vec(&self) -> Vec<usize> {
        self.0.iter().enumerate().filter_map(|(slot, is_in)| is_in.then_some(slot)).collect()
    }
}

/// What keeps an item off a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// The item is not active.
    Inactive,
    /// It was excluded by its id.
    Excluded,
    /// The user has an event with it.
    Interacted,
    /// A filter does not let it pass.
    Filtered,
}

/// Returns the slots of all active items that pass `filter`, ascending; `interacted` are those of items
/// that the user has an event with.
pub(super) fn candidates(catalog: &Catalog, filter: &Filter, interacted: &Slots) -> Vec<usize> {
    let excluded: HashSet<ItemId> = filter.exclude_items.iter().copied().collect();
    let passing = catalog
        .iter()
        .filter(|(slot, item)| removal(filter, item, *slot, &excluded, interacted).is_none());
    passing.map(|(slot, _)| slot).collect()
}

/// Returns what keeps an item off the list, if anything does.
pub(super) fn removal(
    filter: &Filter,
    item: &Item,
    slot: usize,
    excluded: &HashSet<ItemId>,
    interacted: &Slots,
) -> Option<Removal> {
    if !item.is_active {
        Some(Removal::Inactive)
    } else if filter.exclude_interacted && interacted.has(slot) {
        Some(Removal::Interacted)
    } else if !excluded.is_empty() && excluded.contains(&item.id) {
        Some(Removal::Excluded)
    } else if !passes(filter, item) {
        Some(Removal::Filtered)
    } else {
        None
    }
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
