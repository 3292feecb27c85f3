//! Who asks, and what one request shares between its resolvers.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Context, Data, dataloader::DataLoader};
use recsys_store::{
    Engine, Role, TenantId, UserId,
    engine::{EngineError, TenantEngine},
};
use tokio::sync::OnceCell;

use crate::{
    accounts::Accounts,
    error::ApiError,
    loaders::{ItemLoader, UserLoader},
    schema::Shared,
};

/// The caller of a request; the host puts one into the request's data.
///
/// A request without one is anonymous and sees nothing that belongs to a tenant.
///
/// # Examples
///
/// ```
/// use recsys_graphql::{Caller, async_graphql::Request};
/// # let tenant = recsys_store::TenantId::from_uuid(uuid::Uuid::nil());
/// let request = Request::new("{ items { title } }").data(Caller::in_tenant(tenant));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The tenant whose data the request is about.
    pub tenant: Option<TenantId>,
    /// The user who is signed in; always one of `tenant`.
    pub principal: Option<Principal>,
}

impl Caller {
    /// Nobody in particular, nowhere in particular.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Somebody who is not signed in but may read this tenant's catalogue.
    pub fn in_tenant(tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), principal: None }
    }

    /// A user of a tenant.
    pub fn signed_in(principal: Principal) -> Self {
        Self { tenant: Some(principal.tenant), principal: Some(principal) }
    }
}

/// A signed-in user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "hosts build it; a new field must reach them all")]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// What the user may do there.
    pub role: Role,
}

/// A name for the request, for the host to put into the request's data.
///
/// Internal errors carry it to the client and into the log. Without one each request gets a random
/// name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name is a text and will stay one")]
pub struct RequestId(pub String);

/// What the resolvers of one request share.
pub(crate) struct Scope {
    caller: Caller,
    shared: Arc<Shared>,
    tenant: OnceCell<TenantEngine>,
    items: DataLoader<ItemLoader>,
    users: DataLoader<UserLoader>,
}

impl Scope {
    pub(crate) fn new(shared: Arc<Shared>, caller: Caller) -> Self {
        let engine = &shared.engine;
        Self {
            caller,
            tenant: OnceCell::new(),
            items: DataLoader::new(ItemLoader::new(engine.clone()), tokio::spawn),
            users: DataLoader::new(UserLoader::new(engine.clone()), tokio::spawn),
            shared,
        }
    }

    /// Returns the scope of the request that `ctx` belongs to.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data::<Self>().expect("the schema's extension puts it there")
    }

    /// Returns the caller's tenant, opened once a request.
    pub(crate) async fn tenant(&self) -> Result<&TenantEngine, ApiError> {
        let id = self.caller.tenant.ok_or(ApiError::SignInNeeded)?;
        self.tenant.get_or_try_init(|| self.open(id)).await
    }

    /// Returns the caller's tenant and the caller, if signed in.
    pub(crate) async fn signed_in(&self) -> Result<(&TenantEngine, Principal), ApiError> {
        let principal = self.principal().ok_or(ApiError::SignInNeeded)?;
        Ok((self.tenant().await?, principal))
    }

    /// Returns the caller's tenant, if the caller administers it.
    pub(crate) async fn admin(&self) -> Result<&TenantEngine, ApiError> {
        let (tenant, principal) = self.signed_in().await?;
        if principal.role == Role::Admin { Ok(tenant) } else { Err(ApiError::AdminNeeded) }
    }

    pub(crate) fn principal(&self) -> Option<Principal> {
        self.caller.principal
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.principal().is_some_and(|principal| principal.role == Role::Admin)
    }

    pub(crate) fn accounts(&self) -> Result<&dyn Accounts, ApiError> {
        self.shared.accounts.as_deref().ok_or(ApiError::NoAccounts)
    }

    async fn open(&self, id: TenantId) -> Result<TenantEngine, ApiError> {
        Ok(self.shared.engine.tenant(id).await?)
    }
}
