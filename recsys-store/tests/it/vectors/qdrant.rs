//! The client of Qdrant, against a server that checks what it is sent, and against a real one where there is one.

use std::sync::Arc;
use std::time::Duration;

use recsys_store::error::StoreErrorKind;
use recsys_store::traits::VectorStore;
use recsys_store::types::{Metric, TenantId, VectorCollection, VectorQuery};
use recsys_store::vectors::{QdrantConfig, QdrantVectors};

use super::fake::Fake;
use super::fake_qdrant::FakeQdrant;

const KEY: &str = "a key that nobody may see";

fn client(url: &str) -> QdrantVectors {
    QdrantVectors::new(&QdrantConfig::new(url).with_api_key(KEY).with_exact(true)).unwrap()
}

/// The server at `RECSYS_TEST_QDRANT_URL`, with the key `RECSYS_TEST_QDRANT_KEY`, or the one that checks.
async fn open() -> QdrantVectors {
    if let Ok(url) = std::env::var("RECSYS_TEST_QDRANT_URL") {
        let mut config = QdrantConfig::new(url).with_exact(true);
        config.api_key = std::env::var("RECSYS_TEST_QDRANT_KEY").ok();
        return QdrantVectors::new(&config).unwrap();
    }
    let fake = Fake::start(FakeQdrant::new(KEY).routes()).await;
    client(&fake.url)
}

recsys_store::vector_store_suite!(open);

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_shown() {
    let fake = Fake::start(FakeQdrant::new("another").routes()).await;
    let config = QdrantConfig::new(&fake.url).with_api_key(KEY);
    let store = QdrantVectors::new(&config).unwrap();
    let collection =
        VectorCollection::new(TenantId::generate(), "content", 2, Metric::Cosine).unwrap();
    let error = store.create(&collection).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Internal);
    for shown in [format!("{error:?}"), format!("{store:?}"), format!("{config:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let store = client(&url);
    let collection =
        VectorCollection::new(TenantId::generate(), "content", 2, Metric::Cosine).unwrap();
    let query = VectorQuery::nearest(vec![1.0, 0.0], 1);
    let error = store.search(&collection, &query).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable_after_the_time_limit() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let config = QdrantConfig::new(url).with_time_limit(Duration::from_millis(50));
    let store: Arc<dyn VectorStore> = Arc::new(QdrantVectors::new(&config).unwrap());
    let collection =
        VectorCollection::new(TenantId::generate(), "content", 2, Metric::Cosine).unwrap();
    let error = store.count(&collection).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_wrong_address_is_refused_by_name() {
    for url in ["", "localhost:6333", "ftp://localhost", "http://"] {
        let error = QdrantVectors::new(&QdrantConfig::new(url)).unwrap_err();
        let field = StoreErrorKind::InvalidInput { field: "url".to_owned() };
        assert_eq!(*error.kind(), field, "{url}");
    }
}
