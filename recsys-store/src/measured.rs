//! How long the calls of a storage take.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use crate::around::{Around, Wrapped};
use crate::error::Result;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Another storage, whose calls are timed for whoever has installed a recorder of the `metrics` crate:
/// `store_call_duration_seconds`, with the labels `store`, `call` and `status` (`ok` or `error`). A call whose
/// caller goes away is not counted.
#[derive(Clone, Debug)]
pub struct MeasuredStorage(Wrapped<Stopwatch>);

impl MeasuredStorage {
    /// Times the calls of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Storage>) -> Self {
        Self(Wrapped::new(inner, Stopwatch))
    }
}

#[async_trait]
impl Storage for MeasuredStorage {
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

#[derive(Clone, Debug)]
struct Stopwatch;

impl Around for Stopwatch {
    async fn run<T: Send>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let began = Instant::now();
        let outcome = work.await;
        let (store, call) = call.split_once('.').unwrap_or(("storage", call));
        let status = if outcome.is_ok() { "ok" } else { "error" };
        let labels = [("store", store), ("call", call), ("status", status)];
        metrics::histogram!("store_call_duration_seconds", &labels).record(began.elapsed());
        outcome
    }
}
