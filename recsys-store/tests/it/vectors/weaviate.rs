//! The client of Weaviate, against a server that checks what it is sent, and against a real one where there is one.

use std::error::Error as _;

use recsys_store::error::StoreErrorKind;
use recsys_store::traits::VectorStore;
use recsys_store::types::{ItemId, Metric, TenantId, VectorCollection, VectorPoint, VectorQuery};
use recsys_store::vectors::{WeaviateConfig, WeaviateVectors};

use super::fake::Fake;
use super::fake_weaviate::FakeWeaviate;

const KEY: &str = "a key that nobody may see";

fn client(url: &str) -> WeaviateVectors {
    let config = WeaviateConfig::new(url).with_api_key(KEY).with_exact(true);
    WeaviateVectors::new(&config).unwrap()
}

/// The server at `RECSYS_TEST_WEAVIATE_URL`, with the key `RECSYS_TEST_WEAVIATE_KEY`, or the one that checks.
async fn open() -> WeaviateVectors {
    if let Ok(url) = std::env::var("RECSYS_TEST_WEAVIATE_URL") {
        let mut config = WeaviateConfig::new(url).with_exact(true);
        config.api_key = std::env::var("RECSYS_TEST_WEAVIATE_KEY").ok();
        return WeaviateVectors::new(&config).unwrap();
    }
    client(&Fake::start(FakeWeaviate::new(KEY).routes()).await.url)
}

recsys_store::vector_store_suite!(open);

fn collection() -> VectorCollection {
    VectorCollection::new(TenantId::generate(), "content", 2, Metric::Cosine).unwrap()
}

fn point() -> VectorPoint {
    let (item, tags) = (ItemId::generate(), Vec::new());
    VectorPoint { item, vector: vec![1.0, 0.0], category: None, tags, is_active: true }
}

#[tokio::test]
async fn points_of_a_collection_that_was_not_created_are_refused_and_make_no_class() {
    let fake = Fake::start(FakeWeaviate::new(KEY).routes()).await;
    let (store, collection) = (client(&fake.url), collection());
    let error = store.upsert(&collection, vec![point()]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
    // A class that the server had made by itself would be in the way of this.
    store.create(&collection).await.unwrap();
    store.upsert(&collection, vec![point()]).await.unwrap();
}

#[tokio::test]
async fn two_processes_can_create_a_collection_at_once() {
    let fake = Fake::start(FakeWeaviate::new(KEY).routes()).await;
    let (one, other, collection) = (client(&fake.url), client(&fake.url), collection());
    let (first, second) = tokio::join!(one.create(&collection), other.create(&collection));
    first.unwrap();
    second.unwrap();
}

#[tokio::test]
async fn a_server_without_graphql_refuses_searches_and_says_why() {
    let fake = Fake::start(FakeWeaviate::new(KEY).without_graphql().routes()).await;
    let (store, collection) = (client(&fake.url), collection());
    store.create(&collection).await.unwrap();
    store.upsert(&collection, vec![point()]).await.unwrap();
    let query = VectorQuery::nearest(vec![1.0, 0.0], 1);
    let error = store.search(&collection, &query).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Internal);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("graphql api is disabled"), "{source}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_shown() {
    let fake = Fake::start(FakeWeaviate::new("another").routes()).await;
    let store = client(&fake.url);
    let error = store.create(&collection()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Internal);
    let config = WeaviateConfig::new(&fake.url).with_api_key(KEY);
    for shown in [format!("{error:?}"), format!("{store:?}"), format!("{config:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}
