//! The catalogue.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{DescriptionChange, Item, ItemChange, ItemId, ItemPatch, ItemQuery, NewItem};

/// The items of one tenant.
#[async_trait]
pub trait CatalogStore: Debug + Send + Sync {
    /// Creates items. `InvalidInput` naming index and field (`items[3].title`); `AlreadyExists` if an
    /// external id is taken or comes twice.
    async fn create_many(&self, items: Vec<NewItem>) -> Result<Vec<Item>>;

    /// Creates or updates items by external id, which each must have. An existing item keeps its
    /// counters, its creation time and whether it is active; an item that already is as given keeps
    /// its revision as well. `InvalidInput` naming index and field, also when an external id comes
    /// twice.
    async fn upsert_external(&self, items: Vec<NewItem>) -> Result<Vec<Item>>;

    /// Finds items, in the order of `ids`, active or not.
    async fn get_many(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>>;

    /// Changes an item. `InvalidInput` naming the field; `NotFound`.
    async fn update(&self, id: ItemId, patch: ItemPatch) -> Result<Item>;

    /// Deletes an item with its events and ratings. False if there was none.
    async fn delete(&self, id: ItemId) -> Result<bool>;

    /// Lists active items, newest first (creation time, then id, descending). `InvalidInput` naming
    /// `search`.
    async fn list(&self, query: &ItemQuery) -> Result<Vec<Item>>;

    /// Returns the changes after `after_revision`, oldest first: each item that changed since, once,
    /// in its newest state, deletions included. Starting from 0 gives the whole catalogue, inactive
    /// items too. Fewer than `limit` entries mean that the caller is up to date.
    ///
    /// Changes made in one call may share a revision. They are never torn apart: an answer may be
    /// longer than `limit` to complete the last revision.
    async fn changes(&self, after_revision: u64, limit: u32) -> Result<Vec<ItemChange>>;

    /// Returns the items whose description, or whether they are active or there at all, has changed after
    /// `after_revision`, each once with its newest such revision, oldest first. Fewer than `limit` entries
    /// are all there are.
    async fn descriptions(&self, after_revision: u64, limit: u32)
    -> Result<Vec<DescriptionChange>>;
}
