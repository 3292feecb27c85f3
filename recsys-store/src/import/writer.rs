//! The second pass: rows become users, items and events of the tenant.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::error::ImportError;
use super::record::{EventRow, ItemRow, Record};
use super::repeats::Repeats;
use super::summary::ImportSummary;
use crate::engine::{EngineError, TenantEngine};
use crate::types::{
    ItemId, NewInteraction, NewItem, NewRating, NewUser, RATING_KIND, Role, UserId,
};

/// Domain of the addresses of imported users; `.invalid` is reserved and never exists.
const PLACEHOLDER_DOMAIN: &str = "imported.invalid";
/// Longest username, in characters.
const USERNAME_LIMIT: usize = 100;

/// Writes batches of rows and keeps count.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    engine: &'a TenantEngine,
    repeats: Repeats,
    /// Place of the next row among all good rows.
    place: u64,
    /// Users that are certainly there.
    users: HashSet<UserId>,
    /// Items that are certainly there, and whether they are active.
    items: HashMap<ItemId, bool>,
    /// Stored ratings of users who have ratings without a time in the files.
    untimed: HashMap<UserId, HashMap<ItemId, f64>>,
    first_sequence: u64,
    summary: ImportSummary,
}

impl<'a> Writer<'a> {
    pub(super) async fn new(
        engine: &'a TenantEngine,
        repeats: Repeats,
    ) -> Result<Self, ImportError> {
        let first_sequence =
            engine.stores().interactions.last_sequence().await.map_err(EngineError::from)?;
        let summary =
            ImportSummary { superseded_ratings: repeats.superseded(), ..ImportSummary::default() };
        Ok(Self {
            engine,
            repeats,
            place: 0,
            users: HashSet::new(),
            items: HashMap::new(),
            untimed: HashMap::new(),
            first_sequence,
            summary,
        })
    }

    /// Writes rows in their order, the items among them first.
    pub(super) async fn write(&mut self, records: Vec<Record>) -> Result<(), ImportError> {
        let mut items = Vec::new();
        let mut events = Vec::new();
        for record in records {
            match record {
                Record::Item(item) => items.push(item),
                Record::Event(event) => events.push((self.place, event)),
            }
            self.place += 1;
        }
        self.write_items(items).await?;
        self.write_events(events).await
    }

    pub(super) async fn finish(mut self) -> Result<ImportSummary, ImportError> {
        let last =
            self.engine.stores().interactions.last_sequence().await.map_err(EngineError::from)?;
        self.summary.users.read = self.users.len() as u64;
        self.summary.items.read = self.items.len() as u64;
        self.summary.interactions.created = last.saturating_sub(self.first_sequence);
        Ok(self.summary)
    }

    async fn write_items(&mut self, rows: Vec<ItemRow>) -> Result<(), ImportError> {
        if rows.is_empty() {
            return Ok(());
        }
        // Of several rows for one item the last counts.
        let mut places: HashMap<ItemId, usize> = HashMap::with_capacity(rows.len());
        let mut items: Vec<NewItem> = Vec::with_capacity(rows.len());
        for row in rows {
            let id = self.item_id(&row.id);
            let item = new_item(row);
            match places.get(&id) {
                Some(&place) => items[place] = item,
                None => {
                    places.insert(id, items.len());
                    items.push(item);
                }
            }
        }
        self.look_up_items(places.into_keys().collect()).await?;
        let stored = self.engine.import_items(items).await?;
        for item in stored {
            if self.items.insert(item.id, item.is_active).is_none() {
                self.summary.items.created += 1;
            }
        }
        Ok(())
    }

    async fn write_events(&mut self, rows: Vec<(u64, EventRow)>) -> Result<(), ImportError> {
        self.add_users(&rows).await?;
        self.add_items(&rows).await?;
        let mut ratings = Vec::new();
        let mut events = Vec::new();
        for (place, row) in rows {
            if self.repeats.is_superseded(place) {
                continue;
            }
            let (user, item) = (self.user_id(&row.user), self.item_id(&row.item));
            if self.items.get(&item) == Some(&false) {
                self.summary.inactive_items_events += 1;
                continue;
            }
            self.summary.interactions.read += 1;
            if row.kind == RATING_KIND {
                if row.at.is_none() && self.is_stored(user, item, row.value).await? {
                    continue;
                }
                ratings.push(NewRating {
                    user_id: user,
                    item_id: item,
                    rating: row.value,
                    review: None,
                    at: row.at,
                });
            } else {
                let key = row.key(self.repeats.occurrence(place));
                let mut event = NewInteraction::new(user, item, row.kind);
                event.value = row.value;
                event.at = row.at;
                event.idempotency_key = Some(format!("import:{key}"));
                events.push(event);
            }
        }
        if !ratings.is_empty() {
            self.engine.import_ratings(ratings).await?;
        }
        if !events.is_empty() {
            self.engine.import_interactions(events).await?;
        }
        Ok(())
    }

    /// Creates the users of the events that are not there yet.
    async fn add_users(&mut self, rows: &[(u64, EventRow)]) -> Result<(), ImportError> {
        let mut unseen: HashMap<UserId, &str> = HashMap::new();
        let mut order = Vec::new();
        for (_, row) in rows {
            let id = self.user_id(&row.user);
            if !self.users.contains(&id) && unseen.insert(id, &row.user).is_none() {
                order.push(id);
            }
        }
        if order.is_empty() {
            return Ok(());
        }
        let stored =
            self.engine.stores().users.get_many(&order).await.map_err(EngineError::from)?;
        let missing: Vec<NewUser> = order
            .iter()
            .zip(&stored)
            .filter(|(_, stored)| stored.is_none())
            .map(|(id, _)| new_user(unseen[id]))
            .collect();
        self.summary.users.created += missing.len() as u64;
        if !missing.is_empty() {
            self.engine.import_users(missing).await?;
        }
        self.users.extend(order);
        Ok(())
    }

    /// Creates the items of the events that are not in the catalogue.
    async fn add_items(&mut self, rows: &[(u64, EventRow)]) -> Result<(), ImportError> {
        let ids: Vec<ItemId> = rows.iter().map(|(_, row)| self.item_id(&row.item)).collect();
        self.look_up_items(ids.clone()).await?;
        let mut missing = Vec::new();
        let mut listed = HashSet::new();
        for (id, (_, row)) in ids.into_iter().zip(rows) {
            if !self.items.contains_key(&id) && listed.insert(id) {
                missing.push(untitled_item(&row.item));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let created = missing.len() as u64;
        self.summary.untitled_items += created;
        self.summary.items.created += created;
        for item in self.engine.import_items(missing).await? {
            self.items.insert(item.id, item.is_active);
        }
        Ok(())
    }

    /// Learns which of `ids` are in the catalogue.
    async fn look_up_items(&mut self, mut ids: Vec<ItemId>) -> Result<(), ImportError> {
        ids.retain(|id| !self.items.contains_key(id));
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let found = self.engine.stores().catalog.get_many(&ids).await.map_err(EngineError::from)?;
        self.items.extend(found.into_iter().flatten().map(|item| (item.id, item.is_active)));
        Ok(())
    }

    /// Whether a rating of this value is stored already: without a time nothing else tells a repeated
    /// import from a second opinion.
    async fn is_stored(
        &mut self,
        user: UserId,
        item: ItemId,
        value: f64,
    ) -> Result<bool, ImportError> {
        if !self.untimed.contains_key(&user) {
            let stored = self.engine.stores().interactions.ratings(&[user], u32::MAX).await;
            let stored = stored.map_err(EngineError::from)?;
            let ratings =
                stored.into_iter().flatten().map(|rating| (rating.item_id, rating.rating));
            self.untimed.insert(user, ratings.collect());
        }
        let known = self.untimed.get(&user).and_then(|ratings| ratings.get(&item));
        Ok(known.is_some_and(|known| known.total_cmp(&value).is_eq()))
    }

    fn user_id(&self, external: &str) -> UserId {
        UserId::from_external(self.engine.stores().id, external)
    }

    fn item_id(&self, external: &str) -> ItemId {
        ItemId::from_external(self.engine.stores().id, external)
    }
}

fn new_item(row: ItemRow) -> NewItem {
    NewItem {
        title: row.title,
        description: row.description,
        category: row.category,
        tags: row.tags,
        metadata: row.metadata,
        external_id: Some(row.id),
    }
}

fn untitled_item(id: &str) -> NewItem {
    NewItem { title: id.to_owned(), external_id: Some(id.to_owned()), ..NewItem::default() }
}

fn new_user(external: &str) -> NewUser {
    NewUser {
        email: placeholder_email(external),
        username: external.chars().take(USERNAME_LIMIT).collect(),
        password_hash: None,
        role: Role::User,
        external_id: Some(external.to_owned()),
    }
}

/// An address that is valid, different for different ids, and belongs to nobody.
///
/// Addresses ignore case and have no spaces, ids are free: an id that is not a plain lower-case word
/// is replaced by a fingerprint.
fn placeholder_email(external: &str) -> String {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    if external.len() <= 64 && external.bytes().all(plain) {
        return format!("{external}@{PLACEHOLDER_DOMAIN}");
    }
    let fingerprint = Uuid::new_v5(&Uuid::NAMESPACE_OID, external.as_bytes());
    format!("{}@{PLACEHOLDER_DOMAIN}", fingerprint.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ids_keep_a_readable_address() {
        assert_eq!(placeholder_email("mira.holm-7"), "mira.holm-7@imported.invalid");
    }

    #[test]
    fn other_ids_get_distinct_addresses_that_are_valid() {
        let ids = ["Bob", "bob", "ada@example.com", "a b", "Zoë", &"x".repeat(255)];
        let addresses: HashSet<String> = ids.iter().map(|id| placeholder_email(id)).collect();
        assert_eq!(addresses.len(), ids.len());
        for id in ids {
            assert!(new_user(id).check().is_ok(), "{id}");
        }
    }
}
