//! Users by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    types::{TenantId, User, UserId},
};

use super::by_tenant;
use crate::error::ApiError;

/// Loads users, active or not.
pub(crate) struct UserLoader(pub(crate) Engine);

impl Loader<(TenantId, UserId)> for UserLoader {
    type Value = Arc<User>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(TenantId, UserId)],
    ) -> Result<HashMap<(TenantId, UserId), Arc<User>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, ids) in by_tenant(keys) {
            let rows = self.0.storage().tenant(tenant).users.get_many(&ids).await?;
            let rows = rows.into_iter().flatten();
            found.extend(rows.map(|row| ((tenant, row.id), Arc::new(row))));
        }
        Ok(found)
    }
}
