//! Vectors of what items are described by.

use std::fmt::Debug;

use async_trait::async_trait;
use recsys_core::data::ItemFeatures;

use crate::error::Result;

/// Places items so that those which are described alike are near each other, by the cosine of their vectors. Every
/// implementation keeps these promises, and [`embedder_suite!`](crate::embedder_suite) (feature `testing`) checks
/// them:
///
/// - **In order**: there is one answer for each item, in the order of the items.
/// - **Sized**: each vector has [`Self::dimension`] finite values, not all of them zero.
/// - **Stable**: an item has the same vector, up to rounding, in whatever call, company and process, as long as the
///   name is the same. What would place items differently has another name, so vectors of different kinds never
///   meet: the name is the purpose of the collection in which they are kept.
/// - **Bounded**: more items than [`Self::at_once`] are `InvalidInput` naming `items`.
///
/// A call that may succeed later is `Unavailable`, and the caller repeats it, no sooner than the error's
/// [`retry_after`](crate::StoreError::retry_after). It has no other effect than its answer, so its future may be dropped.
#[async_trait]
pub trait Embedder: Debug + Send + Sync + 'static {
    /// Returns the name of this kind of vectors, as
    /// [`VectorCollection::new`](crate::types::VectorCollection::new) takes it for a purpose.
    fn name(&self) -> &str;

    /// Returns the number of values of each vector.
    fn dimension(&self) -> usize;

    /// Returns how many items one call takes, one at least.
    fn at_once(&self) -> usize;

    /// Returns a vector for each item; none for one of which it knows nothing to go by.
    async fn embed(&self, items: Vec<ItemFeatures>) -> Result<Vec<Option<Vec<f32>>>>;
}
