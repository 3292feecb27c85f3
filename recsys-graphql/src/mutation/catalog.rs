//! The catalogue.

use async_graphql::{Context, Object};
use recsys_store::types::ItemId;
use uuid::Uuid;

use crate::{
    context::Scope,
    error::{ApiError, Result},
    input::{ItemInput, ItemPatch, batch},
    types::Item,
};

#[derive(Debug, Default)]
pub(super) struct CatalogMutation;

#[Object]
impl CatalogMutation {
    /// Creates an item. It can be recommended at once.
    async fn create_item(&self, ctx: &Context<'_>, input: ItemInput) -> Result<Item> {
        let scope = Scope::of(ctx);
        let (tenant, _) = scope.signed_in().await?;
        let item = input.parse("input")?;
        let mut rows = scope.create_items(tenant, vec![item], "input").await?;
        let row = rows.pop().expect("one item in, one item out");
        Ok(Item::new(tenant, row.into()))
    }

    /// Creates up to 1,000 items, all or none.
    async fn create_items(&self, ctx: &Context<'_>, inputs: Vec<ItemInput>) -> Result<Vec<Item>> {
        let scope = Scope::of(ctx);
        let (tenant, _) = scope.signed_in().await?;
        batch(&inputs, scope.limits().batch)?;
        let numbered = inputs.into_iter().enumerate();
        let items = numbered.map(|(index, input)| input.parse(&format!("inputs[{index}]")));
        let rows = scope.create_items(tenant, items.collect::<Result<_>>()?, "inputs").await?;
        Ok(Item::list(tenant, rows))
    }

    /// Changes an item. For administrators.
    async fn update_item(&self, ctx: &Context<'_>, id: Uuid, input: ItemPatch) -> Result<Item> {
        let tenant = Scope::of(ctx).admin().await?;
        let updated = tenant.update_item(ItemId(id), input.parse("input")?).await;
        let row = updated.map_err(|error| ApiError::from(error).inside("input"))?;
        Ok(Item::new(tenant, row.into()))
    }

    /// Deletes an item with its interactions and ratings; false if there was none. For
    /// administrators.
    async fn delete_item(&self, ctx: &Context<'_>, id: Uuid) -> Result<bool> {
        Ok(Scope::of(ctx).admin().await?.delete_item(ItemId(id)).await?)
    }
}
