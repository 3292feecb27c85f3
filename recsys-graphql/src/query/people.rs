//! Users.

use std::sync::Arc;

use async_graphql::{Context, Object};
use recsys_store::types::UserId;
use uuid::Uuid;

use crate::{
    context::Scope,
    error::Result,
    input::{offset, page},
    limits::list_cost,
    types::User,
};

#[derive(Debug, Default)]
pub(super) struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// The user who is signed in, null if nobody is.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let scope = Scope::of(ctx);
        let Some(user) = scope.user_signed_in().await? else { return Ok(None) };
        Ok(Some(User::new(scope.tenant().await?, Arc::clone(user))))
    }

    async fn user(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<User>> {
        let scope = Scope::of(ctx);
        let (tenant, _) = scope.signed_in().await?;
        let row = scope.user(tenant, UserId(id)).await?;
        Ok(row.map(|row| User::new(tenant, row)))
    }

    /// The users of the tenant, oldest first.
    #[graphql(complexity = "list_cost(limit, 10, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] limit: Option<i32>,
        #[graphql(name = "offset", default = 0)] skip: Option<i32>,
    ) -> Result<Vec<User>> {
        let (tenant, _) = Scope::of(ctx).signed_in().await?;
        let (limit, skip) = (page("limit", limit, 10)?, offset(skip)?);
        let rows = tenant.stores().users.list(limit, skip).await?;
        Ok(rows.into_iter().map(|row| User::new(tenant, row.into())).collect())
    }
}
