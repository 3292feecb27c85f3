//! Sign-in; the work is the host's.

use async_graphql::{Context, Object};

use crate::{
    context::Scope,
    error::Result,
    input::{LoginInput, RegisterInput},
    types::AuthPayload,
};

#[derive(Debug, Default)]
pub(super) struct AccountsMutation;

#[Object]
impl AccountsMutation {
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Result<AuthPayload> {
        let scope = Scope::of(ctx);
        let accounts = scope.accounts()?;
        if let Some(rates) = scope.rates() {
            rates.login(&input.account(), scope.address()).await?;
        }
        let session = accounts.login(input.into()).await?;
        AuthPayload::new(ctx, session).await
    }

    /// Creates a user and signs in. The first user of a tenant administers it.
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<AuthPayload> {
        let scope = Scope::of(ctx);
        let accounts = scope.accounts()?;
        if let Some(rates) = scope.rates() {
            rates.registration(scope.address()).await?;
        }
        let session = accounts.register(input.into()).await?;
        AuthPayload::new(ctx, session).await
    }

    /// Exchanges a refresh token for new tokens; the old one stops working.
    async fn refresh_token(&self, ctx: &Context<'_>, refresh_token: String) -> Result<AuthPayload> {
        let session = Scope::of(ctx).accounts()?.refresh(&refresh_token).await?;
        AuthPayload::new(ctx, session).await
    }

    /// Ends the session of a refresh token; false if there was none.
    async fn logout(&self, ctx: &Context<'_>, refresh_token: String) -> Result<bool> {
        Ok(Scope::of(ctx).accounts()?.logout(&refresh_token).await?)
    }
}
