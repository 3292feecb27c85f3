//! Tenants.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use recsys_store::types;
use serde_json::Value;
use uuid::Uuid;

use super::DateTime;
use crate::{
    context::Scope,
    error::{ApiError, Result},
};

/// What a tenant has subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum SubscriptionTier {
    /// The smallest quotas.
    Basic,
    /// Larger quotas.
    Premium,
    /// The largest quotas.
    Enterprise,
}

impl From<types::Tier> for SubscriptionTier {
    fn from(tier: types::Tier) -> Self {
        match tier {
            types::Tier::Basic => Self::Basic,
            types::Tier::Premium => Self::Premium,
            types::Tier::Enterprise => Self::Enterprise,
        }
    }
}

pub(crate) struct Tenant(pub(crate) Arc<types::Tenant>);

/// An owner of users, items and models, apart from all others.
#[Object]
impl Tenant {
    async fn id(&self) -> Uuid {
        self.0.id.0
    }

    /// Name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Name for programs.
    async fn domain(&self) -> &str {
        &self.0.domain
    }

    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    async fn subscription_tier(&self) -> SubscriptionTier {
        self.0.tier.into()
    }

    /// What the tenant decides for itself. For its administrators only.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Value> {
        if !Scope::of(ctx).administers(self.0.id).await? {
            return Err(ApiError::Forbidden("settings are for administrators of the tenant"));
        }
        Ok(serde_json::to_value(&self.0.settings).expect("settings are plain data"))
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}
