//! An index and an embedder with weaknesses.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use recsys_core::data::ItemFeatures;
use recsys_store::embedders::LatentSemantics;
use recsys_store::error::{Backend, Result, StoreError, StoreErrorKind};
use recsys_store::traits::{Embedder, VectorStore};
use recsys_store::types::{ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};
use recsys_store::vectors::LocalVectors;

/// An index that does not do as it is told while it is `stubborn`, and does not end a write while it is `stuck`.
#[derive(Debug, Default)]
pub(super) struct Stubborn {
    inner: LocalVectors,
    pub(super) stubborn: AtomicBool,
    pub(super) stuck: AtomicBool,
}

#[async_trait]
impl VectorStore for Stubborn {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        self.inner.create(collection).await
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        if self.stuck.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.stubborn.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.inner.upsert(collection, points).await
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        if self.stubborn.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.inner.delete(collection, items).await
    }

    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>> {
        self.inner.search(collection, query).await
    }

    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>> {
        self.inner.search_many(collection, queries).await
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        self.inner.count(collection).await
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        self.inner.remove(collection).await
    }
}

/// An embedder of a fixed catalogue that fails some times.
#[derive(Debug)]
pub(super) struct Ailing {
    pub(super) inner: LatentSemantics,
    pub(super) failures: AtomicUsize,
    /// Never takes a text with this in it.
    pub(super) refused: &'static str,
}

#[async_trait]
impl Embedder for Ailing {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn at_once(&self) -> usize {
        2
    }

    async fn embed(&self, items: Vec<ItemFeatures>) -> Result<Vec<Option<Vec<f32>>>> {
        let left = |left: usize| left.checked_sub(1);
        let (store, load) = (Ordering::SeqCst, Ordering::SeqCst);
        if self.failures.fetch_update(store, load, left).is_ok() {
            let kind = StoreErrorKind::Unavailable;
            return Err(StoreError::new(Backend::OpenAi, "embedder.embed", kind));
        }
        if items.iter().any(|item| item.text.contains(self.refused)) {
            let kind = StoreErrorKind::Internal;
            return Err(StoreError::new(Backend::OpenAi, "embedder.embed", kind));
        }
        self.inner.embed(items).await
    }
}
