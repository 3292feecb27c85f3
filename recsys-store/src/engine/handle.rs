//! The process-wide handle.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;

use super::cache::Caches;
use super::compute::Compute;
use super::live::Live;
use super::outbox::{Outbox, OutboxStatistics};
use super::vectors::Indexing;
use super::worker;
use super::{
    CacheStatistics, EngineBuilder, EngineError, ErrorCode, IndexTrouble, Result, TenantEngine,
};
use crate::traits::{EventBus, Storage};
use crate::types::{ModelVersion, Tenant, TenantId};

/// The engine. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What all tenants share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) events: Arc<dyn EventBus>,
    pub(super) serving: Compute,
    pub(super) training: Compute,
    /// How long a training stays with a process that says nothing.
    pub(super) lease: Duration,
    /// Wakes the worker when a job is queued here.
    pub(super) queued: Notify,
    /// Name under which this engine holds leases.
    pub(super) owner: String,
    pub(super) caches: Caches,
    pub(super) indexing: Indexing,
    pub(super) outbox: Outbox,
    follow_interval: Duration,
    /// Bytes that loaded models may take.
    model_memory: u64,
    live: Mutex<HashMap<TenantId, Arc<Live>>>,
}

impl Shared {
    pub(super) fn new(
        storage: Arc<dyn Storage>,
        events: Arc<dyn EventBus>,
        serving: Compute,
        training: Compute,
        lease: Duration,
        follow_interval: Duration,
        model_memory: u64,
        caches: Caches,
        indexing: Indexing,
    ) -> Self {
        Self {
            storage,
            events,
            serving,
            training,
            lease,
            queued: Notify::new(),
            owner: Uuid::now_v7().to_string(),
            caches,
            indexing,
            outbox: Outbox::default(),
            follow_interval,
            model_memory,
            live: Mutex::default(),
        }
    }

    /// Notes that serving a tenant has to see something that was written elsewhere.
    pub(super) fn wrote(&self, tenant: TenantId) {
        let all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = all.get(&tenant) {
            live.wrote();
        }
    }

    /// Unloads models of tenants that were not asked for longest, until the others fit. Those of `kept` stay,
    /// however large they are.
    pub(super) fn make_room(&self, kept: &Arc<Live>) {
        let all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<(&Arc<Live>, u64)> =
            all.values().map(|live| (live, live.models().bytes())).collect();
        let mut used: u64 = others.iter().map(|(_, bytes)| bytes).sum();
        others.retain(|(live, bytes)| *bytes > 0 && !Arc::ptr_eq(live, kept));
        others.sort_by_key(|(live, _)| live.last_used());
        for (live, bytes) in others {
            if used <= self.model_memory {
                break;
            }
            tracing::debug!(tenant = %live.stores.id, bytes, "unloading the models of a tenant");
            live.unload();
            used -= bytes;
        }
        metrics::gauge!("loaded_model_bytes").set(used as f64);
    }
}

impl Engine {
    /// Begins an engine over `storage`.
    #[must_use]
    pub fn builder(storage: Arc<dyn Storage>) -> EngineBuilder {
        EngineBuilder::new(storage)
    }

    pub(super) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// Returns the storage, for what the engine does not do (users, sessions, tenants).
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.shared.storage
    }

    /// Returns how often the caches had the answer.
    #[must_use]
    pub fn cache_statistics(&self) -> CacheStatistics {
        self.shared.caches.statistics()
    }

    /// Returns what is committed and not announced yet.
    #[must_use]
    pub fn outbox_statistics(&self) -> OutboxStatistics {
        self.shared.outbox.statistics()
    }

    /// Returns the models in memory, of tenants for which something was asked since the start.
    #[must_use]
    pub fn loaded_models(&self) -> Vec<(TenantId, ModelVersion)> {
        let all = self.shared.live.lock().unwrap_or_else(PoisonError::into_inner);
        let models = all.iter().map(|(id, live)| (*id, live.models()));
        models
            .flat_map(|(id, models)| models.versions().map(|it| (id, it)).collect::<Vec<_>>())
            .collect()
    }

    /// Returns what keeps indexes of vectors from being filled or searched, each once, as it was when it was last
    /// tried. It is tried again by itself.
    #[must_use]
    pub fn index_troubles(&self) -> BTreeSet<IndexTrouble> {
        let all = self.shared.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().filter_map(|live| live.index.trouble()).collect()
    }

    /// Returns the engine of one tenant. Its row is read at most once a
    /// [`follow_interval`](EngineBuilder::follow_interval); while the storage cannot be reached, a tenant that
    /// was known before is found.
    ///
    /// # Errors
    /// `NotFound` if the tenant does not exist or is not active.
    pub async fn tenant(&self, id: TenantId) -> Result<TenantEngine> {
        let known = self.known(id);
        let known = known.map(|live| TenantEngine::new(Arc::clone(&self.shared), live));
        if let Some(known) = known.as_ref().filter(|known| known.live.knows_tenant()) {
            return Ok(known.clone());
        }
        match (self.shared.storage.tenants().get(id).await, known) {
            (Ok(found), _) => self.open(id, found),
            (Err(error), Some(known)) if error.is_retryable() => Ok(known),
            (Err(error), _) => Err(error.into()),
        }
    }

    fn known(&self, id: TenantId) -> Option<Arc<Live>> {
        let all = self.shared.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).cloned()
    }

    fn open(&self, id: TenantId, found: Option<Tenant>) -> Result<TenantEngine> {
        let Some(tenant) = found.filter(|tenant| tenant.is_active) else {
            self.shared.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            let message = format!("tenant {id} does not exist or is not active");
            return Err(EngineError::new(ErrorCode::NotFound, message));
        };
        let tenant = Arc::new(tenant);
        let live = {
            let mut all = self.shared.live.lock().unwrap_or_else(PoisonError::into_inner);
            let live = all.entry(id).or_insert_with(|| {
                let storage = Arc::clone(&self.shared.storage);
                Arc::new(Live::new(storage, tenant.clone(), self.shared.follow_interval))
            });
            Arc::clone(live)
        };
        live.set_tenant(tenant);
        Ok(TenantEngine::new(Arc::clone(&self.shared), live))
    }

    /// Starts a task that runs queued trainings of all tenants, one at a time, until `shutdown`
    /// resolves; a training that runs then is stopped and its job handed back.
    #[must_use]
    pub fn spawn_worker(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        tokio::spawn(worker::run(self.clone(), shutdown))
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}
