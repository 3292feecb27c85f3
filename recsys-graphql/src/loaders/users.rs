//! Users by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::types::{User, UserId};

use super::{Of, grouped};
use crate::error::ApiError;

/// Loads users.
pub(crate) struct UserLoader;

impl Loader<(Of, UserId)> for UserLoader {
    type Value = Arc<User>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(Of, UserId)],
    ) -> Result<HashMap<(Of, UserId), Arc<User>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, keys) in grouped(keys, |(tenant, _)| tenant.clone()) {
            let ids: Vec<UserId> = keys.iter().map(|(_, id)| *id).collect();
            let rows = tenant.0.users(&ids).await?;
            found.extend(keys.into_iter().zip(rows).filter_map(|(key, row)| Some((key, row?))));
        }
        Ok(found)
    }
}
