//! What users did and what they think, by user.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    types::{Interaction, Rating, TenantId, UserId},
};

use super::grouped;
use crate::error::ApiError;

/// The newest events of a user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct EventsOf {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    /// Of one kind only.
    pub(crate) kind: Option<String>,
    pub(crate) limit: u32,
}

/// Loads events, newest first.
pub(crate) struct EventLoader(pub(crate) Engine);

impl Loader<EventsOf> for EventLoader {
    type Value = Vec<Interaction>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[EventsOf],
    ) -> Result<HashMap<EventsOf, Vec<Interaction>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        let alike = |key: &EventsOf| (key.tenant, key.kind.clone(), key.limit);
        for ((tenant, kind, limit), keys) in grouped(keys, alike) {
            let users: Vec<UserId> = keys.iter().map(|key| key.user).collect();
            let tenant = self.0.tenant(tenant).await?;
            let lists =
                tenant.stores().interactions.histories(&users, kind.as_deref(), limit).await?;
            found.extend(keys.into_iter().zip(lists));
        }
        Ok(found)
    }
}

/// The newest ratings of a user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RatingsOf {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) limit: u32,
}

/// Loads ratings, newest first.
pub(crate) struct RatingLoader(pub(crate) Engine);

impl Loader<RatingsOf> for RatingLoader {
    type Value = Vec<Rating>;
    type Error = ApiError;

    async fn load(&self, keys: &[RatingsOf]) -> Result<HashMap<RatingsOf, Vec<Rating>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((tenant, limit), keys) in grouped(keys, |key| (key.tenant, key.limit)) {
            let users: Vec<UserId> = keys.iter().map(|key| key.user).collect();
            let tenant = self.0.tenant(tenant).await?;
            let lists = tenant.stores().interactions.ratings(&users, limit).await?;
            found.extend(keys.into_iter().zip(lists));
        }
        Ok(found)
    }
}
