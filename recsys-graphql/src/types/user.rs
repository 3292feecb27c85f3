//! Users, and who may see what of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use recsys_store::{TenantEngine, types};
use serde_json::Value;
use uuid::Uuid;

use super::{DateTime, Interaction, Rating, Tenant};
use crate::{
    context::Scope,
    error::{ApiError, Result},
    input::page,
    limits::list_cost,
};

/// What a user may do within the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum Role {
    /// Own data only.
    User,
    /// Everything of the tenant.
    Admin,
}

impl From<types::Role> for Role {
    fn from(role: types::Role) -> Self {
        match role {
            types::Role::User => Self::User,
            types::Role::Admin => Self::Admin,
        }
    }
}

pub(crate) struct User {
    tenant: TenantEngine,
    row: Arc<types::User>,
    /// The caller has just proved to be this user, in this very request.
    proven: bool,
}

impl User {
    pub(crate) fn new(tenant: &TenantEngine, row: Arc<types::User>) -> Self {
        Self { tenant: tenant.clone(), row, proven: false }
    }

    /// The user of a sign-in that succeeded in this request.
    pub(crate) fn proven(tenant: &TenantEngine, row: Arc<types::User>) -> Self {
        Self { proven: true, ..Self::new(tenant, row) }
    }

    /// Succeeds for the user and for administrators.
    async fn private(&self, ctx: &Context<'_>, what: &'static str) -> Result<()> {
        if self.proven {
            return Ok(());
        }
        let scope = Scope::of(ctx);
        let caller = scope.user_signed_in().await?;
        let own = caller.is_some_and(|caller| caller.id == self.row.id);
        if own || scope.administers(self.tenant.stores().id).await? {
            return Ok(());
        }
        Err(ApiError::Forbidden(what))
    }
}

/// Somebody who uses a tenant's applications.
#[Object]
impl User {
    async fn id(&self) -> Uuid {
        self.row.id.0
    }

    async fn tenant(&self) -> Tenant {
        Tenant(self.tenant.tenant())
    }

    /// For the user and for administrators.
    async fn email(&self, ctx: &Context<'_>) -> Result<&str> {
        self.private(ctx, "the email address of somebody else is for administrators").await?;
        Ok(&self.row.email)
    }

    async fn username(&self) -> &str {
        &self.row.username
    }

    /// For the user and for administrators.
    async fn preferences(&self, ctx: &Context<'_>) -> Result<Option<&Value>> {
        self.private(ctx, "the preferences of somebody else are for administrators").await?;
        Ok(self.row.preferences.as_ref())
    }

    /// What the user did, newest first. For the user and for administrators.
    #[graphql(complexity = "list_cost(limit, 100, child_complexity)")]
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "type")] kind: Option<String>,
        #[graphql(default = 100)] limit: Option<i32>,
    ) -> Result<Vec<Interaction>> {
        self.private(ctx, "the interactions of somebody else are for administrators").await?;
        let limit = page("limit", limit, 100)?;
        let rows = Scope::of(ctx).events(&self.tenant, self.row.id, kind, limit).await?;
        Ok(rows.into_iter().map(|row| Interaction::new(&self.tenant, row)).collect())
    }

    /// What the user rated, newest first. For the user and for administrators.
    #[graphql(complexity = "list_cost(limit, 100, child_complexity)")]
    async fn ratings(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100)] limit: Option<i32>,
    ) -> Result<Vec<Rating>> {
        self.private(ctx, "the ratings of somebody else are for administrators").await?;
        let limit = page("limit", limit, 100)?;
        let rows = Scope::of(ctx).ratings(&self.tenant, self.row.id, limit).await?;
        Ok(rows.into_iter().map(|row| Rating::new(&self.tenant, row)).collect())
    }

    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// The id under which an import knows the user.
    async fn external_id(&self) -> Option<&str> {
        self.row.external_id.as_deref()
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }
}
