//! How the API is doing.

use async_graphql::{Context, Object};

use crate::{context::Scope, error::Result, types::PerformanceMetrics};

#[derive(Debug, Default)]
pub(super) struct PerformanceQuery;

#[Object]
impl PerformanceQuery {
    /// How the tenant's requests have done in the last five minutes. For administrators.
    async fn performance_metrics(&self, ctx: &Context<'_>) -> Result<PerformanceMetrics> {
        let scope = Scope::of(ctx);
        let tenant = scope.admin().await?.stores().id;
        Ok(scope.meter().figures_of(tenant).into())
    }
}
