//! The task that fills the index of a tenant.

use std::error::Error as _;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use recsys_core::data::ItemFeatures;

use super::super::handle::Shared;
use super::super::live::Live;
use super::super::{EngineError, TenantEngine};
use super::{IndexTrouble, Target};
use crate::error::{Backend, StoreError, StoreErrorKind};
use crate::features::of_item;
use crate::traits::{Embedder, VectorStore};
use crate::types::{Item, ItemId, VectorPoint, now};

/// The first and the longest wait after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// The longest wait that a service is granted when it asks for one.
const GRANTED: Duration = Duration::from_secs(300);
/// How recent a change is that a process which starts may have been the one to index, and have died.
const RECENT: TimeDelta = TimeDelta::days(1);

/// Why filling stopped.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the vectors of items could not be made")]
    Embedder(#[source] StoreError),
    #[error("the catalogue could not be followed")]
    Storage(#[source] EngineError),
    #[error("the filling was torn down")]
    Torn(#[source] tokio::task::JoinError),
    #[error("the vectors of items could not be written")]
    Vectors(#[source] StoreError),
}

impl Failure {
    /// Returns the name of what failed, for metrics.
    fn operation(&self) -> &'static str {
        match self {
            Self::Embedder(_) => "embed",
            Self::Storage(_) => "follow",
            Self::Torn(_) => "fill",
            Self::Vectors(_) => "write",
        }
    }

    fn trouble(&self) -> Option<IndexTrouble> {
        match self {
            Self::Embedder(_) => Some(IndexTrouble::Embedder),
            Self::Vectors(_) => Some(IndexTrouble::Vectors),
            Self::Storage(_) | Self::Torn(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Embedder(error) | Self::Vectors(error) => error.retry_after(),
            Self::Storage(_) | Self::Torn(_) => None,
        }
    }
}

/// Starts the task. It does not keep the engine alive while it waits.
pub(super) fn spawn(engine: &TenantEngine) {
    tokio::spawn(tend(Arc::downgrade(&engine.shared), Arc::downgrade(&engine.live)));
}

/// Fills the index until there is nothing to do, waiting longer and longer while it fails.
async fn tend(shared: Weak<Shared>, live: Weak<Live>) {
    let (first, longest) = PAUSES;
    let mut pause = first;
    loop {
        let Some((shared, live)) = shared.upgrade().zip(live.upgrade()) else { return };
        let engine = TenantEngine::new(shared, live);
        let index = &engine.live.index;
        index.begin();
        let filling = engine.clone();
        let filled = tokio::spawn(async move { filling.fill_index().await }).await;
        let failure = match filled {
            Ok(Ok(())) if index.rest() => return,
            Ok(Ok(())) => {
                pause = first;
                continue;
            }
            Ok(Err(failure)) => failure,
            Err(torn) if torn.is_cancelled() => return, // the runtime is shutting down
            Err(torn) => Failure::Torn(torn),
        };
        let tenant = engine.stores().id;
        let cause = failure.source().map(ToString::to_string);
        tracing::warn!(%tenant, error = %failure, cause, ?pause, "an index is not filled");
        metrics::counter!("vector_failures_total", "operation" => failure.operation()).increment(1);
        if let Some(trouble) = failure.trouble() {
            index.failed(trouble);
        }
        let asked = failure.retry_after().unwrap_or_default().min(GRANTED);
        drop(engine);
        tokio::time::sleep(pause.max(asked)).await;
        pause = (pause * 2).min(longest);
    }
}

/// What is to be looked at.
#[derive(Clone, Copy)]
enum Since {
    /// What changed after this revision.
    Revision(u64),
    /// What changed after this moment, and all that was deleted.
    Moment(DateTime<Utc>),
}

impl TenantEngine {
    /// Brings the index up to the catalogue, and up to the embedder that there is now.
    async fn fill_index(&self) -> Result<(), Failure> {
        self.follow_storage().await.map_err(Failure::Storage)?;
        let indexing = &self.shared.indexing;
        let Some((target, store)) = self.target().zip(indexing.store.as_ref()) else {
            return Ok(());
        };
        let index = &self.live.index;
        let catalog = self.live.catalog();
        let (revision, items) = (catalog.description(), catalog.len() as u64);
        drop(catalog); // it is copied if it changes while somebody holds it
        let since = self.since(&**store, &target, items).await.map_err(Failure::Vectors)?;
        let changed = self.changed(&since).await;
        let mut waiting = indexing.wait(changed.len());
        let at_once = target.embedder.at_once().max(1);
        for (number, batch) in changed.chunks(at_once).enumerate() {
            let _turn = indexing.turns.acquire().await;
            let slots = batch.iter().map(|(_, slot)| *slot).collect();
            self.write_batch(&**store, &target, slots).await?;
            waiting.done(batch.len());
            // Changes of one revision are in when the last of them is.
            let last = batch.last().map_or(0, |(revision, _)| *revision);
            let next = changed.get((number + 1) * at_once).map(|(revision, _)| *revision);
            if let (Since::Revision(_), Some(next)) = (&since, next) {
                index.advance(&target, if next > last { last } else { last.saturating_sub(1) });
            }
        }
        let points = store.count(&target.collection).await.map_err(Failure::Vectors)?;
        if let Some(former) = index.settle(&target, revision, points)
            && let Err(error) = store.remove(&former.collection).await
        {
            let tenant = self.stores().id;
            tracing::warn!(%tenant, %error, "vectors of a former embedder are left behind");
        }
        Ok(())
    }

    /// Finds out what the collection may lack. `items` is the number of items.
    async fn since(
        &self,
        store: &dyn VectorStore,
        target: &Arc<Target>,
        items: u64,
    ) -> Result<Since, StoreError> {
        let collection = &target.collection;
        let progress = self.live.index.progress(target);
        if let Some(progress) = progress.as_ref().filter(|progress| !progress.was_away) {
            return Ok(Since::Revision(progress.revision));
        }
        store.create(collection).await?;
        let count = store.count(collection).await?;
        let Some(progress) = progress else {
            if count != items {
                return Ok(Since::Revision(0));
            }
            // Another process filled it, or this one in another life.
            self.live.index.search_meanwhile(target);
            return Ok(match target.version {
                Some(_) => Since::Revision(0),
                None => Since::Moment(now() - RECENT),
            });
        };
        // A store that has been away may have lost what it had.
        let is_whole = count >= progress.points;
        Ok(Since::Revision(if is_whole { progress.revision } else { 0 }))
    }

    /// Returns the slots of what changed, with the revisions, oldest first.
    async fn changed(&self, since: &Since) -> Vec<(u64, usize)> {
        let (catalog, since) = (self.live.catalog(), *since);
        let look = move || match since {
            Since::Revision(revision) => catalog.described_since(revision),
            Since::Moment(moment) => {
                let mut all = catalog.described_since(0);
                let is_recent = |item: &Arc<Item>| item.updated_at >= moment;
                all.retain(|(_, slot)| catalog.at(*slot).is_none_or(is_recent));
                all
            }
        };
        self.shared.serving.run(look).await
    }

    /// Writes what is at some slots of the catalogue now.
    async fn write_batch(
        &self,
        store: &dyn VectorStore,
        target: &Target,
        slots: Vec<usize>,
    ) -> Result<(), Failure> {
        let (mut items, mut gone): (Vec<Arc<Item>>, Vec<ItemId>) = (Vec::new(), Vec::new());
        let catalog = self.live.catalog();
        for slot in slots {
            match catalog.at(slot) {
                Some(item) => items.push(Arc::clone(item)),
                None => gone.extend(catalog.id_at(slot)),
            }
        }
        drop(catalog);
        let described = items.clone();
        let describe = move || described.iter().map(|item| of_item(item)).collect();
        let features = self.shared.serving.run(describe).await;
        let vectors = embed(&*target.embedder, features).await.map_err(Failure::Embedder)?;
        let mut points = Vec::with_capacity(items.len());
        for (item, vector) in items.into_iter().zip(vectors) {
            match vector {
                Some(vector) => points.push(point(&item, vector)),
                None => gone.push(item.id),
            }
        }
        let (written, deleted) = (points.len(), gone.len());
        let collection = &target.collection;
        if !points.is_empty() {
            store.upsert(collection, points).await.map_err(Failure::Vectors)?;
        }
        if !gone.is_empty() {
            store.delete(collection, &gone).await.map_err(Failure::Vectors)?;
        }
        metrics::counter!("vector_upserts_total").increment(written as u64);
        metrics::counter!("vector_deletes_total").increment(deleted as u64);
        Ok(())
    }
}

/// Makes vectors. What an embedder refuses in company it is asked for one by one: an item that it cannot take has
/// no vector, and keeps none of the others from having one.
async fn embed(
    embedder: &dyn Embedder,
    items: Vec<ItemFeatures>,
) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
    let expected = items.len();
    let refusal = match embedder.embed(items.clone()).await {
        Err(error) if expected > 1 && !error.is_retryable() => error,
        answer => return answer.and_then(|vectors| aligned(vectors, expected)),
    };
    let (mut vectors, mut is_refused) = (Vec::with_capacity(expected), true);
    for item in items {
        let alone = embedder.embed(vec![item]).await;
        match alone.and_then(|vectors| aligned(vectors, 1)) {
            Ok(vector) => {
                vectors.extend(vector);
                is_refused = false;
            }
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "an item has no vector");
                vectors.push(None);
            }
        }
    }
    // What refuses everything has another reason than the items.
    if is_refused { Err(refusal) } else { Ok(vectors) }
}

fn aligned(
    vectors: Vec<Option<Vec<f32>>>,
    expected: usize,
) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
    let found = vectors.len();
    if found == expected {
        return Ok(vectors);
    }
    let kind = StoreErrorKind::Internal;
    let error = StoreError::new(Backend::Memory, "embedder.embed", kind);
    Err(error.with_source(format!("{found} vectors for {expected} items")))
}

fn point(item: &Item, vector: Vec<f32>) -> VectorPoint {
    VectorPoint {
        item: item.id,
        vector,
        category: item.category.clone(),
        tags: item.tags.clone(),
        is_active: item.is_active,
    }
}
