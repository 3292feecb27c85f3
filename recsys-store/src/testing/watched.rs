//! A storage that counts its calls and fails on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::{
    CatalogStore, InteractionStore, JobStore, ModelStore, SessionStore, Storage, TenantDirectory,
    TenantStores, UserStore,
};
use crate::types::{
    Credentials, Heartbeat, Interaction, Item, ItemChange, ItemId, ItemPatch, ItemQuery, JobId,
    JobOutcome, JobProgress, ModelVersion, NewInteraction, NewItem, NewModel, NewRating,
    NewSession, NewTenant, NewUser, NextSession, Rating, Rotation, Tenant, TenantId,
    TenantSettings, TokenDigest, TrainingJob, User, UserId, UserPatch,
};

/// Another storage, watched.
#[derive(Debug)]
pub struct WatchedStorage {
    inner: Arc<dyn Storage>,
    tenants: Tenants,
    watch: Watch,
}

impl WatchedStorage {
    /// Watches `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Storage>) -> Self {
        let watch = Watch::default();
        let tenants = Tenants { inner: Arc::clone(&inner), watch: watch.clone() };
        Self { inner, tenants, watch }
    }

    /// Returns what sees and decides.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

/// What a test sees of a storage and decides about it. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    calls: BTreeMap<&'static str, usize>,
    failing: Option<(Option<&'static str>, StoreErrorKind)>,
}

impl Watch {
    /// Returns how often each method was called since the last time, by name, for example
    /// `catalog.get_many`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut self.seen().calls)
    }

    /// Lets every call fail as if the backend could not be reached.
    pub fn cut_off(&self) {
        self.seen().failing = Some((None, StoreErrorKind::Unavailable));
    }

    /// Lets calls of one method fail.
    pub fn fail(&self, call: &'static str, kind: StoreErrorKind) {
        self.seen().failing = Some((Some(call), kind));
    }

    /// Lets all calls succeed again.
    pub fn recover(&self) {
        self.seen().failing = None;
    }

    fn call(&self, call: &'static str) -> Result<()> {
        let mut seen = self.seen();
        *seen.calls.entry(call).or_default() += 1;
        match &seen.failing {
            Some((only, kind)) if only.is_none_or(|only| only == call) => {
                let cause = std::io::Error::other("/secret/path is gone");
                Err(StoreError::new(Backend::Memory, call, kind.clone()).with_source(cause))
            }
            _ => Ok(()),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Storage for WatchedStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        &self.tenants
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let TenantStores { id, catalog, interactions, jobs, models, sessions, users } =
            self.inner.tenant(id);
        let watch = &self.watch;
        TenantStores {
            id,
            catalog: Arc::new(Catalog { inner: catalog, watch: watch.clone() }),
            interactions: Arc::new(Interactions { inner: interactions, watch: watch.clone() }),
            jobs: Arc::new(Jobs { inner: jobs, watch: watch.clone() }),
            models: Arc::new(Models { inner: models, watch: watch.clone() }),
            sessions: Arc::new(Sessions { inner: sessions, watch: watch.clone() }),
            users: Arc::new(Users { inner: users, watch: watch.clone() }),
        }
    }

    async fn migrate(&self) -> Result<u64> {
        self.watch.call("migrate")?;
        self.inner.migrate().await
    }

    async fn health(&self) -> Result<()> {
        self.watch.call("health")?;
        self.inner.health().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[derive(Debug)]
struct Tenants {
    inner: Arc<dyn Storage>,
    watch: Watch,
}

#[async_trait]
impl TenantDirectory for Tenants {
    async fn create(&self, new: NewTenant) -> Result<Tenant> {
        self.watch.call("tenants.create")?;
        self.inner.tenants().create(new).await
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>> {
        self.watch.call("tenants.get")?;
        self.inner.tenants().get(id).await
    }

    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>> {
        self.watch.call("tenants.by_domain")?;
        self.inner.tenants().by_domain(domain).await
    }

    async fn list(&self) -> Result<Vec<Tenant>> {
        self.watch.call("tenants.list")?;
        self.inner.tenants().list().await
    }

    async fn update_settings(&self, id: TenantId, settings: TenantSettings) -> Result<Tenant> {
        self.watch.call("tenants.update_settings")?;
        self.inner.tenants().update_settings(id, settings).await
    }

    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>> {
        self.watch.call("tenants.with_claimable_jobs")?;
        self.inner.tenants().with_claimable_jobs().await
    }
}

/// Makes a store that tells the watch of each call and passes it on.
macro_rules! watched {
    ($store:ident, $trait:ident, $name:literal;
     $($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[derive(Debug)]
        struct $store {
            inner: Arc<dyn $trait>,
            watch: Watch,
        }

        #[async_trait]
        impl $trait for $store {
            $(async fn $method(&self, $($argument: $type),*) -> Result<$answer> {
                self.watch.call(concat!($name, ".", stringify!($method)))?;
                self.inner.$method($($argument),*).await
            })*
        }
    };
}

watched! { Catalog, CatalogStore, "catalog";
    create_many(items: Vec<NewItem>) -> Vec<Item>;
    upsert_external(items: Vec<NewItem>) -> Vec<Item>;
    get_many(ids: &[ItemId]) -> Vec<Option<Item>>;
    update(id: ItemId, patch: ItemPatch) -> Item;
    delete(id: ItemId) -> bool;
    list(query: &ItemQuery) -> Vec<Item>;
    changes(after_revision: u64, limit: u32) -> Vec<ItemChange>;
}

watched! { Interactions, InteractionStore, "interactions";
    append(events: &[NewInteraction]) -> Vec<Interaction>;
    rate(ratings: &[NewRating]) -> Vec<Rating>;
    histories(users: &[UserId], kind: Option<&str>, limit: u32) -> Vec<Vec<Interaction>>;
    ratings(users: &[UserId], limit: u32) -> Vec<Vec<Rating>>;
    scan(after_sequence: u64, limit: u32) -> Vec<Interaction>;
    last_sequence() -> u64;
}

watched! { Jobs, JobStore, "jobs";
    enqueue(algorithm: &str) -> TrainingJob;
    begin(algorithm: &str, owner: &str, lease: Duration) -> TrainingJob;
    claim(owner: &str, lease: Duration) -> Option<TrainingJob>;
    heartbeat(job: JobId, owner: &str, lease: Duration, progress: JobProgress) -> Heartbeat;
    release(job: JobId, owner: &str) -> bool;
    finish(job: JobId, owner: &str, outcome: JobOutcome) -> bool;
    cancel(job: JobId) -> TrainingJob;
    get(job: JobId) -> Option<TrainingJob>;
    list(limit: u32) -> Vec<TrainingJob>;
}

watched! { Models, ModelStore, "models";
    publish(model: NewModel, file: Bytes) -> ModelVersion;
    current(algorithm: &str) -> Option<ModelVersion>;
    current_all() -> Vec<ModelVersion>;
    fetch(version: Uuid) -> Bytes;
    versions(algorithm: &str) -> Vec<ModelVersion>;
}

watched! { Sessions, SessionStore, "sessions";
    insert(session: NewSession) -> ();
    rotate(digest: &TokenDigest, next: NextSession) -> Rotation;
    revoke(digest: &TokenDigest) -> bool;
}

watched! { Users, UserStore, "users";
    create(new: NewUser) -> User;
    upsert_external(users: Vec<NewUser>) -> Vec<User>;
    get_many(ids: &[UserId]) -> Vec<Option<User>>;
    update(id: UserId, patch: UserPatch) -> User;
    delete(id: UserId) -> bool;
    by_email(email: &str) -> Option<Credentials>;
    count() -> u64;
    list(limit: u32, offset: u32) -> Vec<User>;
}
