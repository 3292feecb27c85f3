//! Answers do not depend on what was built when, and files are read back or refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::types::{Metric, TenantId, VectorFilter};

const DIMENSION: usize = 3;

fn collection() -> VectorCollection {
    let tenant = TenantId(Uuid::from_u128(7));
    VectorCollection::new(tenant, "content", DIMENSION, Metric::Cosine).unwrap()
}

fn item(number: u8) -> ItemId {
    ItemId(Uuid::from_u128(u128::from(number)))
}

/// Few vectors, so that equal scores are common; few names.
fn point() -> impl Strategy<Value = VectorPoint> {
    let vector = prop::collection::vec((-2..3_i8).prop_map(f32::from), DIMENSION)
        .prop_filter("not all are zero", |vector| vector.iter().any(|value| value.abs() > 0.0));
    let category = prop::option::of(prop::sample::select(vec!["tea", "milk"]));
    let tags = prop::sample::subsequence(vec!["new", "old"], 0..=2);
    (0..40_u8, vector, category, tags, any::<bool>()).prop_map(
        |(number, vector, category, tags, is_active)| VectorPoint {
            item: item(number),
            vector,
            category: category.map(str::to_owned),
            tags: tags.into_iter().map(str::to_owned).collect(),
            is_active,
        },
    )
}

#[derive(Clone, Debug)]
enum Change {
    Put(VectorPoint),
    Delete(u8),
    Build,
    Reopen,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => point().prop_map(Change::Put),
        2 => (0..40_u8).prop_map(Change::Delete),
        1 => Just(Change::Build),
        1 => Just(Change::Reopen),
    ]
}

fn query() -> impl Strategy<Value = VectorQuery> {
    let some = |names: Vec<&'static str>| {
        prop::sample::subsequence(names, 0..=2)
            .prop_map(|names| names.into_iter().map(str::to_owned).collect())
    };
    let names = (some(vec!["tea", "unknown"]), some(vec!["new", "old"]));
    (point(), 1..50_usize, names, prop::collection::vec(0..40_u8, 0..5), any::<bool>()).prop_map(
        |(point, k, (categories, tags), exclude, only_active)| {
            let exclude = exclude.into_iter().map(item).collect();
            let filter = VectorFilter { categories, tags, exclude, only_active };
            VectorQuery { vector: point.vector, k, filter }
        },
    )
}

/// Asks every point.
fn expected(points: &BTreeMap<ItemId, VectorPoint>, query: &VectorQuery) -> Vec<VectorHit> {
    let filter = &query.filter;
    let passes = |point: &&VectorPoint| {
        let category = point.category.as_ref();
        (filter.categories.is_empty()
            || category.is_some_and(|name| filter.categories.contains(name)))
            && (filter.tags.is_empty() || point.tags.iter().any(|tag| filter.tags.contains(tag)))
            && !filter.exclude.contains(&point.item)
            && (point.is_active || !filter.only_active)
    };
    let prepared = |vector: &[f32]| recsys_core::index::prepare(vector, Metric::Cosine).unwrap();
    let score = |point: &VectorPoint| {
        recsys_core::linalg::dot(&prepared(&query.vector), &prepared(&point.vector))
    };
    let hits = points.values().filter(passes);
    let mut hits: Vec<VectorHit> =
        hits.map(|point| VectorHit { item: point.item, score: score(point) }).collect();
    VectorHit::rank(&mut hits, query.k);
    hits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn answers_are_those_of_asking_every_point_whatever_was_built_or_saved_meanwhile(
        changes in prop::collection::vec(change(), 0..80),
        queries in prop::collection::vec(query(), 1..6),
    ) {
        let mut points = Points::new(Vec::new(), DIMENSION).unwrap();
        let mut all = BTreeMap::new();
        for change in changes {
            match change {
                Change::Put(point) => {
                    points.put(points.prepare(vec![point.clone()], &collection()));
                    all.insert(point.item, point);
                }
                Change::Delete(number) => {
                    prop_assert_eq!(points.delete(item(number)), all.remove(&item(number)).is_some());
                }
                Change::Build => points = points.rebuilt(DIMENSION),
                Change::Reopen => {
                    let (named, read) = file::decode(&file::encode(&collection(), &points)).unwrap();
                    prop_assert_eq!(named, collection());
                    points = read;
                }
            }
        }
        prop_assert_eq!(points.len(), all.len());
        for query in queries {
            prop_assert_eq!(points.search(&query, Metric::Cosine), expected(&all, &query));
        }
    }
}

/// A small file.
fn bytes() -> Vec<u8> {
    let mut points = Points::new(Vec::new(), DIMENSION).unwrap();
    for number in 0..4 {
        let point = VectorPoint {
            item: item(number),
            vector: vec![1.0, f32::from(number), -1.0],
            category: (number > 1).then(|| "tea".to_owned()),
            tags: vec!["new".to_owned(); usize::from(number) % 2],
            is_active: number != 3,
        };
        points.put(points.prepare(vec![point], &collection()));
    }
    file::encode(&collection(), &points)
}

#[test]
fn a_file_that_was_cut_or_changed_is_refused() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert!(file::decode(&bytes[..length]).is_err(), "{length} bytes");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        assert!(file::decode(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn hostile_bytes_under_a_right_checksum_are_read_or_refused_and_never_a_panic() {
    let bytes = bytes();
    for at in 24..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut hostile = bytes.clone();
            hostile[at] = value;
            file::FORMAT.seal(&mut hostile);
            if let Ok((collection, points)) = file::decode(&hostile) {
                let query = VectorQuery::nearest(vec![1.0; collection.dimension()], 3);
                assert!(points.search(&query, collection.metric()).len() <= 3);
            }
        }
    }
}

#[tokio::test]
async fn what_was_saved_is_there_after_opening_and_what_was_removed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, gone) = (collection(), {
        VectorCollection::new(TenantId::generate(), "gone", DIMENSION, Metric::InnerProduct)
            .unwrap()
    });
    let point = |number: u8| VectorPoint {
        item: item(number),
        vector: vec![f32::from(number) + 1.0, 1.0, 0.0],
        category: None,
        tags: Vec::new(),
        is_active: true,
    };
    let vectors = LocalVectors::open(folder.path()).unwrap();
    for collection in [&kept, &gone] {
        vectors.create(collection).await.unwrap();
        vectors.upsert(collection, (0..20).map(point).collect()).await.unwrap();
    }
    vectors.save().await.unwrap();
    vectors.remove(&gone).await.unwrap();
    vectors.delete(&kept, &[item(3)]).await.unwrap();
    vectors.save().await.unwrap();

    let query = VectorQuery::nearest(vec![0.0, 1.0, 0.0], 30);
    let before = vectors.search(&kept, &query).await.unwrap();
    let opened = LocalVectors::open(folder.path()).unwrap();
    assert_eq!(opened.search(&kept, &query).await.unwrap(), before);
    assert_eq!(opened.count(&kept).await.unwrap(), 19);
    assert_eq!(opened.count(&gone).await.unwrap(), 0);

    let file = path(folder.path(), &kept);
    let mut damaged = fs::read(&file).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&file, damaged).unwrap();
    let error = LocalVectors::open(folder.path()).unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("content-3-cosine.vectors"), "{error}");
}

#[tokio::test]
async fn many_new_points_are_built_into_the_index() {
    let vectors = LocalVectors::new();
    vectors.create(&collection()).await.unwrap();
    let points = |from: u64, to: u64| {
        let point = |number: u64| VectorPoint {
            item: ItemId(Uuid::from_u128(u128::from(number))),
            vector: vec![number as f32, 100.0, 1.0],
            category: None,
            tags: Vec::new(),
            is_active: true,
        };
        (from..to).map(point).collect::<Vec<_>>()
    };
    let stale = || vectors.shared.find(&collection()).unwrap().read().is_stale();
    for from in (0..3_000).step_by(500) {
        vectors.upsert(&collection(), points(from, from + 500)).await.unwrap();
        assert!(!stale());
    }
    assert_eq!(vectors.count(&collection()).await.unwrap(), 3_000);
    let query = VectorQuery::nearest(vec![1.0, 0.0, 0.0], 1);
    let hits = vectors.search(&collection(), &query).await.unwrap();
    assert_eq!(hits[0].item, ItemId(Uuid::from_u128(2_999)));
}
