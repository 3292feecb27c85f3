//! Latent semantic analysis: TF-IDF and a truncated singular value decomposition.

mod columns;
mod file;
mod fit;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use recsys_core::data::ItemFeatures;
use recsys_core::linalg::{axpy, dot};

use self::columns::Columns;
use super::check_count;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::sealed::SealedError;
use crate::traits::Embedder;

/// Length of the vectors.
const DIMENSION: usize = 64;
/// Items in one call: some ten milliseconds.
const AT_ONCE: usize = 1_000;
/// Shorter vectors are rounding errors.
const SHORTEST: f32 = 1e-6;
/// A catalogue's vectors have one of so many names by turns.
const NAMES: u64 = 8;

/// An [`Embedder`] that knows the words and categories of one catalogue, and what goes with what in it.
///
/// ```text
/// x = (√⅔ · t, √⅓ · c)     t: TF-IDF of the words, c: categories and tags, each of length 1
/// v = Vᵀ x                 V: the leading right singular vectors of the catalogue's x, 64 of them
/// ```
///
/// So the cosine of two vectors is near that of the descriptions, and items that use different words of
/// the same field are near each other too. The columns are the 20,000 most frequent words and as many categories;
/// an item without any of them has no vector. Measurements are left out.
///
/// Fitting takes a few passes over the texts. What was fitted is small (a quarter of a kilobyte for each column) and
/// can be written and read, so that an item created later is placed as the others were. Clones share it.
///
/// S. Deerwester et al.: *Indexing by latent semantic analysis*, Journal of the American Society for Information
/// Science 1990.
#[derive(Clone)]
pub struct LatentSemantics {
    fitted: Arc<Fitted>,
}

struct Fitted {
    name: String,
    generation: u64,
    n_items: u64,
    columns: Columns,
    /// The rows of V, one for each column.
    directions: Vec<f32>,
}

impl LatentSemantics {
    /// Puts the parts together; `directions` has a row for each column.
    fn new(generation: u64, n_items: u64, columns: Columns, directions: Vec<f32>) -> Self {
        let name = format!("lsa_{}", generation % NAMES);
        let fitted = Fitted { name, generation, n_items, columns, directions };
        Self { fitted: Arc::new(fitted) }
    }

    /// Returns how many times the catalogue was fitted before: the name goes by it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.fitted.generation
    }

    /// Returns the number of items it was fitted on.
    #[must_use]
    pub fn n_items(&self) -> u64 {
        self.fitted.n_items
    }

    /// Writes what was fitted.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        file::encode(&self.fitted)
    }

    /// Reads what was fitted.
    ///
    /// # Errors
    /// `Corrupt` for damaged bytes, `UnsupportedVersion` for those of a newer version of the program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        file::decode(bytes).map_err(|error: SealedError| {
            StoreError::new(Backend::Memory, "embedder.read", error.kind())
                .with_context(format!("a fitted embedder cannot be read: {error}"))
        })
    }

    /// Places items, in their order.
    fn place(&self, items: &[ItemFeatures]) -> Vec<Option<Vec<f32>>> {
        let Fitted { columns, directions, .. } = &*self.fitted;
        let directions = directions.as_chunks::<DIMENSION>().0;
        let place = |row: Vec<(u32, f32)>| {
            let mut vector = vec![0.0; DIMENSION];
            for (column, weight) in row {
                axpy(weight, &directions[column as usize], &mut vector);
            }
            (dot(&vector, &vector).sqrt() > SHORTEST).then_some(vector)
        };
        columns.rows(items).into_iter().map(place).collect()
    }
}

impl fmt::Debug for LatentSemantics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fitted { name, generation, n_items, columns, directions: _ } = &*self.fitted;
        f.debug_struct("LatentSemantics")
            .field("name", name)
            .field("generation", generation)
            .field("n_items", n_items)
            .field("n_columns", &columns.len())
            .finish()
    }
}

#[async_trait]
impl Embedder for LatentSemantics {
    fn name(&self) -> &str {
        &self.fitted.name
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    async fn embed(&self, items: Vec<ItemFeatures>) -> Result<Vec<Option<Vec<f32>>>> {
        check_count(Backend::Memory, items.len(), AT_ONCE)?;
        let fitted = self.clone();
        let done = tokio::task::spawn_blocking(move || fitted.place(&items)).await;
        done.map_err(|error| {
            let kind = StoreErrorKind::Internal;
            StoreError::new(Backend::Memory, "embedder.embed", kind).with_source(error)
        })
    }
}
