//! Catalogue items and their neighbours.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use recsys_store::{TenantEngine, engine, types};
use serde_json::Value;
use uuid::Uuid;

use super::{DateTime, Tenant};
use crate::{context::Scope, error::Result, input::page, limits::ranking_cost};

#[derive(Clone)]
pub(crate) struct Item {
    tenant: TenantEngine,
    row: Arc<types::Item>,
}

impl Item {
    pub(crate) fn new(tenant: &TenantEngine, row: Arc<types::Item>) -> Self {
        Self { tenant: tenant.clone(), row }
    }

    /// Converts rows that are not shared with anybody.
    pub(crate) fn list(tenant: &TenantEngine, rows: Vec<types::Item>) -> Vec<Self> {
        rows.into_iter().map(|row| Self::new(tenant, Arc::new(row))).collect()
    }
}

/// Something that can be recommended.
#[Object]
impl Item {
    async fn id(&self) -> Uuid {
        self.row.id.0
    }

    async fn tenant(&self) -> Tenant {
        Tenant(self.tenant.tenant())
    }

    async fn title(&self) -> &str {
        &self.row.title
    }

    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    async fn category(&self) -> Option<&str> {
        self.row.category.as_deref()
    }

    /// An array of strings.
    async fn tags(&self) -> Option<Value> {
        Some(Value::from(self.row.tags.clone()))
    }

    /// An object; the numbers and strings in it can be filtered on.
    async fn metadata(&self) -> Option<Value> {
        Some(Value::Object(self.row.metadata.clone()))
    }

    /// Mean of the ratings, null until somebody rated.
    async fn average_rating(&self) -> Option<f64> {
        self.row.average_rating()
    }

    /// Items that the same users like, or that resemble this one; best first.
    #[graphql(complexity = "ranking_cost(top_k, 10, child_complexity)")]
    async fn similar_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] top_k: Option<i32>,
    ) -> Result<Vec<SimilarItem>> {
        SimilarItem::of(ctx, &self.tenant, self.row.id, top_k).await
    }

    async fn rating_count(&self) -> u64 {
        self.row.rating_count
    }

    /// Recorded events of any kind.
    async fn interaction_count(&self) -> u64 {
        self.row.interaction_count
    }

    /// The id under which an import knows the item.
    async fn external_id(&self) -> Option<&str> {
        self.row.external_id.as_deref()
    }

    /// Inactive items are kept and never recommended.
    async fn is_active(&self) -> bool {
        self.row.is_active
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When its description last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// A neighbour of an item.
#[derive(SimpleObject)]
pub(crate) struct SimilarItem {
    item: Item,
    /// More is more similar; comparable within one list.
    score: f64,
    reason: Option<String>,
}

impl SimilarItem {
    /// Finds the `top_k` (default 10) neighbours of an item.
    pub(crate) async fn of(
        ctx: &Context<'_>,
        tenant: &TenantEngine,
        item: types::ItemId,
        top_k: Option<i32>,
    ) -> Result<Vec<Self>> {
        let limit = page("topK", top_k, 10)? as usize;
        let found = Scope::of(ctx).similar(tenant, item, limit).await?;
        Ok(found.into_iter().map(|row| Self::new(tenant, row)).collect())
    }

    fn new(tenant: &TenantEngine, row: engine::SimilarItem) -> Self {
        Self { item: Item::new(tenant, row.item), score: row.score, reason: row.reason }
    }
}
