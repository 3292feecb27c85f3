//! Cases of indexes of vectors. [`vector_store_suite!`](crate::vector_store_suite) turns them into one test each.
//!
//! Each case has tenants of its own, so it may run against a service that others use. A service may show a write
//! late: cases ask again for a while before they fail.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use recsys_core::linalg::dot;
use tokio::time::{Instant, sleep};

use crate::error::{Result, StoreErrorKind};
use crate::traits::VectorStore;
use crate::types::{
    ItemId, Metric, TenantId, VectorCollection, VectorFilter, VectorHit, VectorPoint, VectorQuery,
};

/// Length of the vectors.
const DIMENSION: usize = 8;
/// How long a service has to show a write.
const PATIENCE: Duration = Duration::from_secs(60);

/// A new tenant's collection.
async fn open(store: &dyn VectorStore, metric: Metric) -> VectorCollection {
    let tenant = TenantId::generate();
    let collection = VectorCollection::new(tenant, "conformance", DIMENSION, metric).unwrap();
    store.create(&collection).await.unwrap();
    collection
}

/// Points of different directions and lengths, in categories and with tags.
fn points(count: u32) -> Vec<VectorPoint> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let point = |number: u32| VectorPoint {
        item: ItemId::generate(),
        vector: (0..DIMENSION).map(|_| next() * (number % 7 + 1) as f32).collect(),
        category: (!number.is_multiple_of(5)).then(|| format!("category {}", number % 3)),
        tags: (0..number % 3).map(|tag| format!("tag \"{tag}\" ü")).collect(),
        is_active: !number.is_multiple_of(4),
    };
    (0..count).map(point).collect()
}

fn query(k: usize) -> VectorQuery {
    VectorQuery::nearest((0..DIMENSION).map(|place| 1.0 - place as f32 * 0.3).collect(), k)
}

fn score(left: &[f32], right: &[f32], metric: Metric) -> f32 {
    match metric {
        Metric::InnerProduct => dot(left, right),
        Metric::Cosine => dot(left, right) / (dot(left, left) * dot(right, right)).sqrt(),
    }
}

/// Asks until the answer is right or patience is at its end.
async fn eventually<T: Debug>(
    ask: impl AsyncFn() -> Result<T>,
    is_right: impl Fn(&T) -> bool,
) -> T {
    let start = Instant::now();
    loop {
        let answer = ask().await.unwrap();
        if is_right(&answer) {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "it stays at {answer:?}");
        sleep(Duration::from_millis(if cfg!(test) { 1 } else { 100 })).await;
    }
}

async fn counted(store: &dyn VectorStore, collection: &VectorCollection, count: u64) {
    eventually(async || store.count(collection).await, |found| *found == count).await;
}

/// Fills a collection and waits until all of it can be seen.
async fn fill(store: &dyn VectorStore, collection: &VectorCollection, points: &[VectorPoint]) {
    store.upsert(collection, points.to_vec()).await.unwrap();
    counted(store, collection, points.len() as u64).await;
}

fn items(hits: &[VectorHit]) -> BTreeSet<ItemId> {
    hits.iter().map(|hit| hit.item).collect()
}

/// Checks hits against scoring every point that `passes`.
async fn expect_hits(
    store: &dyn VectorStore,
    collection: &VectorCollection,
    query: &VectorQuery,
    points: &[VectorPoint],
    passes: impl Fn(&VectorPoint) -> bool,
) {
    let metric = collection.metric();
    let passing = points.iter().filter(|point| passes(point));
    let mut expected: Vec<VectorHit> = passing
        .map(|point| VectorHit {
            item: point.item,
            score: score(&query.vector, &point.vector, metric),
        })
        .collect();
    VectorHit::rank(&mut expected, query.k);
    let wanted = items(&expected);
    let hits = eventually(
        async || store.search(collection, query).await,
        |hits| items(hits) == wanted && hits.len() == expected.len(),
    )
    .await;
    for (hit, expected) in hits.iter().zip(&expected) {
        assert_eq!(hit.item, expected.item);
        assert!((hit.score - expected.score).abs() < 1e-4, "{hit:?}, expected {expected:?}");
    }
}

/// The nearest points come by descending score, which is the cosine or the inner product.
pub async fn the_nearest_come_first_and_larger_scores_are_nearer(store: &dyn VectorStore) {
    for metric in [Metric::Cosine, Metric::InnerProduct] {
        let collection = open(store, metric).await;
        let points = points(40);
        fill(store, &collection, &points).await;
        for k in [1, 10, 100] {
            expect_hits(store, &collection, &query(k), &points, |_| true).await;
        }
        let hits = store.search(&collection, &query(40)).await.unwrap();
        assert!(hits[0].score > 0.0 && hits[39].score < 0.0, "from alike to opposed");
    }
}

/// A point takes the place of the former one of its item, with all that it is filtered by.
pub async fn upserting_replaces_the_former_point(store: &dyn VectorStore) {
    let collection = open(store, Metric::Cosine).await;
    let mut points = points(10);
    fill(store, &collection, &points).await;
    let replaced = VectorPoint {
        item: points[2].item,
        vector: query(1).vector,
        category: Some("another".to_owned()),
        tags: vec!["another tag".to_owned()],
        is_active: true,
    };
    points[2] = replaced.clone();
    store.upsert(&collection, vec![replaced]).await.unwrap();
    expect_hits(store, &collection, &query(10), &points, |_| true).await;
    let mut moved = query(10);
    moved.filter.categories = vec!["another".to_owned()];
    moved.filter.tags = vec!["another tag".to_owned()];
    let is_moved = |point: &VectorPoint| point.category.as_deref() == Some("another");
    expect_hits(store, &collection, &moved, &points, is_moved).await;
    counted(store, &collection, 10).await;
}

/// What was deleted is not found; what is not there can be deleted.
pub async fn deleted_points_are_gone(store: &dyn VectorStore) {
    let collection = open(store, Metric::Cosine).await;
    let points = points(12);
    fill(store, &collection, &points).await;
    let gone = [points[0].item, points[7].item, ItemId::generate()];
    store.delete(&collection, &gone).await.unwrap();
    store.delete(&collection, &[]).await.unwrap();
    let stays = |point: &VectorPoint| !gone.contains(&point.item);
    expect_hits(store, &collection, &query(12), &points, stays).await;
    counted(store, &collection, 10).await;
    // And can come again.
    fill(store, &collection, &points).await;
    expect_hits(store, &collection, &query(12), &points, |_| true).await;
}

/// Each part of a filter lets through what it says, and lists are as long as there are points that pass.
pub async fn filters_leave_no_list_shorter_than_it_could_be(store: &dyn VectorStore) {
    let collection = open(store, Metric::Cosine).await;
    let points = points(60);
    fill(store, &collection, &points).await;
    let some = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let exclude: Vec<ItemId> = points.iter().step_by(3).map(|point| point.item).collect();
    let filters = [
        VectorFilter { categories: some(&["category 1"]), ..VectorFilter::default() },
        VectorFilter {
            categories: some(&["category 0", "none", "category 2"]),
            ..VectorFilter::default()
        },
        VectorFilter { categories: some(&["none"]), ..VectorFilter::default() },
        VectorFilter { tags: some(&["tag \"1\" ü"]), ..VectorFilter::default() },
        VectorFilter { only_active: true, ..VectorFilter::default() },
        VectorFilter { exclude: exclude.clone(), ..VectorFilter::default() },
        VectorFilter {
            categories: some(&["category 1", "category 2"]),
            tags: some(&["tag \"0\" ü", "tag \"1\" ü"]),
            exclude,
            only_active: true,
        },
    ];
    for filter in filters {
        let passes = |point: &VectorPoint| {
            let VectorFilter { categories, tags, exclude, only_active } = &filter;
            let category = point.category.as_ref();
            (categories.is_empty() || category.is_some_and(|name| categories.contains(name)))
                && (tags.is_empty() || point.tags.iter().any(|tag| tags.contains(tag)))
                && !exclude.contains(&point.item)
                && (point.is_active || !only_active)
        };
        for k in [3, 60] {
            let query = VectorQuery { filter: filter.clone(), ..query(k) };
            expect_hits(store, &collection, &query, &points, passes).await;
        }
    }
}

/// A collection of the same name in another tenant has other points, whatever is asked of it.
pub async fn tenants_do_not_meet(store: &dyn VectorStore) {
    let ours = open(store, Metric::Cosine).await;
    let theirs = open(store, Metric::Cosine).await;
    let mut points = points(8);
    fill(store, &ours, &points).await;
    assert_eq!(store.search(&theirs, &query(8)).await.unwrap(), []);
    assert_eq!(store.count(&theirs).await.unwrap(), 0);

    // The same items, which ids do not forbid, with other vectors.
    let copied = points.clone();
    points.iter_mut().for_each(|point| point.vector.reverse());
    fill(store, &theirs, &points).await;
    expect_hits(store, &ours, &query(8), &copied, |_| true).await;
    expect_hits(store, &theirs, &query(8), &points, |_| true).await;

    let all: Vec<ItemId> = points.iter().map(|point| point.item).collect();
    store.delete(&theirs, &all[..3]).await.unwrap();
    counted(store, &theirs, 5).await;
    expect_hits(store, &ours, &query(8), &copied, |_| true).await;
    store.remove(&theirs).await.unwrap();
    counted(store, &theirs, 0).await;
    expect_hits(store, &ours, &query(8), &copied, |_| true).await;
}

/// Another purpose, another length and another metric are other collections.
pub async fn collections_of_one_tenant_do_not_meet(store: &dyn VectorStore) {
    let collection = open(store, Metric::Cosine).await;
    fill(store, &collection, &points(5)).await;
    let tenant = collection.tenant();
    let named =
        |purpose: &str, metric| VectorCollection::new(tenant, purpose, DIMENSION, metric).unwrap();
    for other in
        [named("conformance_b", Metric::Cosine), named("conformance", Metric::InnerProduct)]
    {
        store.create(&other).await.unwrap();
        assert_eq!(store.search(&other, &query(5)).await.unwrap(), []);
        assert_eq!(store.count(&other).await.unwrap(), 0);
    }
}

/// Several queries at once are answered as each alone, in their order.
pub async fn a_batch_is_answered_as_each_query_is(store: &dyn VectorStore) {
    let collection = open(store, Metric::InnerProduct).await;
    let points = points(30);
    fill(store, &collection, &points).await;
    let mut queries: Vec<VectorQuery> = points[..6]
        .iter()
        .zip(1..)
        .map(|(point, k)| VectorQuery::nearest(point.vector.clone(), k))
        .collect();
    queries[1].filter.only_active = true;
    queries[3].filter.categories = vec!["category 1".to_owned()];
    queries[4].filter.categories = vec!["none".to_owned()];
    let answers = store.search_many(&collection, &queries).await.unwrap();
    assert_eq!(answers.len(), queries.len());
    for (query, answer) in queries.iter().zip(&answers) {
        assert_eq!(&store.search(&collection, query).await.unwrap(), answer);
    }
    assert!(store.search_many(&collection, &[]).await.unwrap().is_empty());
}

/// A collection that was never created, or was removed, is empty for readers and takes points once it is created.
pub async fn a_collection_that_is_not_there_is_empty(store: &dyn VectorStore) {
    let tenant = TenantId::generate();
    let collection =
        VectorCollection::new(tenant, "conformance", DIMENSION, Metric::Cosine).unwrap();
    assert_eq!(store.search(&collection, &query(3)).await.unwrap(), []);
    assert_eq!(store.count(&collection).await.unwrap(), 0);
    store.delete(&collection, &[ItemId::generate()]).await.unwrap();
    store.remove(&collection).await.unwrap();

    store.create(&collection).await.unwrap();
    fill(store, &collection, &points(4)).await;
    store.create(&collection).await.unwrap();
    counted(store, &collection, 4).await;
    store.remove(&collection).await.unwrap();
    counted(store, &collection, 0).await;
    assert_eq!(store.search(&collection, &query(3)).await.unwrap(), []);
    store.create(&collection).await.unwrap();
    fill(store, &collection, &points(2)).await;
}

/// Wrong input is refused by index and field, and nothing of the call happens.
pub async fn wrong_input_is_refused_by_name(store: &dyn VectorStore) {
    let collection = open(store, Metric::InnerProduct).await;
    let good = points(3);
    fill(store, &collection, &good).await;
    let field = |error: crate::error::StoreError| match error.kind() {
        StoreErrorKind::InvalidInput { field } => field.clone(),
        other => format!("{other:?}"),
    };
    let vectors: [Vec<f32>; 5] = [
        vec![1.0; DIMENSION + 1],
        Vec::new(),
        vec![0.0; DIMENSION],
        vec![f32::NAN; DIMENSION],
        vec![f32::MAX; DIMENSION],
    ];
    for vector in vectors {
        let mut wrong = points(2);
        wrong[1].vector = vector.clone();
        let error = store.upsert(&collection, wrong).await.unwrap_err();
        assert_eq!(field(error), "points[1].vector", "{vector:?}");
        let wrong = VectorQuery { vector, ..query(3) };
        let error = store.search(&collection, &wrong).await.unwrap_err();
        assert_eq!(field(error), "vector");
        let error = store.search_many(&collection, &[query(3), wrong]).await.unwrap_err();
        assert_eq!(field(error), "queries[1].vector");
    }
    for k in [0, 1_001] {
        let error = store.search(&collection, &query(k)).await.unwrap_err();
        assert_eq!(field(error), "k");
    }
    let twice = vec![good[0].clone(), good[0].clone()];
    assert_eq!(field(store.upsert(&collection, twice).await.unwrap_err()), "points[1].item");
    let mut unnamed = points(1);
    unnamed[0].category = Some(String::new());
    assert_eq!(field(store.upsert(&collection, unnamed).await.unwrap_err()), "points[0].category");
    let mut unnamed = points(1);
    unnamed[0].tags = vec![String::new()];
    assert_eq!(field(store.upsert(&collection, unnamed).await.unwrap_err()), "points[0].tags[0]");
    counted(store, &collection, 3).await;
}

/// More points than fit one request to a service are taken.
pub async fn many_points_are_taken_and_found(store: &dyn VectorStore) {
    let collection = open(store, Metric::Cosine).await;
    let points = points(2_500);
    fill(store, &collection, &points).await;
    let mut rare = query(10);
    rare.filter.exclude = points.iter().skip(20).map(|point| point.item).collect();
    let kept: Vec<ItemId> = points[..20].iter().map(|point| point.item).collect();
    expect_hits(store, &collection, &rare, &points, |point| kept.contains(&point.item)).await;
    let most: Vec<ItemId> = points.iter().skip(5).map(|point| point.item).collect();
    store.delete(&collection, &most).await.unwrap();
    counted(store, &collection, 5).await;
}
