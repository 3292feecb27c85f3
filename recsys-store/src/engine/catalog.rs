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
    revision: u64,
    /// Most events that any item ever had.
    most_interactions: u64,
}

impl Catalog {
    /// Returns the revision up to which changes are in.
    pub(super) fn revision(&self) -> u64 {
        self.revision
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
                    self.slots[slot] = Some(Arc::new(*item));
                }
                ItemState::Deleted => {
                    if let Some(slot) = self.index.get(&change.item) {
                        self.slots[*slot] = None;
                    }
                }
            }
        }
    }

    /// Returns an item, active or not.
    pub(super) fn get(&self, id: ItemId) -> Option<&Arc<Item>> {
        self.at(*self.index.get(&id)?)
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
        assert_eq!(catalog.iter().count(), 3);
        assert_eq!(catalog.revision(), 5);
    }
}
