//! The live state of one tenant: what serving works on, and how it follows the storage.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use recsys_core::codec::decode_model;
use tokio::sync::Mutex;

use super::Result;
use super::catalog::Catalog;
use super::compute::Compute;
use super::models::{Loaded, Models};
use super::trending::Tally;
use crate::traits::TenantStores;
use crate::types::{ModelVersion, Tenant};

/// Catalogue changes read at once.
const CHANGES_CHUNK: u32 = 5_000;

#[derive(Debug)]
pub(super) struct Live {
    pub(super) stores: TenantStores,
    tenant: ArcSwap<Tenant>,
    catalog: RwLock<Arc<Catalog>>,
    models: ArcSwap<Models>,
    /// Counts what this engine wrote that serving must see at once.
    writes: AtomicU64,
    followed: Mutex<Followed>,
    /// What is trending; behind a lock of its own so that nobody else waits for the log.
    pub(super) tally: Mutex<Tally>,
    /// How often to look for what other processes wrote, at most.
    interval: Duration,
}

/// Up to where the storage has been followed; behind a lock so that one request does it for all.
#[derive(Debug, Default)]
pub(super) struct Followed {
    writes: u64,
    polled: Option<Instant>,
}

impl Live {
    pub(super) fn new(stores: TenantStores, tenant: Arc<Tenant>, interval: Duration) -> Self {
        Self {
            stores,
            tenant: ArcSwap::new(tenant),
            catalog: RwLock::default(),
            models: ArcSwap::default(),
            writes: AtomicU64::new(0),
            followed: Mutex::default(),
            tally: Mutex::default(),
            interval,
        }
    }

    pub(super) fn tenant(&self) -> Arc<Tenant> {
        self.tenant.load_full()
    }

    pub(super) fn set_tenant(&self, tenant: Arc<Tenant>) {
        self.tenant.store(tenant);
    }

    pub(super) fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn models(&self) -> Arc<Models> {
        self.models.load_full()
    }

    /// Notes a write of this engine: the next [`Self::follow`] will see it.
    pub(super) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Release);
    }

    /// Brings the state up to date: with this engine's writes always, with those of other processes
    /// at most once an interval.
    pub(super) async fn follow(&self, compute: &Compute) -> Result<()> {
        let mut followed = self.followed.lock().await;
        if let Some(turn) = self.due(&followed) {
            self.follow_catalog().await?;
            self.follow_models(compute).await?;
            *followed = turn;
        }
        Ok(())
    }

    /// Returns what to note once the storage has been followed again, `None` if there is no need to.
    pub(super) fn due(&self, followed: &Followed) -> Option<Followed> {
        let writes = self.writes.load(Ordering::Acquire);
        let due = followed.polled.is_none_or(|polled| polled.elapsed() >= self.interval);
        let turn = || Followed { writes, polled: Some(Instant::now()) };
        (due || followed.writes != writes).then(turn)
    }

    async fn follow_catalog(&self) -> Result<()> {
        loop {
            let after = self.catalog().revision();
            let changes = self.stores.catalog.changes(after, CHANGES_CHUNK).await?;
            let last = changes.len() < CHANGES_CHUNK as usize;
            if !changes.is_empty() {
                let mut catalog = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
                // In place, unless a request works on the snapshot right now.
                Arc::make_mut(&mut catalog).apply(changes);
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn follow_models(&self, compute: &Compute) -> Result<()> {
        for version in self.stores.models.current_all().await? {
            if !self.models.load().knows(&version) {
                self.load(version, compute).await?;
            }
        }
        Ok(())
    }

    /// Loads a version and swaps it in. A file that cannot be read is reported once, and the former
    /// version stays.
    async fn load(&self, version: ModelVersion, compute: &Compute) -> Result<()> {
        let catalog = self.catalog();
        let loaded = match self.stores.models.fetch(version.id).await {
            Ok(file) => {
                let version = version.clone();
                let decode =
                    move || decode_model(&file).map(|model| Loaded::new(version, model, &catalog));
                compute.run(decode).await.map_err(|error| error.to_string())
            }
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        let mut models = Models::clone(&self.models.load());
        match loaded {
            Ok(loaded) => models.insert(loaded),
            Err(error) => {
                let (tenant, id) = (self.stores.id, version.id);
                tracing::error!(%tenant, model = %id, error, "cannot use a published model");
                models.mark_unusable(&version);
            }
        }
        self.models.store(Arc::new(models));
        Ok(())
    }
}
