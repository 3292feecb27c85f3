//! Events and ratings.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{Interaction, ItemId, NewInteraction, NewRating, Rating, UserId};

/// The events and ratings of one tenant.
#[async_trait]
pub trait InteractionStore: Debug + Send + Sync {
    /// Records events and counts them at their items. An event with a known idempotency key is not
    /// recorded again: the first result is returned, or `IdempotencyKeyReused` if its content
    /// differs. `InvalidInput` naming index and field (`events[3].kind`), also for the reserved kind
    /// `rating`; `NotFound` if a user or an item does not exist.
    async fn append(&self, events: &[NewInteraction]) -> Result<Vec<Interaction>>;

    /// Stores ratings, each in place of the user's former one, and records an event of kind
    /// `rating` with the rating as value. A rating that gives its time and is older than the stored
    /// one, or equals it, changes nothing and the stored one is returned: an import can be repeated,
    /// and never undoes what was rated since. Errors as for [`Self::append`]
    /// (`ratings[3].rating`).
    async fn rate(&self, ratings: &[NewRating]) -> Result<Vec<Rating>>;

    /// Returns for each of `users`, in their order, the newest events, of one kind if given: at most `limit`,
    /// newest first (time, then sequence).
    async fn histories(
        &self,
        users: &[UserId],
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Vec<Interaction>>>;

    /// Returns for each of `users`, in their order, the newest ratings: at most `limit`, newest first.
    async fn ratings(&self, users: &[UserId], limit: u32) -> Result<Vec<Vec<Rating>>>;

    /// Finds what users think of items, in the order of `pairs`.
    async fn ratings_of(&self, pairs: &[(UserId, ItemId)]) -> Result<Vec<Option<Rating>>>;

    /// Returns events after `after_sequence` in sequence order. Fewer than `limit` mean the end.
    ///
    /// Sequence order is commit order: an event that appears later never has a lower sequence than
    /// one already returned.
    async fn scan(&self, after_sequence: u64, limit: u32) -> Result<Vec<Interaction>>;

    /// Returns the sequence of the last event ever recorded, 0 if there was none.
    async fn last_sequence(&self) -> Result<u64>;
}
