//! Items by id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use recsys_store::types::{Item, ItemId};

use super::{Of, grouped};
use crate::error::ApiError;

/// Loads items, active or not.
pub(crate) struct ItemLoader;

impl Loader<(Of, ItemId)> for ItemLoader {
    type Value = Arc<Item>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(Of, ItemId)],
    ) -> Result<HashMap<(Of, ItemId), Arc<Item>>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, keys) in grouped(keys, |(tenant, _)| tenant.clone()) {
            let ids: Vec<ItemId> = keys.iter().map(|(_, id)| *id).collect();
            let rows = tenant.0.items(&ids).await?;
            found.extend(keys.into_iter().zip(rows).filter_map(|(key, row)| Some((key, row?))));
        }
        Ok(found)
    }
}
