//! A tenant in memory, and a storage that counts and fails on demand.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};
use recsys_graphql::{
    Caller, Limits, Principal, Schema,
    async_graphql::{Request, Response},
    build_schema,
};
use recsys_store::{
    Engine, MemoryStorage, Storage, StoreError, StoreErrorKind, TenantStores,
    error::{Backend, Result},
    traits::{CatalogStore, TenantDirectory},
    types::{
        Item, ItemChange, ItemId, ItemPatch, ItemQuery, NewItem, NewTenant, NewUser, Role,
        TenantId, Tier, User,
    },
};
use serde_json::Value;

/// A schema over one tenant with one administrator.
pub(crate) struct Shop {
    pub(crate) schema: Schema,
    pub(crate) engine: Engine,
    pub(crate) tenant: TenantId,
    pub(crate) admin: User,
    pub(crate) watched: Arc<Watched>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let watched = Arc::new(Watched::default());
        let inner = MemoryStorage::new();
        let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
        let tenant = inner.tenants().create(new).await.unwrap().id;
        let admin = inner.tenant(tenant).users.create(user("ada")).await.unwrap();
        let storage =
            WatchedStorage { inner, empty: MemoryStorage::new(), watched: Arc::clone(&watched) };
        let engine = Engine::builder(Arc::new(storage)).build().unwrap();
        let schema = build_schema(engine.clone(), None, Limits::default());
        Self { schema, engine, tenant, admin, watched }
    }

    /// Creates an item for each title.
    pub(crate) async fn items(&self, titles: &[&str]) -> Vec<Item> {
        let new = titles.iter().map(|&title| NewItem { title: title.into(), ..NewItem::default() });
        let tenant = self.engine.tenant(self.tenant).await.unwrap();
        tenant.create_items(new.collect()).await.unwrap()
    }

    /// Executes an operation as the administrator.
    pub(crate) async fn ask(&self, query: &str) -> Response {
        self.ask_as(self.caller(), query).await
    }

    pub(crate) fn caller(&self) -> Caller {
        let principal =
            Principal { user: self.admin.id, tenant: self.tenant, role: self.admin.role };
        Caller::signed_in(principal)
    }

    /// Begins a subscription as the administrator.
    pub(crate) fn follow(&self, query: &str) -> Following {
        self.follow_as(self.caller(), query)
    }

    pub(crate) fn follow_as(&self, caller: Caller, query: &str) -> Following {
        Following(self.schema.execute_stream(Request::new(query).data(caller)))
    }

    pub(crate) async fn ask_as(&self, caller: Caller, query: &str) -> Response {
        self.schema.execute(Request::new(query).data(caller)).await
    }
}

/// A subscription that goes on.
pub(crate) struct Following(BoxStream<'static, Response>);

impl Following {
    /// Waits for the next response, which must be good, and returns its data.
    pub(crate) async fn next(&mut self) -> Value {
        data(self.0.next().await.unwrap())
    }

    /// Lets the subscription run as far as it gets, which must be without a response.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.0.next().now_or_never().is_none()
    }

    /// Waits for the error that ends the subscription; returns its code and message.
    pub(crate) async fn fails(mut self) -> (String, String) {
        let response = self.0.next().await.unwrap();
        let (code, message) = error(&response);
        assert!(self.0.next().await.is_none(), "it goes on");
        (code.to_owned(), message.to_owned())
    }

    /// Waits for the end, before which there must be no response.
    pub(crate) async fn ends(mut self) {
        assert!(self.0.next().await.is_none(), "it goes on");
    }
}

/// Returns the data of a response without errors.
pub(crate) fn data(response: Response) -> Value {
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

/// Returns code and message of the only error.
pub(crate) fn error(response: &Response) -> (&str, &str) {
    assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
    let error = &response.errors[0];
    (recsys_graphql::Code::of(error).unwrap(), &error.message)
}

pub(crate) fn user(name: &str) -> NewUser {
    NewUser {
        email: format!("{name}@example.org"),
        username: name.into(),
        password_hash: None,
        role: Role::User,
        external_id: None,
    }
}

/// What a test sees and decides about the catalogue.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    loads: AtomicUsize,
    broken: AtomicBool,
    closed: AtomicBool,
}

impl Watched {
    /// Returns how often items were read by id since the last call.
    pub(crate) fn loads(&self) -> usize {
        self.loads.swap(0, Ordering::SeqCst)
    }

    /// Lets the tenant be gone for every later look.
    pub(crate) fn close_tenant(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Lets every later read of items by id fail.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct WatchedStorage {
    inner: MemoryStorage,
    empty: MemoryStorage,
    watched: Arc<Watched>,
}

#[async_trait]
impl Storage for WatchedStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        let closed = self.watched.closed.load(Ordering::SeqCst);
        if closed { self.empty.tenants() } else { self.inner.tenants() }
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let stores = self.inner.tenant(id);
        let (inner, watched) = (Arc::clone(&stores.catalog), Arc::clone(&self.watched));
        TenantStores { catalog: Arc::new(WatchedCatalog { inner, watched }), ..stores }
    }

    async fn migrate(&self) -> Result<u64> {
        self.inner.migrate().await
    }

    async fn health(&self) -> Result<()> {
        self.inner.health().await
    }
}

#[derive(Debug)]
struct WatchedCatalog {
    inner: Arc<dyn CatalogStore>,
    watched: Arc<Watched>,
}

#[async_trait]
impl CatalogStore for WatchedCatalog {
    async fn create_many(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        self.inner.create_many(items).await
    }

    async fn upsert_external(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        self.inner.upsert_external(items).await
    }

    async fn get_many(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>> {
        self.watched.loads.fetch_add(1, Ordering::SeqCst);
        if self.watched.broken.load(Ordering::SeqCst) {
            let cause = std::io::Error::other("/secret/path is gone");
            let error = StoreError::new(Backend::Memory, "catalog.get", StoreErrorKind::Internal);
            return Err(error.with_source(cause));
        }
        self.inner.get_many(ids).await
    }

    async fn update(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        self.inner.update(id, patch).await
    }

    async fn delete(&self, id: ItemId) -> Result<bool> {
        self.inner.delete(id).await
    }

    async fn list(&self, query: &ItemQuery) -> Result<Vec<Item>> {
        self.inner.list(query).await
    }

    async fn changes(&self, after_revision: u64, limit: u32) -> Result<Vec<ItemChange>> {
        self.inner.changes(after_revision, limit).await
    }
}
