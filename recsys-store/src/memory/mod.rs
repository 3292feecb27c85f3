//! The in-memory backend: exact, strict, gone with the process.
//!
//! One mutex guards everything and is held for the length of one call, which is what makes every
//! call atomic. It is meant for tests, examples and small embedded uses.

mod archive;
mod cache;
mod catalog;
mod interactions;
mod jobs;
mod limiter;
mod models;
mod sessions;
mod state;
mod tenants;
mod users;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

pub use self::cache::MemoryCache;
pub use self::limiter::MemoryLimiter;
#[cfg(feature = "redis")]
pub(crate) use self::limiter::{check_charges, part_length};
use self::state::{State, TenantState};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::MODELS_KEPT;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::{InvalidField, TenantId};

/// Storage in process memory. Clones share the data.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), recsys_store::StoreError> {
/// use recsys_store::types::{NewTenant, Tier};
/// use recsys_store::{MemoryStorage, Storage};
///
/// let storage = MemoryStorage::new();
/// let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
/// let tenant = storage.tenants().create(new).await?;
/// assert_eq!(storage.tenant(tenant.id).users.count().await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    shared: Shared,
}

impl MemoryStorage {
    /// Returns an empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns an empty storage that keeps so many versions of each model; 3 unless it is told.
    #[must_use]
    pub fn keeping_models(versions: NonZeroU32) -> Self {
        let shared = Shared { models_kept: versions, ..Shared::default() };
        Self { shared }
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        &self.shared
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let tenant = Arc::new(MemoryTenant { shared: self.shared.clone(), id });
        TenantStores {
            id,
            archive: tenant.clone(),
            catalog: tenant.clone(),
            interactions: tenant.clone(),
            jobs: tenant.clone(),
            models: tenant.clone(),
            sessions: tenant.clone(),
            users: tenant,
        }
    }

    async fn migrate(&self) -> Result<u64> {
        Ok(1)
    }

    async fn health(&self) -> Result<()> {
        Ok(())
    }

    async fn close(&self) {}
}

/// The data behind its lock.
#[derive(Clone, Debug)]
struct Shared {
    state: Arc<Mutex<State>>,
    models_kept: NonZeroU32,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Arc::default(), models_kept: MODELS_KEPT }
    }
}

impl Shared {
    /// Every change is made after everything was checked, so a poisoned state is still whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All stores of one tenant.
#[derive(Debug)]
struct MemoryTenant {
    shared: Shared,
    id: TenantId,
}

impl MemoryTenant {
    /// Runs `read` on the tenant's rows; on empty ones if the tenant does not exist.
    fn read<T>(&self, read: impl FnOnce(&TenantState) -> T) -> T {
        let state = self.shared.lock();
        match state.tenants.get(&self.id) {
            Some(tenant) => read(tenant),
            None => read(&TenantState::default()),
        }
    }

    /// Runs `write` on the tenant's rows; `NotFound` if the tenant does not exist.
    fn write<T>(
        &self,
        op: &'static str,
        write: impl FnOnce(&mut TenantState) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.shared.lock();
        match state.tenants.get_mut(&self.id) {
            Some(tenant) => write(tenant),
            None => Err(missing(op, format!("tenant {} does not exist", self.id))),
        }
    }
}

fn missing(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Memory, op, StoreErrorKind::NotFound).with_context(what)
}

fn taken(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Memory, op, StoreErrorKind::AlreadyExists).with_context(what)
}

fn invalid(op: &'static str) -> impl Fn(InvalidField) -> StoreError {
    move |field| StoreError::invalid(Backend::Memory, op, &field)
}

/// Turns a limit of the interface into one for iterators.
fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
