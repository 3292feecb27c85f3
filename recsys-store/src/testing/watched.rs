//! A storage that counts its calls and fails on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::around::{Around, Wrapped};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Another storage, watched.
#[derive(Debug)]
pub struct WatchedStorage(Wrapped<Watch>);

impl WatchedStorage {
    /// Watches `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Storage>) -> Self {
        Self(Wrapped::new(inner, Watch::default()))
    }

    /// Returns what sees and decides.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.0.around.clone()
    }
}

#[async_trait]
impl Storage for WatchedStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        self.0.tenants()
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        self.0.tenant(id)
    }

    async fn migrate(&self) -> Result<u64> {
        self.0.migrate().await
    }

    async fn health(&self) -> Result<()> {
        self.0.health().await
    }

    async fn close(&self) {
        self.0.close().await;
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

impl Around for Watch {
    async fn run<T: Send>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.call(call)?;
        work.await
    }
}
