//! Indexes of vectors.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};

/// Finds the items whose vectors are nearest to a given one. Every implementation keeps these promises, and
/// [`vector_store_suite!`](crate::vector_store_suite) (feature `testing`) checks them:
///
/// - **Scoped**: a collection names its tenant, and nothing of another tenant is found, counted or removed.
/// - **Oriented**: scores are cosines or inner products, so that larger is nearer with every backend. Hits come by
///   score descending, those of equal score by item.
/// - **Filled**: a filter makes no list shorter while there are points that pass it.
/// - **Checked**: wrong input is `InvalidInput` naming index and field (`points[3].vector`), and nothing of the call
///   has happened then. [`VectorPoint::check_all`] and [`VectorQuery::check_all`] say what is wrong.
/// - **Uncut**: dropping the future of a write does not leave a point that is half the old and half the new one.
///
/// Vectors are made from what the storage has, and can be made again: a write that has returned may be lost with
/// the process, and a call that failed may have done a part of its work; the same call again sets it right. How soon
/// a write is seen is up to the backend: at once in process, later where a service says so.
///
/// Searches may be approximate; the implementation in this process is exact.
#[async_trait]
pub trait VectorStore: Debug + Send + Sync + 'static {
    /// Makes a collection ready for points. One that is ready stays as it is.
    async fn create(&self, collection: &VectorCollection) -> Result<()>;

    /// Adds points, each in place of a former one of its item. An item that comes twice is `InvalidInput`;
    /// `NotFound` if the collection was not created.
    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()>;

    /// Deletes the points of items; those that have none are left out.
    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()>;

    /// Returns the points nearest to a vector, fewer than were asked for only if fewer pass the filter. None if
    /// the collection was not created. Errors as for [`Self::search_many`], without the index.
    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>>;

    /// Answers queries, in their order, each as [`Self::search`] would.
    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>>;

    /// Returns the number of points, 0 if the collection was not created.
    async fn count(&self, collection: &VectorCollection) -> Result<u64>;

    /// Removes a collection with its points; one that is not there is no error.
    async fn remove(&self, collection: &VectorCollection) -> Result<()>;
}
