//! What is done much with right now.

use async_graphql::{Context, Object};
use recsys_store::engine::TrendingQuery;

use crate::{
    context::Scope, error::Result, input::page, limits::ranking_cost, types::TrendingItem,
};

#[derive(Debug, Default)]
pub(super) struct TrendsQuery;

#[Object]
impl TrendsQuery {
    /// The items with which most is done right now: events of the last seven days, newer ones
    /// counting more; best first.
    #[graphql(complexity = "ranking_cost(limit, 10, child_complexity)")]
    async fn trending(
        &self,
        ctx: &Context<'_>,
        category: Option<String>,
        #[graphql(default = 10)] limit: Option<i32>,
    ) -> Result<Vec<TrendingItem>> {
        let tenant = Scope::of(ctx).tenant().await?;
        let limit = page("limit", limit, 10)? as usize;
        let found = tenant.trending(TrendingQuery { category, limit }).await?;
        Ok(TrendingItem::list(tenant, found))
    }
}
