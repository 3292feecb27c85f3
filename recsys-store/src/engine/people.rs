//! Users and items by id, and what users decide about themselves.

use std::sync::Arc;
use std::time::Instant;

use super::{Result, TenantEngine};
use crate::types::{Change, Item, ItemId, User, UserId, UserPatch};

impl TenantEngine {
    /// Finds users, in the order of `ids`. A row is read at most once a
    /// [`follow_interval`](super::EngineBuilder::follow_interval), and what this engine changes is seen at
    /// once. While the storage cannot be reached, those who were read before are found.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<Option<Arc<User>>>> {
        let (tenant, cache) = (self.stores().id, &self.shared.caches.users);
        let mut users = vec![None; ids.len()];
        let mut missing = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            match cache.newer_than(self.live.interval(), tenant, *id).await {
                Some(known) => users[at] = known,
                None => missing.push(at),
            }
        }
        cache.counter.count(ids.len() - missing.len(), missing.len());
        if missing.is_empty() {
            return Ok(users);
        }
        let wanted: Vec<UserId> = missing.iter().map(|at| ids[*at]).collect();
        let read_at = Instant::now();
        match self.stores().users.get_many(&wanted).await {
            Ok(rows) => {
                for (at, row) in missing.into_iter().zip(rows) {
                    let Some(row) = row.map(Arc::new) else { continue };
                    cache.learn(tenant, row.id, Some(Arc::clone(&row)), read_at).await;
                    users[at] = Some(row);
                }
            }
            Err(error) if error.is_retryable() => {
                for at in missing {
                    match cache.last_known(tenant, ids[at]).await {
                        Some(known) => users[at] = known,
                        None => return Err(error.into()),
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(users)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound`, `Conflict` for the last administrator stepping down.
    pub async fn update_user(&self, id: UserId, patch: UserPatch) -> Result<Arc<User>> {
        let user = Arc::new(self.stores().users.update(id, patch).await?);
        let (tenant, cache) = (self.stores().id, &self.shared.caches.users);
        cache.learn(tenant, id, Some(Arc::clone(&user)), Instant::now()).await;
        self.announce(Change::UserChanged(id));
        Ok(user)
    }

    /// Erases a user with all events, ratings and sessions; false if there was none. Nothing answers for
    /// the user from then on: not a kept list, and not the row of a trained model, even if the user comes
    /// back under the same id. The next training does not see the user.
    ///
    /// # Errors
    /// `Conflict` for the last administrator, while others are in the tenant.
    pub async fn delete_user(&self, id: UserId) -> Result<bool> {
        let deleted = self.stores().users.delete(id).await?;
        self.live.wrote();
        let (tenant, cache) = (self.stores().id, &self.shared.caches.users);
        cache.learn(tenant, id, None, Instant::now()).await;
        if deleted {
            self.announce(Change::UserChanged(id));
        }
        Ok(deleted)
    }

    /// Finds items, in the order of `ids`, active or not: in the followed catalogue if it is up to date,
    /// else in the storage. While the storage cannot be reached, the catalogue answers as it was.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn items(&self, ids: &[ItemId]) -> Result<Vec<Option<Arc<Item>>>> {
        let counter = &self.shared.caches.items;
        if let Some(catalog) = self.live.fresh_catalog() {
            counter.count(ids.len(), 0);
            return Ok(ids.iter().map(|id| catalog.get(*id).cloned()).collect());
        }
        counter.count(0, ids.len());
        match self.stores().catalog.get_many(ids).await {
            Ok(rows) => Ok(rows.into_iter().map(|row| row.map(Arc::new)).collect()),
            Err(error) if error.is_retryable() && self.live.was_followed() => {
                let catalog = self.live.catalog();
                Ok(ids.iter().map(|id| catalog.get(*id).cloned()).collect())
            }
            Err(error) => Err(error.into()),
        }
    }
}
