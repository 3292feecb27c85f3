//! The catalogue.

use async_graphql::{Context, Object};
use recsys_store::types::{ItemId, ItemQuery};
use uuid::Uuid;

use crate::{
    context::Scope,
    error::Result,
    input::{offset, page},
    limits::list_cost,
    types::Item,
};

#[derive(Debug, Default)]
pub(super) struct CatalogQuery;

#[Object]
impl CatalogQuery {
    async fn item(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Item>> {
        let scope = Scope::of(ctx);
        let tenant = scope.tenant().await?;
        let row = scope.item(tenant.stores().id, ItemId(id)).await?;
        Ok(row.map(|row| Item::new(tenant, row)))
    }

    /// The active items, newest first.
    #[graphql(complexity = "list_cost(limit, 20, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        category: Option<String>,
        #[graphql(desc = "Text within title or description.")] search: Option<String>,
        #[graphql(default = 20)] limit: Option<i32>,
        #[graphql(name = "offset", default = 0)] skip: Option<i32>,
    ) -> Result<Vec<Item>> {
        let tenant = Scope::of(ctx).tenant().await?;
        let (limit, offset) = (page("limit", limit, 20)?, offset(skip)?);
        let search = search.filter(|text| !text.is_empty());
        let query = ItemQuery { category, search, limit, offset, after: None };
        Ok(Item::list(tenant, tenant.stores().catalog.list(&query).await?))
    }

    /// The item that an import or createItem knows under this id.
    async fn item_by_external_id(
        &self,
        ctx: &Context<'_>,
        external_id: String,
    ) -> Result<Option<Item>> {
        let scope = Scope::of(ctx);
        let tenant = scope.tenant().await?;
        let id = tenant.stores().id;
        let row = scope.item(id, ItemId::from_external(id, &external_id)).await?;
        Ok(row.map(|row| Item::new(tenant, row)))
    }
}
