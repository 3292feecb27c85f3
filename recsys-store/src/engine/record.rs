//! Recording: events, ratings and changes of the catalogue.

use std::collections::HashMap;

use super::{EngineError, ErrorCode, Result, TenantEngine};
use crate::types::{
    Change, Interaction, Item, ItemId, ItemPatch, NewInteraction, NewItem, NewRating, NewUser,
    Rating, User,
};

/// Rows in one transaction of an import.
const IMPORT_CHUNK: usize = 20_000;

impl TenantEngine {
    /// Records events, all or nothing; they count in the very next request.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field (`events[3].kind`), `NotFound` for an unknown user or an
    /// unknown or inactive item, `IdempotencyKeyReused`.
    pub async fn record(&self, events: Vec<NewInteraction>) -> Result<Vec<Interaction>> {
        self.refuse_inactive(events.iter().map(|event| event.item_id)).await?;
        let recorded = self.stores().interactions.append(&events).await?;
        self.live.wrote();
        for event in &recorded {
            self.announce(Change::InteractionRecorded(Box::new(event.clone())));
        }
        Ok(recorded)
    }

    /// Rates an item in place of the user's former rating.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound` for an unknown user or an unknown or inactive
    /// item.
    pub async fn rate(&self, rating: NewRating) -> Result<Rating> {
        rating.check()?;
        self.refuse_inactive(std::iter::once(rating.item_id)).await?;
        let mut stored = self.stores().interactions.rate(&[rating]).await?;
        self.live.wrote();
        let nothing = || EngineError::new(ErrorCode::Internal, "the storage returned no rating");
        let rating = stored.pop().ok_or_else(nothing)?;
        self.announce(Change::ItemRated(Box::new(rating.clone())));
        Ok(rating)
    }

    /// Creates items, all or nothing; they are candidates of the very next request.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field, `Conflict` for an external id that is taken.
    pub async fn create_items(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        let created = self.stores().catalog.create_many(items).await?;
        self.live.wrote();
        self.refill_index();
        created.iter().for_each(|item| self.announce_item(item, Change::ItemCreated(item.id)));
        Ok(created)
    }

    /// Changes an item.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound`.
    pub async fn update_item(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        let updated = self.stores().catalog.update(id, patch).await?;
        self.live.wrote();
        self.refill_index();
        self.announce_item(&updated, Change::ItemChanged(id));
        Ok(updated)
    }

    /// Deletes an item with its events and ratings; false if there was none.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn delete_item(&self, id: ItemId) -> Result<bool> {
        let deleted = self.stores().catalog.delete(id).await?;
        self.live.wrote();
        self.refill_index();
        if deleted {
            self.announce(Change::ItemDeleted(id));
        }
        Ok(deleted)
    }

    /// Creates or updates users by external id, which each must have. Any number: the work is cut
    /// into transactions of 20,000 rows, and an import that stopped half-way can be repeated.
    ///
    /// # Errors
    /// `InvalidInput` naming the field and the index within its transaction, `Conflict` for an email
    /// of somebody else.
    pub async fn import_users(&self, users: Vec<NewUser>) -> Result<Vec<User>> {
        let mut imported = Vec::with_capacity(users.len());
        for chunk in users.chunks(IMPORT_CHUNK) {
            imported.extend(self.stores().users.upsert_external(chunk.to_vec()).await?);
        }
        Ok(imported)
    }

    /// Creates or updates items by external id, as [`Self::import_users`] does.
    ///
    /// # Errors
    /// `InvalidInput` naming the field and the index within its transaction.
    pub async fn import_items(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        let mut imported = Vec::with_capacity(items.len());
        for chunk in items.chunks(IMPORT_CHUNK) {
            imported.extend(self.stores().catalog.upsert_external(chunk.to_vec()).await?);
            self.live.wrote();
            self.refill_index();
        }
        Ok(imported)
    }

    /// Records any number of events in transactions of 20,000 and returns how many were given. Give
    /// each an idempotency key to be able to repeat the import.
    ///
    /// # Errors
    /// As [`Self::record`], but inactive items are taken; earlier transactions stay.
    pub async fn import_interactions(&self, events: Vec<NewInteraction>) -> Result<u64> {
        for chunk in events.chunks(IMPORT_CHUNK) {
            self.stores().interactions.append(chunk).await?;
            self.live.wrote();
        }
        Ok(events.len() as u64)
    }

    /// Stores any number of ratings in transactions of 20,000 and returns how many were given.
    /// Ratings that give their time can be imported again without doubles.
    ///
    /// # Errors
    /// As [`Self::rate`], but inactive items are taken; earlier transactions stay.
    pub async fn import_ratings(&self, ratings: Vec<NewRating>) -> Result<u64> {
        for chunk in ratings.chunks(IMPORT_CHUNK) {
            self.stores().interactions.rate(chunk).await?;
            self.live.wrote();
        }
        Ok(ratings.len() as u64)
    }

    /// Fails for the first item that exists and is not active; the storage finds those that do not
    /// exist.
    async fn refuse_inactive(&self, items: impl Iterator<Item = ItemId>) -> Result<()> {
        let ids: Vec<ItemId> = items.collect();
        let found = self.stores().catalog.get_many(&ids).await?;
        let mut first = HashMap::new();
        for (index, item) in found.iter().flatten().enumerate() {
            if !item.is_active {
                first.entry(item.id).or_insert(index);
            }
        }
        match first.keys().min() {
            Some(id) => {
                Err(EngineError::new(ErrorCode::NotFound, format!("item {id} is not active")))
            }
            None => Ok(()),
        }
    }
}
