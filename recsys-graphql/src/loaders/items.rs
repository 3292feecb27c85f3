//! Items by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    types::{Item, ItemId, TenantId},
};

use super::grouped;
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
        for (tenant, keys) in grouped(keys, |(tenant, _)| *tenant) {
            let ids: Vec<ItemId> = keys.iter().map(|(_, id)| *id).collect();
            let rows = self.0.tenant(tenant).await?.items(&ids).await?;
            found.extend(keys.into_iter().zip(rows).filter_map(|(key, row)| Some((key, row?))));
        }
        Ok(found)
    }
}
