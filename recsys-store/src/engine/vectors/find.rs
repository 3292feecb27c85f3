//! Finding the items that are described like one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::super::TenantEngine;
use super::super::catalog::Catalog;
use super::super::list::Neighbour;
use super::{IndexTrouble, Target};
use crate::error::{Backend, StoreError, StoreErrorKind};
use crate::features::of_item;
use crate::traits::VectorStore;
use crate::types::{Item, ItemId, VectorFilter, VectorQuery};

/// How long a vector store or an embedder may take for an answer that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Points asked for beyond those that are wanted: some may be of items that are gone.
const SPARE: usize = 10;
/// Points asked for at once, at most.
const AT_ONCE: usize = 1_000;
/// Points that are passed over before the rest is left to others.
const PASSED_OVER: usize = 10_000;

/// What a search gave.
#[derive(Debug, Default)]
pub(in super::super) struct Found {
    /// Best first, those that the catalogue has and are active.
    pub(in super::super) places: Vec<Neighbour>,
    /// Whether something was away, so that there may be more later.
    pub(in super::super) is_partial: bool,
}

impl TenantEngine {
    /// Finds items that are described like `item`, at most `limit`; none where there is no index.
    pub(in super::super) async fn described_like(
        &self,
        catalog: &Catalog,
        item: &Item,
        limit: usize,
    ) -> Found {
        let index = &self.live.index;
        let Some((target, store)) = index.searched().zip(self.shared.indexing.store.as_ref())
        else {
            return Found::default();
        };
        let mut found = Found::default();
        if index.embedder_rests() {
            return Found { is_partial: true, ..found };
        }
        let begun = Instant::now();
        let trouble = match within(embed(&target, item)).await {
            Ok(None) => return found,
            Ok(Some(vector)) => {
                let searching = search(&**store, &target, vector, catalog, item, limit, &mut found);
                let searched = timeout(PATIENCE, searching).await;
                let searched = searched.unwrap_or_else(|_| Err(too_late("vectors.search")));
                searched.map_err(|error| (IndexTrouble::Vectors, error))
            }
            Err(error) => Err((IndexTrouble::Embedder, error)),
        };
        let status = if trouble.is_ok() { "ok" } else { "error" };
        metrics::histogram!("vector_search_duration_seconds", "status" => status)
            .record(begun.elapsed());
        if let Err((trouble, error)) = trouble {
            let (tenant, operation) = (self.stores().id, "search");
            tracing::warn!(%tenant, %error, ?trouble, "items are not found by description");
            metrics::counter!("vector_failures_total", "operation" => operation).increment(1);
            found.is_partial = true;
            match trouble {
                IndexTrouble::Embedder => index.rest_embedder(),
                IndexTrouble::Vectors => {
                    // Tried in the background from now on, so that nobody else waits for it.
                    index.failed(trouble);
                    self.refill_index();
                }
            }
        }
        found
    }
}

async fn embed(target: &Target, item: &Item) -> Result<Option<Vec<f32>>, StoreError> {
    Ok(target.embedder.embed(vec![of_item(item)]).await?.pop().flatten())
}

/// Searches until there are enough or no more; what was found before a failure stays.
async fn search(
    store: &dyn VectorStore,
    target: &Arc<Target>,
    vector: Vec<f32>,
    catalog: &Catalog,
    item: &Item,
    limit: usize,
    found: &mut Found,
) -> Result<(), StoreError> {
    let mut passed: Vec<ItemId> = vec![item.id];
    while found.places.len() < limit && passed.len() < PASSED_OVER {
        let k = (limit - found.places.len() + SPARE).min(AT_ONCE);
        let exclude = passed.clone();
        let filter = VectorFilter { exclude, only_active: true, ..VectorFilter::default() };
        let query = VectorQuery { vector: vector.clone(), k, filter };
        let hits = store.search(&target.collection, &query).await?;
        for hit in &hits {
            // As with models, items that have nothing in common are not similar.
            if hit.score < f32::MIN_POSITIVE || found.places.len() == limit {
                return Ok(());
            }
            passed.push(hit.item);
            // The index may lag behind the catalogue, which decides.
            if catalog.get(hit.item).is_some_and(|other| other.is_active) {
                found.places.push(Neighbour {
                    item: hit.item,
                    score: f64::from(hit.score),
                    reason: format!("described like {}", item.title),
                });
            }
        }
        if hits.len() < k {
            return Ok(());
        }
    }
    Ok(())
}

async fn within<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(too_late("embedder.embed")))
}

fn too_late(op: &'static str) -> StoreError {
    StoreError::new(Backend::Memory, op, StoreErrorKind::Unavailable)
        .with_context(format!("{op} took longer than {PATIENCE:?}"))
}
