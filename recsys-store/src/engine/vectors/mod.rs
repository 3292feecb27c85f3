//! Keeping items findable by their descriptions.
//!
//! Nothing is queued: what an index lacks is what the followed catalogue says has changed after the revision up to which
//! it was filled. A task of its own catches up for each tenant, in the background, when something was written or when
//! following the storage found a change; it ends when there is nothing to do, and goes on trying while the vector
//! store or the embedder is away. So no write waits for an index, and what was missed meanwhile is found.
//!
//! Up to where an index was filled is known to this process only. What the next one does first depends on where the
//! vectors come from. Those of the catalogue's own words are cheap: all are made again. Those of another embedder
//! are taken to be right if their number is that of the items, but for items that changed within the last day. What has
//! the right number is searched while it is looked through.
//!
//! Engines that share a store each write what they see change, and each to the end, so the last write of any of
//! them is the newest state.

mod fill;
mod find;
mod fit;
mod state;

pub(super) use self::find::Found;
pub(super) use self::fit::EMBEDDER;
pub use self::state::IndexTrouble;
pub(super) use self::state::{Index, Target};

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use recsys_core::index::Metric;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Result, TenantEngine};
use crate::traits::{Embedder, VectorStore};
use crate::types::VectorCollection;

/// Batches under way at once, of all tenants.
const BATCHES: usize = 4;

/// What the indexes of all tenants share.
#[derive(Debug)]
pub(super) struct Indexing {
    /// Where vectors are kept; `None` if this process keeps none.
    store: Option<Arc<dyn VectorStore>>,
    /// What makes them, if it is not fitted on each catalogue.
    embedder: Option<Arc<dyn Embedder>>,
    turns: Semaphore,
    /// Items that wait to be written or deleted.
    waiting: AtomicUsize,
}

impl Indexing {
    pub(super) fn new(
        store: Option<Arc<dyn VectorStore>>,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Self {
        let (turns, waiting) = (Semaphore::new(BATCHES), AtomicUsize::new(0));
        Self { store, embedder, turns, waiting }
    }

    /// Counts items that wait, until they are taken off or the count is dropped.
    fn wait(&self, items: usize) -> Waiting<'_> {
        self.waiting.fetch_add(items, Ordering::Relaxed);
        let waiting = Waiting { indexing: self, items };
        waiting.show();
        waiting
    }
}

/// Items of one tenant that wait.
struct Waiting<'a> {
    indexing: &'a Indexing,
    items: usize,
}

impl Waiting<'_> {
    fn done(&mut self, items: usize) {
        let items = items.min(self.items);
        self.items -= items;
        self.indexing.waiting.fetch_sub(items, Ordering::Relaxed);
        self.show();
    }

    fn show(&self) {
        let waiting = self.indexing.waiting.load(Ordering::Relaxed);
        metrics::gauge!("vector_queue_length").set(waiting as f64);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.done(self.items);
    }
}

impl TenantEngine {
    /// Returns what the index of this tenant is to have; `None` if there is nothing to make vectors with.
    fn target(&self) -> Option<Arc<Target>> {
        let indexing = &self.shared.indexing;
        indexing.store.as_ref()?;
        let models = self.live.models();
        let (embedder, version): (Arc<dyn Embedder>, _) = match &indexing.embedder {
            Some(embedder) => (Arc::clone(embedder), None),
            None => {
                let (version, embedder) = models.embedder()?;
                (Arc::new(embedder.clone()), Some(version.id))
            }
        };
        let (name, dimension) = (embedder.name(), embedder.dimension());
        let (tenant, metric) = (self.stores().id, Metric::Cosine);
        let collection = VectorCollection::new(tenant, name, dimension, metric)
            .inspect_err(|error| tracing::error!(%error, "an embedder cannot be used"))
            .ok()?;
        Some(Arc::new(Target { embedder, version, collection }))
    }

    /// Has the index filled in the background, if it is behind what serving works on.
    pub(super) fn tend_index(&self) {
        if self.is_index_behind() {
            self.refill_index();
        }
    }

    fn is_index_behind(&self) -> bool {
        self.embedder_version().is_some_and(|version| {
            self.live.index.is_behind(version, self.live.catalog().description())
        })
    }

    /// Returns the version of the embedder if it was fitted on the catalogue; `None` if there is no index to fill, or
    /// nothing to fill it with.
    fn embedder_version(&self) -> Option<Option<Uuid>> {
        let indexing = &self.shared.indexing;
        indexing.store.as_ref()?;
        match &indexing.embedder {
            Some(_) => Some(None),
            None => self.live.models().embedder().map(|(version, _)| Some(version.id)),
        }
    }

    /// Waits until similar items are found among all items that there were at the call. Nobody has to: what was written is
    /// found a moment later. While the vector store or the embedder is away this takes as long.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn wait_for_index(&self) -> Result<()> {
        loop {
            let rested = self.live.index.rested();
            self.follow().await?;
            if !self.is_index_behind() {
                return Ok(());
            }
            rested.await;
        }
    }

    /// Has the index filled in the background with what was written just now, if there is one.
    pub(super) fn refill_index(&self) {
        if self.embedder_version().is_some() && self.live.index.want() {
            fill::spawn(self);
        }
    }
}
