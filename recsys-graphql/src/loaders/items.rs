//! Items by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    types::{Item, ItemId, TenantId},
};

use super::by_tenant;
use crate::error::ApiError;

/// Loads items, active or not.
pub(crate) struct ItemLoader(pub(crate) Engine);

impl Loader<(TenantId, ItemId)> for ItemLoader {
    type Value = Arc<Item>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(TenantId, ItemId)],
    ) -> Result<HashMap<(TenantId, ItemId), Arc<Item>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, ids) in by_tenant(keys) {
            let rows = self.0.storage().tenant(tenant).catalog.get_many(&ids).await?;
            let rows = rows.into_iter().flatten();
            found.extend(rows.map(|row| ((tenant, row.id), Arc::new(row))));
        }
        Ok(found)
    }
}
