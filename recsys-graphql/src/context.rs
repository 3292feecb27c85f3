//! Who asks, and what one request shares between its resolvers.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Context, Data, dataloader::DataLoader};
use recsys_store::{
    Engine, TenantEngine,
    engine::{RecommendQuery, Recommendations, SimilarItem},
    types::{Interaction, Item, ItemId, NewItem, Rating, Role, TenantId, User, UserId, now},
};
use tokio::sync::{OnceCell, Semaphore};

use crate::{
    accounts::Accounts,
    error::{ApiError, Result},
    limits::Limits,
    loaders::{
        EventLoader, EventsOf, ItemLoader, ListLoader, Question, RatingLoader, RatingsOf,
        SimilarLoader, UserLoader,
    },
    meter::Meter,
    rates::{ClientAddress, Rates},
    schema::Shared,
    types::RateLimitStatus,
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

/// A signed-in user. What the user may do is read from the storage, where it may have changed since the
/// proof was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
}

/// A name for the request, for the host to put into the request's data.
///
/// Internal errors carry it to the client and into the log. Without one each request gets a random
/// name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What the resolvers of one request share.
pub(crate) struct Scope {
    address: Option<ClientAddress>,
    caller: Caller,
    shared: Arc<Shared>,
    tenant: OnceCell<Open>,
    events: DataLoader<EventLoader>,
    items: DataLoader<ItemLoader>,
    lists: DataLoader<ListLoader>,
    ratings: DataLoader<RatingLoader>,
    similar: DataLoader<SimilarLoader>,
    users: DataLoader<UserLoader>,
}

/// The caller's tenant, and the caller as stored there, if signed in.
struct Open {
    tenant: TenantEngine,
    user: Option<Arc<User>>,
}

impl Scope {
    pub(crate) fn new(shared: Arc<Shared>, caller: Caller, address: Option<ClientAddress>) -> Self {
        let engine = &shared.engine;
        Self {
            address,
            caller,
            tenant: OnceCell::new(),
            events: DataLoader::new(EventLoader(engine.clone()), tokio::spawn),
            items: DataLoader::new(ItemLoader(engine.clone()), tokio::spawn),
            lists: DataLoader::new(ListLoader(engine.clone(), shared.meter.clone()), tokio::spawn),
            ratings: DataLoader::new(RatingLoader(engine.clone()), tokio::spawn),
            similar: DataLoader::new(SimilarLoader(engine.clone()), tokio::spawn),
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
        Ok(&self.opened().await?.tenant)
    }

    /// Returns the caller's tenant and the caller as stored, if signed in.
    pub(crate) async fn signed_in(&self) -> Result<(&TenantEngine, &Arc<User>)> {
        let Open { tenant, user } = self.opened().await?;
        Ok((tenant, user.as_ref().ok_or(ApiError::SignInNeeded)?))
    }

    /// Returns the caller's tenant, if the caller administers it.
    pub(crate) async fn admin(&self) -> Result<&TenantEngine> {
        let (tenant, user) = self.signed_in().await?;
        if user.role == Role::Admin { Ok(tenant) } else { Err(ApiError::AdminNeeded) }
    }

    /// Returns the user who is signed in, if somebody is.
    pub(crate) async fn user_signed_in(&self) -> Result<Option<&Arc<User>>> {
        match self.caller.principal {
            None => Ok(None),
            Some(_) => Ok(Some(self.signed_in().await?.1)),
        }
    }

    /// Tells whether the caller administers `tenant`.
    pub(crate) async fn administers(&self, tenant: TenantId) -> Result<bool> {
        let user = self.user_signed_in().await?;
        Ok(self.caller.tenant == Some(tenant) && user.is_some_and(|user| user.role == Role::Admin))
    }

    /// Opens the caller's tenant and reads the caller, once a request. The proof may have outlived either.
    async fn opened(&self) -> Result<&Open> {
        let id = self.caller.tenant.ok_or(ApiError::SignInNeeded)?;
        let open = || async {
            let Some(principal) = self.caller.principal else {
                return Ok(Open { tenant: self.open(id).await?, user: None });
            };
            let tenant = self.open(id).await.map_err(|error| {
                if error.is_not_found() { ApiError::SignInNeeded } else { error }
            })?;
            let mut found = tenant.users(&[principal.user]).await?;
            let user = Some(found.pop().flatten().ok_or(ApiError::SignInNeeded)?);
            Ok(Open { tenant, user })
        };
        self.tenant.get_or_try_init(open).await
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

    /// Returns where the request came from, if the host has said.
    pub(crate) fn address(&self) -> Option<ClientAddress> {
        self.address
    }

    /// Returns what counts requests.
    pub(crate) fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    /// Returns the limits on what callers may do in a stretch of time, if there are any.
    pub(crate) fn rates(&self) -> Option<&Rates> {
        self.shared.rates.as_deref()
    }

    /// Returns what the limits have left for the caller.
    pub(crate) async fn rate_limits(&self) -> RateLimitStatus {
        let (tier, limits) = match self.rates() {
            None => (None, Vec::new()),
            Some(rates) => rates.status(self.caller, self.address).await,
        };
        RateLimitStatus::new(tier, limits, now())
    }

    /// Creates items, if the tenant has room for them.
    pub(crate) async fn create_items(
        &self,
        tenant: &TenantEngine,
        items: Vec<NewItem>,
        base: &str,
    ) -> Result<Vec<Item>> {
        let _room = match self.rates() {
            None => None,
            Some(rates) => rates.room_for_items(tenant, items.len()).await?,
        };
        let created = tenant.create_items(items).await;
        created.map_err(|error| ApiError::from(error).inside(base))
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
    pub(crate) async fn item(
        &self,
        tenant: &TenantEngine,
        id: ItemId,
    ) -> Result<Option<Arc<Item>>> {
        self.items.load_one((tenant.stores().id, id)).await
    }

    /// Finds a user, as [`Self::item`] does.
    pub(crate) async fn user(
        &self,
        tenant: &TenantEngine,
        id: UserId,
    ) -> Result<Option<Arc<User>>> {
        self.users.load_one((tenant.stores().id, id)).await
    }

    /// Finds the newest events of a user, as [`Self::item`] does.
    pub(crate) async fn events(
        &self,
        tenant: &TenantEngine,
        user: UserId,
        kind: Option<String>,
        limit: u32,
    ) -> Result<Vec<Interaction>> {
        let key = EventsOf { tenant: tenant.stores().id, user, kind, limit };
        Ok(self.events.load_one(key).await?.unwrap_or_default())
    }

    /// Finds the newest ratings of a user, as [`Self::item`] does.
    pub(crate) async fn ratings(
        &self,
        tenant: &TenantEngine,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<Rating>> {
        let key = RatingsOf { tenant: tenant.stores().id, user, limit };
        Ok(self.ratings.load_one(key).await?.unwrap_or_default())
    }

    /// Recommends, together with what others ask for at the same time.
    pub(crate) async fn recommend(
        &self,
        tenant: &TenantEngine,
        query: RecommendQuery,
    ) -> Result<Recommendations> {
        let question = Question { tenant: tenant.stores().id, query: Arc::new(query) };
        let answer = self.lists.load_one(question).await?;
        answer.expect("the loader answers every question")
    }

    /// Finds the neighbours of an item, as [`Self::recommend`] does.
    pub(crate) async fn similar(
        &self,
        tenant: &TenantEngine,
        item: ItemId,
        limit: usize,
    ) -> Result<Vec<SimilarItem>> {
        let answer = self.similar.load_one((tenant.stores().id, item, limit)).await?;
        answer.expect("the loader answers every question")
    }
}

/// Returns a value of type `T` that the host put into a request.
pub(crate) fn from_host<T: Clone + Send + Sync + 'static>(data: &Data) -> Option<T> {
    data.get(&TypeId::of::<T>())?.downcast_ref().cloned()
}
