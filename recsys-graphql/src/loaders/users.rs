//! Users by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    types::{TenantId, User, UserId},
};

use super::grouped;
use crate::error::ApiError;

/// Loads users.
pub(crate) struct UserLoader(pub(crate) Engine);

impl Loader<(TenantId, UserId)> for UserLoader {
    type Value = Arc<User>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(TenantId, UserId)],
    ) -> Result<HashMap<(TenantId, UserId), Arc<User>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, keys) in grouped(keys, |(tenant, _)| *tenant) {
            let ids: Vec<UserId> = keys.iter().map(|(_, id)| *id).collect();
            let rows = self.0.tenant(tenant).await?.users(&ids).await?;
            found.extend(keys.into_iter().zip(rows).filter_map(|(key, row)| Some((key, row?))));
        }
        Ok(found)
    }
}
