//! What the limits have left for the caller.

use async_graphql::{Context, Object};

use crate::{context::Scope, types::RateLimitStatus};

#[derive(Debug, Default)]
pub(super) struct LimitsQuery;

#[Object]
impl LimitsQuery {
    /// What is left of the limits that apply to the caller, this request included.
    async fn rate_limit_status(&self, ctx: &Context<'_>) -> RateLimitStatus {
        Scope::of(ctx).rate_limits().await
    }
}
