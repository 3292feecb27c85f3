//! What users did and what they think, by user.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use recsys_store::types::{Interaction, Rating, UserId};

use super::{Of, grouped};
use crate::error::ApiError;

/// The newest events of a user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct EventsOf {
    pub(crate) tenant: Of,
    pub(crate) user: UserId,
    /// Of one kind only.
    pub(crate) kind: Option<String>,
    pub(crate) limit: u32,
}

/// Loads events, newest first.
pub(crate) struct EventLoader;

impl Loader<EventsOf> for EventLoader {
    type Value = Vec<Interaction>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[EventsOf],
    ) -> Result<HashMap<EventsOf, Vec<Interaction>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        let alike = |key: &EventsOf| (key.tenant.clone(), key.kind.clone(), key.limit);
        for ((tenant, kind, limit), keys) in grouped(keys, alike) {
            let users: Vec<UserId> = keys.iter().map(|key| key.user).collect();
            let events = &tenant.0.stores().interactions;
            let lists = events.list_many(&users, kind.as_deref(), limit).await?;
            found.extend(keys.into_iter().zip(lists));
        }
        Ok(found)
    }
}

/// The newest ratings of a user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RatingsOf {
    pub(crate) tenant: Of,
    pub(crate) user: UserId,
    pub(crate) limit: u32,
}

/// Loads ratings, newest first.
pub(crate) struct RatingLoader;

impl Loader<RatingsOf> for RatingLoader {
    type Value = Vec<Rating>;
    type Error = ApiError;

    async fn load(&self, keys: &[RatingsOf]) -> Result<HashMap<RatingsOf, Vec<Rating>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((tenant, limit), keys) in grouped(keys, |key| (key.tenant.clone(), key.limit)) {
            let users: Vec<UserId> = keys.iter().map(|key| key.user).collect();
            let lists = tenant.0.stores().interactions.ratings_many(&users, limit).await?;
            found.extend(keys.into_iter().zip(lists));
        }
        Ok(found)
    }
}
