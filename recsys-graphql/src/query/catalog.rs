//! The catalogue.

use async_graphql::{Context, Object};
use recsys_store::types::{ItemId, ItemQuery};
use uuid::Uuid;

use crate::{
    context::Scope,
    error::Result,
    input::{offset, page},
    limits::list_cost,
    types::{Item, ItemConnection, ItemCursor, connect},
};

#[derive(Debug, Default)]
pub(super) struct CatalogQuery;

#[Object]
impl CatalogQuery {
    async fn item(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Item>> {
        let scope = Scope::of(ctx);
        let tenant = scope.tenant().await?;
        let row = scope.item(tenant, ItemId(id)).await?;
        Ok(row.map(|row| Item::new(tenant, row)))
    }

    /// The active items, newest first.
    #[graphql(complexity = "list_cost(limit, 20, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        category: Option<String>,
        #[graphql(
            desc = "Words of title or description, in any order, whatever their case and accents; the last may be unfinished."
        )]
        search: Option<String>,
        #[graphql(default = 20)] limit: Option<i32>,
        #[graphql(name = "offset", default = 0)] skip: Option<i32>,
    ) -> Result<Vec<Item>> {
        let tenant = Scope::of(ctx).tenant().await?;
        let (limit, offset) = (page("limit", limit, 20)?, offset(skip)?);
        let search = search.filter(|text| !text.is_empty());
        let query = ItemQuery { category, search, limit, offset, after: None };
        Ok(Item::list(tenant, tenant.stores().catalog.list(&query).await?))
    }

    /// The active items, newest first, in pages that stay right while items come and go.
    #[graphql(complexity = "list_cost(first, 20, child_complexity)")]
    async fn items_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 100; 20 if absent.")] first: Option<i32>,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
        category: Option<String>,
        #[graphql(
            desc = "Words of title or description, in any order, whatever their case and accents; the last may be unfinished."
        )]
        search: Option<String>,
    ) -> Result<ItemConnection> {
        let tenant = Scope::of(ctx).tenant().await?;
        let first = page("first", first, 20)?;
        let after = ItemCursor::after(after.as_deref())?;
        let search = search.filter(|text| !text.is_empty());
        // One more than asked for tells whether there is a next page.
        let query = ItemQuery { category, search, after, limit: first + 1, offset: 0 };
        let rows = tenant.stores().catalog.list(&query).await?;
        Ok(connect(tenant, rows, first as usize, after.is_none()))
    }

    /// The item that an import or createItem knows under this id.
    async fn item_by_external_id(
        &self,
        ctx: &Context<'_>,
        external_id: String,
    ) -> Result<Option<Item>> {
        let scope = Scope::of(ctx);
        let tenant = scope.tenant().await?;
        let id = ItemId::from_external(tenant.stores().id, &external_id);
        let row = scope.item(tenant, id).await?;
        Ok(row.map(|row| Item::new(tenant, row)))
    }
}
