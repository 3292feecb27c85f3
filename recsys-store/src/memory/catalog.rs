//! The catalogue, in memory.

use std::cmp::Reverse;
use std::collections::HashSet;

use async_trait::async_trait;

use super::{MemoryTenant, count, invalid, missing, taken};
use crate::error::Result;
use crate::rules::{check_external_ids, check_items, described_by, item_row};
use crate::traits::CatalogStore;
use crate::types::{
    DescriptionChange, DescriptionChangeKind, Item, ItemChange, ItemId, ItemPatch, ItemQuery,
    ItemState, NewItem, now,
};
use crate::words::{self, Search};

#[async_trait]
impl CatalogStore for MemoryTenant {
    async fn create_many(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        const OP: &str = "catalog.create_many";
        check_items(&items).map_err(invalid(OP))?;
        self.write(OP, |state| {
            let (now, revision) = (now(), state.revision + 1);
            let make = |new| item_row(self.id, new, revision, now);
            let rows: Vec<Item> = items.into_iter().map(make).collect();
            let mut seen = HashSet::new();
            for item in &rows {
                if state.items.contains_key(&item.id) || !seen.insert(item.id) {
                    let id = item.external_id.as_deref().unwrap_or_default();
                    return Err(taken(OP, format!("an item with external id {id:?} exists")));
                }
            }
            state.revision = revision;
            for item in &rows {
                state.put_item(item.clone());
            }
            Ok(rows)
        })
    }

    async fn upsert_external(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        const OP: &str = "catalog.upsert_external";
        check_items(&items).map_err(invalid(OP))?;
        check_external_ids("items", items.iter().map(|item| item.external_id.as_deref()))
            .map_err(invalid(OP))?;
        self.write(OP, |state| {
            let (now, revision) = (now(), state.revision + 1);
            let mut rows = Vec::with_capacity(items.len());
            for new in items {
                let fresh = item_row(self.id, new.clone(), revision, now);
                let row = match state.items.get(&fresh.id) {
                    None => fresh,
                    Some(old) => {
                        let described = described_by(old, new);
                        let same = described == *old;
                        if same {
                            described
                        } else {
                            Item { revision, updated_at: now, ..described }
                        }
                    }
                };
                rows.push(row);
            }
            state.revision = revision;
            for item in &rows {
                if item.revision == revision {
                    state.put_item(item.clone());
                }
            }
            Ok(rows)
        })
    }

    async fn get_many(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>> {
        Ok(self.read(|state| ids.iter().map(|id| state.items.get(id).cloned()).collect()))
    }

    async fn update(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        const OP: &str = "catalog.update";
        patch.check().map_err(invalid(OP))?;
        self.write(OP, |state| {
            let Some(mut item) = state.items.get(&id).cloned() else {
                return Err(missing(OP, format!("item {id} does not exist")));
            };
            patch.apply(&mut item);
            state.revision += 1;
            item.revision = state.revision;
            item.updated_at = now();
            state.put_item(item.clone());
            Ok(item)
        })
    }

    async fn delete(&self, id: ItemId) -> Result<bool> {
        self.write("catalog.delete", |state| {
            let exists = state.items.contains_key(&id);
            if exists {
                state.remove_item(id);
            }
            Ok(exists)
        })
    }

    async fn list(&self, query: &ItemQuery) -> Result<Vec<Item>> {
        query.check().map_err(invalid("catalog.list"))?;
        let parts = query.search.as_deref().and_then(Search::parse).map(|search| search.parts());
        let has_words = |item: &Item| {
            parts.as_ref().is_none_or(|parts| {
                let words = words::of(&item.title, item.description.as_deref());
                parts.iter().all(|part| words.contains(part))
            })
        };
        let matches = |item: &&Item| {
            item.is_active
                && query.after.is_none_or(|after| item.position() < after)
                && (query.category.is_none() || query.category == item.category)
                && has_words(item)
        };
        Ok(self.read(|state| {
            let mut items: Vec<&Item> = state.items.values().filter(matches).collect();
            items.sort_by_key(|item| Reverse(item.position()));
            let page = items.into_iter().skip(count(query.offset)).take(count(query.limit));
            page.cloned().collect()
        }))
    }

    async fn changes(&self, after_revision: u64, limit: u32) -> Result<Vec<ItemChange>> {
        Ok(self.read(|state| {
            let mut changes: Vec<ItemChange> = Vec::new();
            let start = (after_revision.saturating_add(1), ItemId(uuid::Uuid::nil()));
            for (revision, id) in state.feed.range(start..) {
                let full = changes.len() >= count(limit);
                if full && changes.last().is_none_or(|last| last.revision != *revision) {
                    break;
                }
                let item = state.items.get(id).cloned().map(Box::new);
                let state = item.map_or(ItemState::Deleted, ItemState::Present);
                changes.push(ItemChange { revision: *revision, item: *id, state });
            }
            changes
        }))
    }

    async fn descriptions(
        &self,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<DescriptionChange>> {
        Ok(self.read(|state| {
            let start = (after_revision.saturating_add(1), ItemId(uuid::Uuid::nil()));
            let described = |(revision, id): &(u64, ItemId)| {
                let (revision, kind) = match (state.items.get(id), state.described.get(id)) {
                    (Some(item), Some(described)) if item.created_at == item.updated_at => {
                        (*described, DescriptionChangeKind::Created)
                    }
                    (Some(_), Some(described)) => (*described, DescriptionChangeKind::Changed),
                    _ => (*revision, DescriptionChangeKind::Deleted),
                };
                DescriptionChange { revision, item: *id, kind }
            };
            let mut changes: Vec<DescriptionChange> =
                state.feed.range(start..).map(described).collect();
            changes.retain(|change| change.revision > after_revision);
            changes.sort_by_key(|change| (change.revision, change.item));
            changes.truncate(count(limit));
            changes
        }))
    }
}
