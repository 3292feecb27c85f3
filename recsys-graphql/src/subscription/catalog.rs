//! The catalogue as it changes.

use async_graphql::{Context, Subscription};
use recsys_store::types::{Change, Subject};

use super::{
    feed::{Entries, Feed, entries},
    watch::{News, Watch},
};
use crate::{
    context::Scope,
    error::{ApiError, Result},
    types::Item,
};

#[derive(Debug, Default)]
pub(super) struct CatalogSubscription;

#[Subscription]
impl CatalogSubscription {
    /// Active items that are created or changed, in their newest state.
    async fn tenant_item_updates(&self, ctx: &Context<'_>) -> Result<Entries<Item>> {
        entries(ctx, async {
            let watch = Watch::start(Scope::of(ctx), &[Subject::Catalog]).await?;
            Ok(Updates { watch })
        })
        .await
    }
}

struct Updates {
    watch: Watch,
}

impl Feed for Updates {
    type Entry = Item;

    async fn next(&mut self) -> Result<Option<Item>> {
        while let Some(news) = self.watch.next().await? {
            let News::Change(event) = news else { return Err(ApiError::Gap) };
            if let Change::ItemCreated(id) | Change::ItemChanged(id) = event.change
                && let Some(item) = Box::pin(self.watch.tenant.item(id)).await?
                && item.is_active
            {
                return Ok(Some(Item::new(&self.watch.tenant, item)));
            }
        }
        Ok(None)
    }
}
