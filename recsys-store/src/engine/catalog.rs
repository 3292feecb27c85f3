//! A snapshot of a tenant's catalogue, followed through its feed of changes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::types::{Item, ItemChange, ItemId, ItemState};

/// The catalogue at one revision. Each item has a slot, also one that was deleted; a slot never passes to another item,
/// so tables by slot stay right while the catalogue changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    slots: Vec<Slot>,
    index: HashMap<ItemId, usize>,
    /// Items that exist.
    present: usize,
    revision: u64,
    /// The revision that last changed more than counters.
    description: u64,
    /// Most events that any item ever had.
    most_interactions: u64,
}

/// What is known of one item.
#[derive(Clone, Debug)]
struct Slot {
    id: ItemId,
    /// `None` if it was deleted.
    item: Option<Arc<Item>>,
    /// The revision that last changed more than its counters. Of an item that was there when following began, that of
    /// its last change of any kind.
    described: u64,
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
        for ItemChange { revision, item: id, state } in changes {
            self.revision = self.revision.max(revision);
            let next = self.slots.len();
            let at = *self.index.entry(id).or_insert(next);
            if at == next {
                self.slots.push(Slot { id, item: None, described: 0 });
            }
            let slot = &mut self.slots[at];
            let former = slot.item.take();
            let item = match state {
                ItemState::Present(item) => Some(item),
                ItemState::Deleted => None,
            };
            let same = matches!((&former, &item), (Some(former), Some(item))
                if same_but_for_counters(former, item));
            if !same {
                slot.described = revision;
                self.description = revision;
            }
            self.present += usize::from(item.is_some());
            self.present -= usize::from(former.is_some());
            let interactions = item.as_ref().map_or(0, |item| item.interaction_count);
            self.most_interactions = self.most_interactions.max(interactions);
            slot.item = item.map(|item| Arc::new(*item));
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
        self.slots.get(slot)?.item.as_ref()
    }

    /// Iterates over the items that exist, with their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Item>)> {
        self.slots.iter().enumerate().filter_map(|(at, slot)| Some((at, slot.item.as_ref()?)))
    }

    /// Returns the id of the item that has a slot, or had it.
    pub(super) fn id_at(&self, slot: usize) -> Option<ItemId> {
        self.slots.get(slot).map(|slot| slot.id)
    }

    /// Returns one entry for each slot: the id of the item that has it.
    pub(super) fn ids(&self) -> Vec<ItemId> {
        self.slots.iter().map(|slot| slot.id).collect()
    }

    /// Returns the slots of items that came, went or changed in more than their counters after a revision, with the
    /// revision, oldest first.
    pub(super) fn described_since(&self, revision: u64) -> Vec<(u64, usize)> {
        let slots = self.slots.iter().enumerate().map(|(at, slot)| (slot.described, at));
        let mut changed: Vec<(u64, usize)> =
            slots.filter(|(described, _)| *described > revision).collect();
        changed.sort_unstable();
        changed
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
    fn what_changed_since_a_revision_is_told_also_of_deleted_items() {
        let tenant = TenantId::generate();
        let mut catalog = Catalog::default();
        catalog.apply(vec![present(tenant, "a", 1), present(tenant, "b", 2)]);
        let (a, gone) = (ItemId::from_external(tenant, "a"), ItemId::generate());
        let deleted = |revision, item| ItemChange { revision, item, state: ItemState::Deleted };
        catalog.apply(vec![deleted(3, a), deleted(4, gone), present(tenant, "c", 5)]);
        assert_eq!(catalog.described_since(1), [(2, 1), (3, 0), (4, 2), (5, 3)]);
        assert_eq!((catalog.id_at(0), catalog.id_at(2)), (Some(a), Some(gone)));
        assert_eq!((catalog.len(), catalog.described_since(5).len()), (2, 0));
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
