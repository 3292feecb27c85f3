//! The answer to a sign-in.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use super::User;
use crate::{accounts::Session, context::Scope, error::Result};

/// Proof of a sign-in.
#[derive(SimpleObject)]
pub(crate) struct AuthPayload {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Good for one call of refreshToken.
    refresh_token: String,
    /// Always Bearer.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: u64,
    user: User,
}

impl AuthPayload {
    /// Converts what the host's accounts returned.
    pub(crate) async fn new(ctx: &Context<'_>, session: Session) -> Result<Self> {
        let tenant = Scope::of(ctx).open(session.tenant).await?;
        Ok(Self {
            access_token: session.access_token,
            refresh_token: session.refresh_token,
            token_type: "Bearer",
            expires_in: session.expires_in.as_secs(),
            user: User::proven(&tenant, Arc::new(session.user)),
        })
    }
}
