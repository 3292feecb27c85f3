//! Storages that do something around every call of another one.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::error::Result;
use crate::traits::{
    Archive, ArchiveStore, CatalogStore, InteractionStore, JobStore, ModelStore, SessionStore,
    Storage, TenantDirectory, TenantStores, UserStore,
};
use crate::types::{
    Credentials, DescriptionChange, Heartbeat, Interaction, Item, ItemChange, ItemId, ItemPatch,
    ItemQuery, JobId, JobOutcome, JobProgress, ModelVersion, NewInteraction, NewItem, NewModel,
    NewRating, NewSession, NewTenant, NewUser, NextSession, Rating, Revisions, Rotation, Tenant,
    TenantId, TenantPatch, TokenDigest, TrainingJob, User, UserId, UserPatch,
};

/// Does something around calls.
pub(crate) trait Around: Clone + Debug + Send + Sync + 'static {
    /// Runs a call, or does not. Its name is that of the store and of the method, for example
    /// `catalog.get_many`.
    fn run<T: Send>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send;
}

/// Another storage, and what is done around its calls.
#[derive(Clone, Debug)]
pub(crate) struct Wrapped<A> {
    inner: Arc<dyn Storage>,
    pub(crate) around: A,
}

impl<A: Around> Wrapped<A> {
    pub(crate) fn new(inner: Arc<dyn Storage>, around: A) -> Self {
        Self { inner, around }
    }
}

#[async_trait]
impl<A: Around> Storage for Wrapped<A> {
    fn tenants(&self) -> &dyn TenantDirectory {
        self
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let TenantStores { id, archive, catalog, interactions, jobs, models, sessions, users } =
            self.inner.tenant(id);
        let around = || self.around.clone();
        TenantStores {
            id,
            archive: Arc::new(Archives { inner: archive, around: around() }),
            catalog: Arc::new(Catalog { inner: catalog, around: around() }),
            interactions: Arc::new(Interactions { inner: interactions, around: around() }),
            jobs: Arc::new(Jobs { inner: jobs, around: around() }),
            models: Arc::new(Models { inner: models, around: around() }),
            sessions: Arc::new(Sessions { inner: sessions, around: around() }),
            users: Arc::new(Users { inner: users, around: around() }),
        }
    }

    async fn migrate(&self) -> Result<u64> {
        self.around.run("migrate", self.inner.migrate()).await
    }

    async fn health(&self) -> Result<()> {
        self.around.run("health", self.inner.health()).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[async_trait]
impl<A: Around> TenantDirectory for Wrapped<A> {
    async fn create(&self, new: NewTenant) -> Result<Tenant> {
        self.around.run("tenants.create", self.inner.tenants().create(new)).await
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>> {
        self.around.run("tenants.get", self.inner.tenants().get(id)).await
    }

    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>> {
        self.around.run("tenants.by_domain", self.inner.tenants().by_domain(domain)).await
    }

    async fn list(&self) -> Result<Vec<Tenant>> {
        self.around.run("tenants.list", self.inner.tenants().list()).await
    }

    async fn update(&self, id: TenantId, patch: TenantPatch) -> Result<Tenant> {
        self.around.run("tenants.update", self.inner.tenants().update(id, patch)).await
    }

    async fn revisions(&self, id: TenantId) -> Result<Revisions> {
        self.around.run("tenants.revisions", self.inner.tenants().revisions(id)).await
    }

    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>> {
        let call = self.inner.tenants().with_claimable_jobs();
        self.around.run("tenants.with_claimable_jobs", call).await
    }
}

/// Makes a store that does something around each call and passes it on.
macro_rules! around {
    ($store:ident, $trait:ident, $name:literal;
     $($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[derive(Debug)]
        struct $store<A> {
            inner: Arc<dyn $trait>,
            around: A,
        }

        #[async_trait]
        impl<A: Around> $trait for $store<A> {
            $(async fn $method(&self, $($argument: $type),*) -> Result<$answer> {
                let call = self.inner.$method($($argument),*);
                self.around.run(concat!($name, ".", stringify!($method)), call).await
            })*
        }
    };
}

around! { Archives, ArchiveStore, "archive";
    dump() -> Archive;
    restore(archive: Archive) -> ();
}

around! { Catalog, CatalogStore, "catalog";
    create_many(items: Vec<NewItem>) -> Vec<Item>;
    upsert_external(items: Vec<NewItem>) -> Vec<Item>;
    get_many(ids: &[ItemId]) -> Vec<Option<Item>>;
    update(id: ItemId, patch: ItemPatch) -> Item;
    delete(id: ItemId) -> bool;
    list(query: &ItemQuery) -> Vec<Item>;
    changes(after_revision: u64, limit: u32) -> Vec<ItemChange>;
    descriptions(after_revision: u64, limit: u32) -> Vec<DescriptionChange>;
}

around! { Interactions, InteractionStore, "interactions";
    append(events: &[NewInteraction]) -> Vec<Interaction>;
    rate(ratings: &[NewRating]) -> Vec<Rating>;
    histories(users: &[UserId], kind: Option<&str>, limit: u32) -> Vec<Vec<Interaction>>;
    ratings(users: &[UserId], limit: u32) -> Vec<Vec<Rating>>;
    ratings_of(pairs: &[(UserId, ItemId)]) -> Vec<Option<Rating>>;
    scan(after_sequence: u64, limit: u32) -> Vec<Interaction>;
    last_sequence() -> u64;
}

around! { Jobs, JobStore, "jobs";
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

around! { Models, ModelStore, "models";
    publish(model: NewModel, file: Bytes) -> ModelVersion;
    current(algorithm: &str) -> Option<ModelVersion>;
    current_all() -> Vec<ModelVersion>;
    fetch(version: Uuid) -> Bytes;
    versions(algorithm: &str) -> Vec<ModelVersion>;
    switch_to(version: Uuid) -> ModelVersion;
}

around! { Sessions, SessionStore, "sessions";
    insert(session: NewSession) -> ();
    rotate(digest: &TokenDigest, next: NextSession) -> Rotation;
    revoke(digest: &TokenDigest) -> bool;
}

around! { Users, UserStore, "users";
    create(new: NewUser) -> User;
    upsert_external(users: Vec<NewUser>) -> Vec<User>;
    get_many(ids: &[UserId]) -> Vec<Option<User>>;
    update(id: UserId, patch: UserPatch) -> User;
    delete(id: UserId) -> bool;
    by_email(email: &str) -> Option<Credentials>;
    count() -> u64;
    list(limit: u32, offset: u32) -> Vec<User>;
}
