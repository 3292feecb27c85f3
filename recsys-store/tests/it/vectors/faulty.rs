//! Faulty indexes make named cases of the suite fail.

use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use recsys_store::error::Result;
use recsys_store::testing::vectors as cases;
use recsys_store::traits::VectorStore;
use recsys_store::types::{
    ItemId, TenantId, VectorCollection, VectorFilter, VectorHit, VectorPoint, VectorQuery,
};
use recsys_store::vectors::LocalVectors;

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Uses the collections of the first tenant that was asked for.
    ConfusesTenants,
    /// Finds the nearest and filters them afterwards.
    FiltersAfterwards,
    /// Scores as distances: smaller is nearer.
    TurnsScores,
    /// Keeps the former point of an item.
    KeepsFormerPoints,
}

#[derive(Debug)]
struct Faulty {
    inner: LocalVectors,
    fault: Fault,
    first: OnceLock<TenantId>,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { inner: LocalVectors::new(), fault, first: OnceLock::new() }
    }

    fn confused(&self, collection: &VectorCollection) -> VectorCollection {
        if !matches!(self.fault, Fault::ConfusesTenants) {
            return collection.clone();
        }
        let tenant = *self.first.get_or_init(|| collection.tenant());
        let (dimension, metric) = (collection.dimension(), collection.metric());
        VectorCollection::new(tenant, collection.purpose(), dimension, metric).unwrap()
    }
}

#[async_trait]
impl VectorStore for Faulty {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        self.inner.create(&self.confused(collection)).await
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        let collection = self.confused(collection);
        if matches!(self.fault, Fault::KeepsFormerPoints)
            && self.inner.count(&collection).await? > 0
        {
            return Ok(());
        }
        self.inner.upsert(&collection, points).await
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        self.inner.delete(&self.confused(collection), items).await
    }

    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>> {
        let collection = self.confused(collection);
        let mut hits = self.inner.search(&collection, query).await?;
        match self.fault {
            Fault::FiltersAfterwards => {
                let all = VectorQuery { filter: VectorFilter::default(), ..query.clone() };
                let nearest = self.inner.search(&collection, &all).await?;
                hits.retain(|hit| nearest.contains(hit));
            }
            Fault::TurnsScores => hits.iter_mut().for_each(|hit| hit.score = 1.0 - hit.score),
            Fault::ConfusesTenants | Fault::KeepsFormerPoints => {}
        }
        Ok(hits)
    }

    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>> {
        self.inner.search_many(&self.confused(collection), queries).await
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        self.inner.count(&self.confused(collection)).await
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        self.inner.remove(&self.confused(collection)).await
    }
}

/// Time is paused: a case that asks again and again comes to its end at once.
async fn fails(case: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(case).catch_unwind().await.is_err()
}

#[tokio::test(start_paused = true)]
async fn an_index_that_confuses_tenants_is_caught() {
    let case = async { cases::tenants_do_not_meet(&Faulty::new(Fault::ConfusesTenants)).await };
    assert!(fails(case).await);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_filters_afterwards_is_caught() {
    let case = async {
        let faulty = Faulty::new(Fault::FiltersAfterwards);
        cases::filters_leave_no_list_shorter_than_it_could_be(&faulty).await;
    };
    assert!(fails(case).await);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_returns_distances_is_caught() {
    let case = async {
        let faulty = Faulty::new(Fault::TurnsScores);
        cases::the_nearest_come_first_and_larger_scores_are_nearer(&faulty).await;
    };
    assert!(fails(case).await);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_keeps_former_points_is_caught() {
    let case = async {
        let faulty = Faulty::new(Fault::KeepsFormerPoints);
        cases::upserting_replaces_the_former_point(&faulty).await;
    };
    assert!(fails(case).await);
}
