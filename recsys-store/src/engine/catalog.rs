//! A snapshot of a tenant's catalogue, followed through its feed of changes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::types::{Item, ItemChange, ItemId, ItemState};

/// The catalogue at one revision. Each item has a slot; a slot never passes to another item, so
/// tables by slot stay right while the catalogue changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    slots: Vec<Option<Arc<Item>>>,
    index: HashMap<ItemId, usize>,
    /// Items that exist.
    present: usize,
    revision: u64,
    /// The revision that last changed more than counters.
    description: u64,
    /// Most events that any item ever had.
    most_interactions: u64,
}

impl Catalog {
    /// Returns the revision up to which changes are in.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the revision up to which items came, went and changed in more than their counters.
    pub(super) fn description(&self) -> u64 {
        self.description
    }

    pub(super) fn apply(&mut self, changes: Vec<ItemChange>) {
        for change in changes {
            self.revision = self.revision.max(change.revision);
            let next = self.slots.len();
            match change.state {
                ItemState::Present(item) => {
                    self.most_interactions = self.most_interactions.max(item.interaction_count);
                    let slot = *self.index.entry(change.item).or_insert(next);
                    if slot == next {
                        self.slots.push(None);
                    }
                    let former = self.slots[slot].as_deref();
                    if !former.is_some_and(|former| same_but_for_counters(former, &item)) {
                        self.description = change.revision;
                    }
                    self.present += usize::from(former.is_none());
                    self.slots[slot] = Some(Arc::new(*item));
                }
                ItemState::Deleted => {
                    self.description = change.revision;
                    if let Some(slot) = self.index.get(&change.item) {
                        self.present -= usize::from(self.slots[*slot].take().is_some());
                    }
                }
            }
        }
    }

    /// Returns an item, active or not.
    pub(super) fn get(&self, id: ItemId) -> Option<&Arc<Item>> {
        self.at(self.slot_of(id)?)
    }

    /// Returns the slot of an item that exists or existed.
    pub(super) fn slot_of(&self, id: ItemId) -> Option<usize> {
        self.index.get(&id).copied()
    }

    /// Returns the number of slots, empty ones included.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Returns the number of items that exist.
    pub(super) fn len(&self) -> usize {
        self.present
    }

    pub(super) fn at(&self, slot: usize) -> Option<&Arc<Item>> {
        self.slots.get(slot)?.as_ref()
    }

    /// Iterates over the items that exist, with their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Item>)> {
        self.slots.iter().enumerate().filter_map(|(slot, item)| Some((slot, item.as_ref()?)))
    }

    /// Returns one entry for each slot: the id of the item that has it.
    pub(super) fn ids(&self) -> Vec<Option<ItemId>> {
        let mut ids = vec![None; self.slots.len()];
        for (id, slot) in &self.index {
            ids[*slot] = Some(*id);
        }
        ids
    }

    pub(super) fn most_interactions(&self) -> u64 {
        self.most_interactions
    }
}

/// Tells whether two states of an item differ in nothing that a model or a filter goes by, ratings aside.
fn same_but_for_counters(former: &Item, item: &Item) -> bool {
    let Item { id, title, description, category, tags, metadata, external_id, is_active, .. } =
        item;
    *id == former.id
        && *is_active == former.is_active
        && *title == former.title
        && *description == former.description
        && *category == former.category
        && *tags == former.tags
        && *metadata == former.metadata
        && *external_id == former.external_id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::item_row;
    use crate::types::{NewItem, TenantId, now};

    fn present(tenant: TenantId, external: &str, revision: u64) -> ItemChange {
        let new = NewItem {
            title: format!("{external} at {revision}"),
            external_id: Some(external.into()),
            ..NewItem::default()
        };
        let item = item_row(tenant, new, revision, now());
        ItemChange { revision, item: item.id, state: ItemState::Present(Box::new(item)) }
    }

    #[test]
    fn a_slot_stays_with_its_item_over_update_deletion_and_return() {
        let tenant = TenantId::generate();
        let mut catalog = Catalog::default();
        catalog.apply(vec![present(tenant, "a", 1), present(tenant, "b", 2)]);
        let a = ItemId::from_external(tenant, "a");
        catalog.apply(vec![ItemChange { revision: 3, item: a, state: ItemState::Deleted }]);
        assert!(catalog.get(a).is_none());
        catalog.apply(vec![present(tenant, "c", 4), present(tenant, "a", 5)]);
        assert_eq!(catalog.at(0).unwrap().id, a);
        assert_eq!((catalog.iter().count(), catalog.len()), (3, 3));
        assert_eq!(catalog.revision(), 5);
    }

    #[test]
    fn events_and_ratings_leave_the_description_as_it_is() {
        let tenant = TenantId::generate();
        let mut catalog = Catalog::default();
        let created = present(tenant, "a", 1);
        let ItemState::Present(item) = created.state.clone() else { unreachable!() };
        catalog.apply(vec![created]);
        let rated = Item { rating_count: 1, rating_sum: 4.0, interaction_count: 2, ..*item };
        let change = |revision, item| ItemChange {
            revision,
            item: ItemId::from_external(tenant, "a"),
            state: ItemState::Present(Box::new(item)),
        };
        catalog.apply(vec![change(2, rated.clone())]);
        assert_eq!((catalog.revision(), catalog.description()), (2, 1));
        catalog.apply(vec![change(3, Item { is_active: false, ..rated })]);
        assert_eq!((catalog.revision(), catalog.description()), (3, 3));
    }
}
