//! Building an engine.

use std::sync::Arc;
use std::time::Duration;

use super::cache::Caches;
use super::compute::Compute;
use super::handle::Shared;
use super::vectors::Indexing;
use super::{CacheConfig, Engine, Result};
use crate::events::LocalBus;
use crate::traits::{Cache, Embedder, EventBus, Storage, VectorStore};
use crate::vectors::LocalVectors;

/// Settings of an [`Engine`].
#[derive(Debug)]
pub struct EngineBuilder {
    storage: Arc<dyn Storage>,
    events: Arc<dyn EventBus>,
    training_threads: usize,
    training_lease: Duration,
    follow_interval: Duration,
    model_memory: u64,
    cache: CacheConfig,
    shared_cache: Option<Arc<dyn Cache>>,
    vectors: Option<Arc<dyn VectorStore>>,
    embedder: Option<Arc<dyn Embedder>>,
}

impl EngineBuilder {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            events: Arc::new(LocalBus::new()),
            training_threads: 0,
            training_lease: Duration::from_secs(30),
            follow_interval: Duration::from_secs(1),
            model_memory: 4 << 30,
            cache: CacheConfig::default(),
            shared_cache: None,
            vectors: Some(Arc::new(LocalVectors::new())),
            embedder: None,
        }
    }

    /// Sets what tells subscribers of changes; default a [`LocalBus`], which reaches this process.
    #[must_use]
    pub fn events(mut self, events: Arc<dyn EventBus>) -> Self {
        self.events = events;
        self
    }

    /// Sets how many threads a training may use; 0, the default, takes one for each processor.
    #[must_use]
    pub fn training_threads(mut self, threads: usize) -> Self {
        self.training_threads = threads;
        self
    }

    /// Sets for how long a training belongs to a process that says nothing, after which another takes it over; default
    /// 30 seconds. The process says that it lives fifteen times as often.
    #[must_use]
    pub fn training_lease(mut self, lease: Duration) -> Self {
        self.training_lease = lease;
        self
    }

    /// Sets how often to look for what other processes wrote, at most; default one second, zero for
    /// every request.
    #[must_use]
    pub fn follow_interval(mut self, interval: Duration) -> Self {
        self.follow_interval = interval;
        self
    }

    /// Sets how many bytes the models of all tenants may take, by the sizes of their files; default 4 GiB.
    /// Beyond that, the models of tenants that were not asked for longest are unloaded, and loaded again
    /// with their next request.
    #[must_use]
    pub fn model_memory(mut self, bytes: u64) -> Self {
        self.model_memory = bytes;
        self
    }

    /// Sets how much is kept ready, and for how long.
    #[must_use]
    pub fn cache(mut self, cache: CacheConfig) -> Self {
        self.cache = cache;
        self
    }

    /// Sets a cache behind that of the process, for finished lists: what one process made, others find.
    /// Default none.
    #[must_use]
    pub fn shared_cache(mut self, cache: Arc<dyn Cache>) -> Self {
        self.shared_cache = Some(cache);
        self
    }

    /// Sets where items are found by their vectors; default a [`LocalVectors`] that is not saved. The engine fills it in
    /// the background and keeps it as the catalogue is. Engines of several processes may share one: each writes
    /// what it sees change.
    #[must_use]
    pub fn vectors(mut self, vectors: Arc<dyn VectorStore>) -> Self {
        self.vectors = Some(vectors);
        self
    }

    /// Keeps no vectors, for a process that answers few questions or none: similar items are found without them.
    #[must_use]
    pub fn without_vectors(mut self) -> Self {
        self.vectors = None;
        self
    }

    /// Sets what makes the vectors; by default they come from the catalogue itself
    /// ([`LatentSemantics`](crate::embedders::LatentSemantics)), which is fitted when a model is trained.
    #[must_use]
    pub fn embedder(mut self, embedder: Arc<dyn Embedder>) -> Self {
        self.embedder = Some(embedder);
        self
    }

    /// Starts the engine.
    ///
    /// # Errors
    /// `Internal` if the system refuses the threads.
    pub fn build(self) -> Result<Engine> {
        let serving = Compute::start("recsys-serve", 0)?;
        let training = Compute::start("recsys-train", self.training_threads)?;
        let caches = Caches::new(&self.cache, self.shared_cache);
        let indexing = Indexing::new(self.vectors, self.embedder);
        let Self { storage, events, training_lease, follow_interval, model_memory, .. } = self;
        Ok(Engine::new(Shared::new(
            storage,
            events,
            serving,
            training,
            training_lease,
            follow_interval,
            model_memory,
            caches,
            indexing,
        )))
    }
}
