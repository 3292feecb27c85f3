//! The live state of one tenant: what serving works on, and how it follows the storage.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::catalog::Catalog;
use super::compute::Compute;
use super::models::{Decoded, Models};
use super::trending::Tally;
use super::vectors::Index;
use super::versions::Versions;
use super::{ErrorCode, Result};
use crate::traits::{Storage, TenantStores};
use crate::types::{ModelVersion, Revisions, Tenant, UserId};

/// Catalogue changes read at once.
const CHANGES_CHUNK: u32 = 5_000;
/// With more new events than this, all histories count as changed.
const EVENTS_FOLLOWED: u32 = 5_000;

#[derive(Debug)]
pub(super) struct Live {
    pub(super) stores: TenantStores,
    storage: Arc<dyn Storage>,
    tenant: ArcSwap<Settled>,
    catalog: RwLock<Arc<Catalog>>,
    models: ArcSwap<Models>,
    versions: std::sync::Mutex<Versions>,
    /// Counts what this engine wrote that serving must see at once.
    writes: AtomicU64,
    /// When the tenant was last asked for.
    used: AtomicU64,
    followed: Mutex<Followed>,
    /// What is trending; behind a lock of its own so that nobody else waits for the log.
    pub(super) tally: Mutex<Tally>,
    /// Where items are found by their descriptions.
    pub(super) index: Index,
    /// How often to look for what other processes wrote, at most.
    interval: Duration,
}

/// The row of the tenant.
#[derive(Debug)]
struct Settled {
    tenant: Arc<Tenant>,
    /// A name for its settings.
    settings: Uuid,
    read: Instant,
}

impl Settled {
    fn now(tenant: Arc<Tenant>) -> Self {
        let settings = serde_json::json!(tenant.settings).to_string();
        let settings = Uuid::new_v5(&Uuid::NAMESPACE_OID, settings.as_bytes());
        Self { tenant, settings, read: Instant::now() }
    }
}

/// Up to where the storage has been followed; behind a lock so that one request does it for all.
#[derive(Debug, Default)]
struct Followed {
    writes: u64,
    /// When the latest look at the storage began.
    polled: Option<Instant>,
    /// What it found, and is followed.
    revisions: Option<Revisions>,
    /// When the storage last could not be reached.
    failed: Option<Instant>,
}

/// Returns a moment as nanoseconds on a clock of this process.
fn elapsed_since_start(moment: Instant) -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(moment.saturating_duration_since(*START).as_nanos()).unwrap_or(u64::MAX)
}

impl Live {
    pub(super) fn new(storage: Arc<dyn Storage>, tenant: Arc<Tenant>, interval: Duration) -> Self {
        Self {
            stores: storage.tenant(tenant.id),
            storage,
            tenant: ArcSwap::from_pointee(Settled::now(tenant)),
            catalog: RwLock::default(),
            models: ArcSwap::default(),
            versions: std::sync::Mutex::default(),
            writes: AtomicU64::new(0),
            used: AtomicU64::new(elapsed_since_start(Instant::now())),
            followed: Mutex::default(),
            tally: Mutex::default(),
            index: Index::default(),
            interval,
        }
    }

    pub(super) fn tenant(&self) -> Arc<Tenant> {
        Arc::clone(&self.tenant.load().tenant)
    }

    /// Returns the tenant, and a name for its settings: another one whenever they change.
    pub(super) fn tenant_and_settings(&self) -> (Arc<Tenant>, Uuid) {
        let settled = self.tenant.load();
        (Arc::clone(&settled.tenant), settled.settings)
    }

    pub(super) fn set_tenant(&self, tenant: Arc<Tenant>) {
        self.tenant.store(Arc::new(Settled::now(tenant)));
    }

    /// Tells whether the row of the tenant was read within the interval.
    pub(super) fn knows_tenant(&self) -> bool {
        self.tenant.load().read.elapsed() < self.interval
    }

    /// Returns how old what was read may be.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns the version of a user's history.
    pub(super) fn version_of(&self, user: UserId) -> u64 {
        self.versions().of(user)
    }

    /// Returns up to where the log has been followed.
    pub(super) fn log_position(&self) -> u64 {
        self.versions().position().unwrap_or(0)
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether the storage was followed before.
    pub(super) fn was_followed(&self) -> bool {
        self.versions().position().is_some()
    }

    /// Returns the catalogue if it is up to date without reading anything.
    pub(super) fn fresh_catalog(&self) -> Option<Arc<Catalog>> {
        let followed = self.followed.try_lock().ok()?;
        let fresh = followed.polled.is_some_and(|polled| polled.elapsed() < self.interval);
        (fresh && followed.writes == self.writes.load(Ordering::Acquire)).then(|| self.catalog())
    }

    pub(super) fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn models(&self) -> Arc<Models> {
        self.models.load_full()
    }

    /// Returns when the tenant was last asked for, on a clock of this process.
    pub(super) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Forgets the models, which the next request loads again.
    pub(super) fn unload(&self) {
        self.models.store(Arc::new(self.models.load().unloaded()));
        self.wrote();
    }

    /// Notes a write of this engine: the next [`Self::follow`] will see it.
    pub(super) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Release);
    }

    /// Brings the state up to date: with this engine's writes always, with those of other processes
    /// at most once an interval; with an interval of zero, with everything that was committed before the
    /// call, by one look at the storage for all who wait for it. While the storage cannot be reached the state stays as it was, if there
    /// is one, and another attempt is made after an interval. Returns whether models were loaded.
    pub(super) async fn follow(&self, compute: &Compute) -> Result<bool> {
        let arrived = Instant::now();
        self.used.store(elapsed_since_start(arrived), Ordering::Relaxed);
        let mut followed = self.followed.lock().await;
        if !self.is_due(&followed, arrived) {
            return Ok(false);
        }
        let (writes, polled) = (self.writes.load(Ordering::Acquire), Some(Instant::now()));
        match self.catch_up(followed.revisions.as_ref(), compute).await {
            Ok((revisions, loaded)) => {
                let revisions = Some(revisions);
                *followed = Followed { writes, polled, revisions, failed: None };
                Ok(loaded)
            }
            Err(error) if error.code() == ErrorCode::Unavailable && followed.polled.is_some() => {
                tracing::warn!(tenant = %self.stores.id, %error, "serving without the storage");
                followed.failed = Some(Instant::now());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Tells whether somebody who came at `arrived` needs another look at the storage. One that began later
    /// was for all who waited.
    fn is_due(&self, followed: &Followed, arrived: Instant) -> bool {
        let within =
            |moment: Option<Instant>| moment.is_some_and(|moment| moment.elapsed() < self.interval);
        let since = |moment: Option<Instant>| moment.is_some_and(|moment| moment >= arrived);
        let current = (within(followed.polled)
            && followed.writes == self.writes.load(Ordering::Acquire))
            || since(followed.polled);
        !current && !within(followed.failed) && !since(followed.failed)
    }

    /// Reads what has changed since `known`; returns how far it came, and whether models were loaded.
    async fn catch_up(
        &self,
        known: Option<&Revisions>,
        compute: &Compute,
    ) -> Result<(Revisions, bool)> {
        let now = self.storage.tenants().revisions(self.stores.id).await?;
        self.follow_log(now.log).await?;
        if known.is_none_or(|known| known.catalog != now.catalog) {
            self.follow_catalog().await?;
        }
        let loads = now.models.iter().any(|version| !self.models.load().knows(*version));
        if loads {
            self.follow_models(compute).await?;
        }
        Ok((now, loads))
    }

    /// Finds out whose histories have changed. A place without an event was left by something erased:
    /// whose, the log does not say.
    async fn follow_log(&self, last: u64) -> Result<()> {
        let position = self.versions().position();
        if position == Some(last) {
            return Ok(());
        }
        let new = position.and_then(|position| last.checked_sub(position));
        let new = new.and_then(|new| u32::try_from(new).ok()).filter(|new| *new <= EVENTS_FOLLOWED);
        let events = match position.zip(new) {
            Some((position, new)) => self.stores.interactions.scan(position, new).await?,
            None => Vec::new(),
        };
        let whole = new.is_some_and(|new| new as usize == events.len())
            && events.last().is_some_and(|event| event.sequence == last);
        if whole {
            self.versions().follow(&events, last);
        } else {
            self.versions().restart(last);
        }
        Ok(())
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
            if !self.models.load().knows(version.id) {
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
                let decode = move || Decoded::new(version, &file, &catalog);
                compute.run(decode).await
            }
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        let mut models = Models::clone(&self.models.load());
        match loaded {
            Ok(Decoded::Model(loaded)) => models.insert(loaded),
            Ok(Decoded::Embedder(version, embedder)) => models.set_embedder(version, embedder),
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
