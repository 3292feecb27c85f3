//! Vectors in this process.

mod file;
mod kept;
mod points;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use rayon::prelude::*;

use self::kept::{Kept, failed, path, saved};
use self::points::Points;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::VectorStore;
use crate::types::{InvalidField, ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};

/// A [`VectorStore`] of this process: exact, and seen at once. Clones share the vectors.
///
/// A search of a large collection reads a quarter of its bytes; few points that pass a filter are scored and the
/// others not looked at (see [`recsys_core::index`]). Points that came since the last build are scored one by one;
/// when they are more than one in 32, the call that brought them builds anew, during which searches go on.
///
/// Opened on a folder, it has what [`Self::save`] wrote there. What was not saved is lost with the process.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use recsys_store::traits::VectorStore;
/// use recsys_store::types::{ItemId, Metric, TenantId, VectorCollection, VectorPoint, VectorQuery};
/// use recsys_store::vectors::LocalVectors;
///
/// let vectors = LocalVectors::new();
/// let collection = VectorCollection::new(TenantId::generate(), "content", 2, Metric::Cosine)?;
/// vectors.create(&collection).await?;
/// let item = ItemId::generate();
/// let (category, tags) = (Some("tea".to_owned()), Vec::new());
/// let point = VectorPoint { item, vector: vec![3.0, 4.0], category, tags, is_active: true };
/// vectors.upsert(&collection, vec![point]).await?;
///
/// let hits = vectors.search(&collection, &VectorQuery::nearest(vec![0.0, 1.0], 10)).await?;
/// assert_eq!((hits[0].item, hits[0].score), (item, 0.8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct LocalVectors {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    folder: Option<PathBuf>,
    collections: RwLock<HashMap<VectorCollection, Arc<Kept>>>,
    /// Held while files are written.
    saving: Mutex<()>,
}

impl LocalVectors {
    /// Returns a store without collections and without a folder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens what was saved in `folder`, which need not exist. Blocks while it reads.
    ///
    /// # Errors
    /// `Corrupt` naming the file that is damaged, `UnsupportedVersion` for one of a newer version of the program,
    /// `Unavailable` if the folder cannot be read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        const OP: &str = "vectors.open";
        let folder = folder.into();
        let mut collections = HashMap::new();
        for path in saved(&folder).map_err(failed(OP, &folder))? {
            let bytes = fs::read(&path).map_err(failed(OP, &path))?;
            let (collection, points) = file::decode(&bytes).map_err(|error| {
                StoreError::new(Backend::Memory, OP, error.kind())
                    .with_context(format!("{}: {error}", path.display()))
            })?;
            let kept = Kept::new(collection.clone(), points, false);
            collections.insert(collection, Arc::new(kept));
        }
        let collections = RwLock::new(collections);
        let shared = Shared { folder: Some(folder), collections, saving: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Writes what has changed since it was last written, one file a collection, each whole or not at all. Does
    /// nothing without a folder.
    ///
    /// # Errors
    /// `Unavailable` if a file cannot be written.
    pub async fn save(&self) -> Result<()> {
        const OP: &str = "vectors.save";
        self.blocking(OP, |shared| {
            let Some(folder) = &shared.folder else { return Ok(()) };
            let _saving = shared.saving.lock().unwrap_or_else(PoisonError::into_inner);
            let all: Vec<Arc<Kept>> = shared.read().values().cloned().collect();
            for kept in &all {
                kept.save(folder)?;
            }
            let paths: Vec<PathBuf> =
                all.iter().map(|kept| path(folder, &kept.collection)).collect();
            for gone in saved(folder).map_err(failed(OP, folder))? {
                if !paths.contains(&gone) {
                    fs::remove_file(&gone).map_err(failed(OP, &gone))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Runs work to its end off the runtime, also when nobody waits for it any more.
    async fn blocking<T: Send + 'static>(
        &self,
        op: &'static str,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.unwrap_or_else(|error| {
            Err(StoreError::new(Backend::Memory, op, StoreErrorKind::Internal).with_source(error))
        })
    }
}

impl fmt::Debug for LocalVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVectors").field("folder", &self.shared.folder).finish_non_exhaustive()
    }
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<VectorCollection, Arc<Kept>>> {
        self.collections.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<VectorCollection, Arc<Kept>>> {
        self.collections.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, collection: &VectorCollection) -> Option<Arc<Kept>> {
        self.read().get(collection).cloned()
    }
}

#[async_trait]
impl VectorStore for LocalVectors {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        let collection = collection.clone();
        self.blocking("vectors.create", move |shared| {
            let points = Points::new(Vec::new(), collection.dimension())
                .expect("a collection has a dimension");
            let new = || Arc::new(Kept::new(collection.clone(), points, true));
            shared.write().entry(collection.clone()).or_insert_with(new);
            Ok(())
        })
        .await
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        const OP: &str = "vectors.upsert";
        let collection = collection.clone();
        self.blocking(OP, move |shared| {
            VectorPoint::check_all(&points, &collection).map_err(invalid(OP))?;
            let Some(kept) = shared.find(&collection) else {
                let what = format!("there is no collection of vectors {:?}", collection.purpose());
                let error = StoreError::new(Backend::Memory, OP, StoreErrorKind::NotFound);
                return Err(error.with_context(what));
            };
            let points = kept.read().prepare(points, &collection);
            kept.change(|kept| kept.put(points));
            Ok(())
        })
        .await
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        let (collection, items) = (collection.clone(), items.to_vec());
        self.blocking("vectors.delete", move |shared| {
            if let Some(kept) = shared.find(&collection) {
                kept.change(|points| {
                    for item in items {
                        points.delete(item);
                    }
                });
            }
            Ok(())
        })
        .await
    }

    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>> {
        query.check(collection).map_err(invalid("vectors.search"))?;
        let mut found = self.search_many(collection, std::slice::from_ref(query)).await?;
        Ok(found.pop().unwrap_or_default())
    }

    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>> {
        const OP: &str = "vectors.search";
        let (collection, queries) = (collection.clone(), queries.to_vec());
        self.blocking(OP, move |shared| {
            VectorQuery::check_all(&queries, &collection).map_err(invalid(OP))?;
            let Some(kept) = shared.find(&collection) else {
                return Ok(vec![Vec::new(); queries.len()]);
            };
            // Locked here and not on the threads that search: those may take up another search meanwhile.
            let points = &*kept.read();
            let search = |query| points.search(query, collection.metric());
            Ok(queries.par_iter().map(search).collect())
        })
        .await
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        let collection = collection.clone();
        self.blocking("vectors.count", move |shared| {
            Ok(shared.find(&collection).map_or(0, |kept| kept.read().len() as u64))
        })
        .await
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        let collection = collection.clone();
        self.blocking("vectors.remove", move |shared| {
            shared.write().remove(&collection);
            Ok(())
        })
        .await
    }
}

fn invalid(op: &'static str) -> impl Fn(InvalidField) -> StoreError {
    move |field| StoreError::invalid(Backend::Memory, op, &field)
}
