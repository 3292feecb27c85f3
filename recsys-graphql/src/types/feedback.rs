//! Events and ratings.

use async_graphql::{Context, Object, SimpleObject};
use chrono::Utc;
use recsys_store::{TenantEngine, types};
use serde_json::Value;
use uuid::Uuid;

use super::{DateTime, Item, User};
use crate::{
    context::Scope,
    error::{ApiError, Result},
};

pub(crate) struct Interaction {
    tenant: TenantEngine,
    row: types::Interaction,
}

impl Interaction {
    pub(crate) fn new(tenant: &TenantEngine, row: types::Interaction) -> Self {
        Self { tenant: tenant.clone(), row }
    }
}

/// Something that a user did with an item.
#[Object]
impl Interaction {
    async fn id(&self) -> Uuid {
        self.row.id.0
    }

    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        user(ctx, &self.tenant, self.row.user_id).await
    }

    async fn item(&self, ctx: &Context<'_>) -> Result<Item> {
        item(ctx, &self.tenant, self.row.item_id).await
    }

    /// For example view, click, like, cart, purchase, dislike; the tenant's settings weigh each.
    async fn interaction_type(&self) -> &str {
        &self.row.kind
    }

    /// How much.
    async fn interaction_value(&self) -> f64 {
        self.row.value
    }

    /// Whatever was recorded with it; null for others than the user and administrators.
    async fn context(&self, ctx: &Context<'_>) -> Result<Option<&Value>> {
        let scope = Scope::of(ctx);
        let caller = scope.user_signed_in().await?;
        let own = caller.is_some_and(|caller| caller.id == self.row.user_id);
        let shown = own || scope.administers(self.tenant.stores().id).await?;
        Ok(self.row.context.as_ref().filter(|_| shown))
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// The id of the list that led to it.
    async fn recommendation_id(&self) -> Option<Uuid> {
        self.row.recommendation_id
    }

    /// When it happened.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }
}

pub(crate) struct Rating {
    tenant: TenantEngine,
    row: types::Rating,
}

impl Rating {
    pub(crate) fn new(tenant: &TenantEngine, row: types::Rating) -> Self {
        Self { tenant: tenant.clone(), row }
    }
}

/// What a user thinks of an item; one per user and item.
#[Object]
impl Rating {
    async fn id(&self) -> Uuid {
        self.row.id.0
    }

    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        user(ctx, &self.tenant, self.row.user_id).await
    }

    async fn item(&self, ctx: &Context<'_>) -> Result<Item> {
        item(ctx, &self.tenant, self.row.item_id).await
    }

    /// 0 to 10.
    async fn rating(&self) -> f64 {
        self.row.rating
    }

    async fn review(&self) -> Option<&str> {
        self.row.review.as_deref()
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }
}

/// Something that a user did just now.
#[derive(SimpleObject)]
pub(crate) struct UserActivity {
    /// interaction or rating.
    kind: String,
    at: DateTime,
    /// What the user did, if it was no rating.
    interaction: Option<Interaction>,
    /// How the user rated.
    rating: Option<Rating>,
}

impl UserActivity {
    pub(crate) fn done(at: chrono::DateTime<Utc>, interaction: Interaction) -> Self {
        let (kind, at) = ("interaction".to_owned(), DateTime(at));
        Self { kind, at, interaction: Some(interaction), rating: None }
    }

    pub(crate) fn rated(at: chrono::DateTime<Utc>, rating: Rating) -> Self {
        let (kind, at) = ("rating".to_owned(), DateTime(at));
        Self { kind, at, interaction: None, rating: Some(rating) }
    }
}

async fn user(ctx: &Context<'_>, tenant: &TenantEngine, id: types::UserId) -> Result<User> {
    let row = Scope::of(ctx).user(tenant, id).await?;
    let row = row.ok_or_else(|| ApiError::NotFound(format!("user {id}")))?;
    Ok(User::new(tenant, row))
}

async fn item(ctx: &Context<'_>, tenant: &TenantEngine, id: types::ItemId) -> Result<Item> {
    let row = Scope::of(ctx).item(tenant, id).await?;
    let row = row.ok_or_else(|| ApiError::NotFound(format!("item {id}")))?;
    Ok(Item::new(tenant, row))
}
