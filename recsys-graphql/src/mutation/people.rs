//! Users.

use async_graphql::{Context, Object};
use recsys_store::types::{Role, UserId, UserPatch};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    context::Scope,
    error::{ApiError, Result},
    types::User,
};

#[derive(Debug, Default)]
pub(super) struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Replaces the caller's preferences: anything up to 16 KiB.
    async fn update_preferences(&self, ctx: &Context<'_>, preferences: Value) -> Result<User> {
        let (tenant, caller) = Scope::of(ctx).signed_in().await?;
        let patch = UserPatch { preferences: Some(Some(preferences)), role: None };
        let row = tenant.update_user(caller.id, patch).await?;
        Ok(User::new(tenant, row))
    }

    /// Erases a user with all interactions, ratings and sessions; false if there was none. For the user
    /// and for administrators. The last administrator stays while there are other users.
    async fn delete_user(&self, ctx: &Context<'_>, id: Uuid) -> Result<bool> {
        let (tenant, caller) = Scope::of(ctx).signed_in().await?;
        if caller.id.0 != id && caller.role != Role::Admin {
            return Err(ApiError::AdminNeeded);
        }
        Ok(tenant.delete_user(UserId(id)).await?)
    }
}
