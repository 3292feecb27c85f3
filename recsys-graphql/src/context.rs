//! Who asks, and what one request shares between its resolvers.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Context, Data, dataloader::DataLoader};
use recsys_store::{
    Engine, TenantEngine,
    types::{Item, ItemId, Role, TenantId, User, UserId},
};
use tokio::sync::{OnceCell, Semaphore};

use crate::{
    accounts::Accounts,
    error::{ApiError, Result},
    limits::Limits,
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
/// # let tenant = recsys_store::types::TenantId::generate();
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
            items: DataLoader::new(ItemLoader(engine.clone()), tokio::spawn),
            users: DataLoader::new(UserLoader(engine.clone()), tokio::spawn),
            shared,
        }
    }

    /// Returns the scope of the request that `ctx` belongs to.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data::<Self>().expect("the schema's extension puts it there")
    }

    /// Returns the caller's tenant, opened once a request.
    pub(crate) async fn tenant(&self) -> Result<&TenantEngine> {
        let id = self.caller.tenant.ok_or(ApiError::SignInNeeded)?;
        let opened = self.tenant.get_or_try_init(|| self.open(id)).await;
        opened.map_err(|error| match self.caller.principal {
            // The proof outlived the tenant.
            Some(_) if error.is_not_found() => ApiError::SignInNeeded,
            _ => error,
        })
    }

    /// Returns the caller's tenant and the caller, if signed in.
    pub(crate) async fn signed_in(&self) -> Result<(&TenantEngine, Principal)> {
        let principal = self.caller.principal.ok_or(ApiError::SignInNeeded)?;
        Ok((self.tenant().await?, principal))
    }

    /// Returns the caller's tenant, if the caller administers it.
    pub(crate) async fn admin(&self) -> Result<&TenantEngine> {
        let (tenant, principal) = self.signed_in().await?;
        if principal.role == Role::Admin { Ok(tenant) } else { Err(ApiError::AdminNeeded) }
    }

    /// Returns the user who is signed in.
    pub(crate) fn principal(&self) -> Option<Principal> {
        self.caller.principal
    }

    /// Tells whether the caller administers `tenant`.
    pub(crate) fn administers(&self, tenant: TenantId) -> bool {
        let admin =
            |principal: Principal| principal.role == Role::Admin && principal.tenant == tenant;
        self.caller.principal.is_some_and(admin)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// Returns what subscriptions wait for before they compute a list anew.
    pub(crate) fn refreshes(&self) -> Arc<Semaphore> {
        Arc::clone(&self.shared.refreshes)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Returns the host's sign-in operations.
    pub(crate) fn accounts(&self) -> Result<&dyn Accounts> {
        self.shared.accounts.as_deref().ok_or(ApiError::NoAccounts)
    }

    /// Opens a tenant that need not be the caller's: the one of a fresh sign-in.
    pub(crate) async fn open(&self, id: TenantId) -> Result<TenantEngine> {
        Ok(self.shared.engine.tenant(id).await?)
    }

    /// Finds an item, together with those that others ask for at the same time.
    pub(crate) async fn item(&self, tenant: TenantId, id: ItemId) -> Result<Option<Arc<Item>>> {
        self.items.load_one((tenant, id)).await
    }

    /// Finds a user, together with those that others ask for at the same time.
    pub(crate) async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<Arc<User>>> {
        self.users.load_one((tenant, id)).await
    }
}

/// Returns a value of type `T` that the host put into a request.
pub(crate) fn from_host<T: Clone + Send + Sync + 'static>(data: &Data) -> Option<T> {
    data.get(&TypeId::of::<T>())?.downcast_ref().cloned()
}
