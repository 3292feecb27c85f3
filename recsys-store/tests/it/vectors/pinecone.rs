//! The client of Pinecone, against a server that checks what it is sent, and against the service where there is a key.

use recsys_store::error::StoreErrorKind;
use recsys_store::traits::VectorStore;
use recsys_store::types::{ItemId, Metric, TenantId, VectorCollection, VectorPoint, VectorQuery};
use recsys_store::vectors::{PineconeConfig, PineconeVectors};

use super::fake::Fake;
use super::fake_pinecone::FakePinecone;

const KEY: &str = "a key that nobody may see";

fn client(url: &str) -> PineconeVectors {
    PineconeVectors::new(PineconeConfig::new(KEY).with_url(url)).unwrap()
}

/// The service, with the key `RECSYS_TEST_PINECONE_KEY`, at `RECSYS_TEST_PINECONE_URL` if that is not the usual
/// address; or the server that checks.
async fn open() -> PineconeVectors {
    if let Ok(key) = std::env::var("RECSYS_TEST_PINECONE_KEY") {
        let mut config = PineconeConfig::new(key);
        if let Ok(url) = std::env::var("RECSYS_TEST_PINECONE_URL") {
            config = config.with_url(url);
        }
        return PineconeVectors::new(config).unwrap();
    }
    client(&Fake::start(FakePinecone::new(KEY).routes()).await.url)
}

recsys_store::vector_store_suite!(open);

fn collection() -> VectorCollection {
    VectorCollection::new(TenantId::generate(), "model_als", 2, Metric::Cosine).unwrap()
}

#[tokio::test]
async fn another_process_finds_an_index_that_this_one_has_made() {
    let fake = Fake::start(FakePinecone::new(KEY).routes()).await;
    let collection = collection();
    client(&fake.url).create(&collection).await.unwrap();
    let item = ItemId::generate();
    let (category, tags) = (None, Vec::new());
    let point = VectorPoint { item, vector: vec![1.0, 0.0], category, tags, is_active: true };
    client(&fake.url).upsert(&collection, vec![point]).await.unwrap();
    let query = VectorQuery::nearest(vec![1.0, 0.0], 5);
    let hits = client(&fake.url).search(&collection, &query).await.unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].item, item);
}

#[tokio::test]
async fn points_of_a_collection_that_was_not_created_are_refused() {
    let fake = Fake::start(FakePinecone::new(KEY).routes()).await;
    let error = client(&fake.url).upsert(&collection(), Vec::new()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_shown() {
    let fake = Fake::start(FakePinecone::new("another").routes()).await;
    let store = client(&fake.url);
    let error = store.create(&collection()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Internal);
    let config = PineconeConfig::new(KEY);
    for shown in [format!("{error:?}"), format!("{store:?}"), format!("{config:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}
