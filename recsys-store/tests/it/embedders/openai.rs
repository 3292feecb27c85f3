//! The client of services with OpenAI's interface, against a server that checks what it is sent, and against a real one
//! where there is one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use recsys_core::data::ItemFeatures;
use recsys_store::embedders::{OpenAiConfig, OpenAiEmbedder};
use recsys_store::engine::SimilarQuery;
use recsys_store::error::StoreErrorKind;
use recsys_store::testing::embedders::items;
use recsys_store::testing::tenant;
use recsys_store::traits::Embedder;
use recsys_store::types::NewItem;
use recsys_store::{Engine, MemoryStorage, Storage, StoreError};

use super::fake_openai::{DIMENSION, FakeOpenAi, MODEL};
use crate::vectors::fake::Fake;

const KEY: &str = "a key that nobody may see";

fn config(url: &str) -> OpenAiConfig {
    OpenAiConfig::new(format!("{url}/v1"), MODEL, DIMENSION).with_api_key(KEY)
}

/// The service at `RECSYS_TEST_OPENAI_URL`, with the key `RECSYS_TEST_OPENAI_KEY`, the model `RECSYS_TEST_OPENAI_MODEL` and
/// vectors of `RECSYS_TEST_OPENAI_DIMENSION` values, or the one that checks.
async fn open() -> OpenAiEmbedder {
    if let Ok(url) = std::env::var("RECSYS_TEST_OPENAI_URL") {
        let model = std::env::var("RECSYS_TEST_OPENAI_MODEL").unwrap();
        let dimension = std::env::var("RECSYS_TEST_OPENAI_DIMENSION").unwrap().parse().unwrap();
        let mut config = OpenAiConfig::new(url, model, dimension);
        config.api_key = std::env::var("RECSYS_TEST_OPENAI_KEY").ok();
        return OpenAiEmbedder::new(&config).unwrap();
    }
    let fake = Fake::start(FakeOpenAi::new(KEY).routes()).await;
    OpenAiEmbedder::new(&config(&fake.url)).unwrap()
}

recsys_store::embedder_suite!(open);

/// Asks a server whose every answer is spoilt.
async fn spoilt(spoil: fn(&mut serde_json::Value)) -> StoreError {
    let fake = Fake::start(FakeOpenAi::new(KEY).spoiling(spoil).routes()).await;
    let embedder = OpenAiEmbedder::new(&config(&fake.url)).unwrap();
    embedder.embed(items()).await.unwrap_err()
}

#[tokio::test]
async fn an_answer_that_does_not_fit_the_question_is_refused() {
    let spoils: [fn(&mut serde_json::Value); 5] = [
        |answer| drop(answer["data"].as_array_mut().unwrap().pop()),
        |answer| answer["data"][0]["index"] = 1.into(),
        |answer| answer["data"][0]["index"] = 600.into(),
        |answer| drop(answer["data"][2]["embedding"].as_array_mut().unwrap().pop()),
        |answer| answer["data"] = "none".into(),
    ];
    for spoil in spoils {
        assert_eq!(*spoilt(spoil).await.kind(), StoreErrorKind::Internal);
    }
}

#[tokio::test]
async fn shorter_vectors_are_asked_for_and_named_otherwise() {
    let fake = Fake::start(FakeOpenAi::new(KEY).routes()).await;
    let whole = OpenAiEmbedder::new(&config(&fake.url)).unwrap();
    let mut short = config(&fake.url).with_shortens(true);
    short.dimension = 32;
    let short = OpenAiEmbedder::new(&short).unwrap();
    assert_eq!(short.embed(items()).await.unwrap()[0].as_ref().map(Vec::len), Some(32));
    assert_ne!(short.name(), whole.name());
}

#[tokio::test]
async fn a_busy_service_says_when_to_come_back() {
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        let busy = move || async move {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", "7".parse().unwrap());
            (status, headers, "slow down")
        };
        let fake = Fake::start(Router::new().route("/v1/embeddings", post(busy))).await;
        let embedder = OpenAiEmbedder::new(&config(&fake.url)).unwrap();
        let error = embedder.embed(items()).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_or_silent_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let silent = config(&url).with_time_limit(Duration::from_millis(50));
    let silent = OpenAiEmbedder::new(&silent).unwrap();
    assert!(silent.embed(items()).await.unwrap_err().is_retryable());
    drop(listener);
    assert!(silent.embed(items()).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_shown() {
    let fake = Fake::start(FakeOpenAi::new("another").routes()).await;
    let config = config(&fake.url);
    let embedder = OpenAiEmbedder::new(&config).unwrap();
    let error = embedder.embed(items()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Internal);
    for shown in [format!("{error:?}"), format!("{embedder:?}"), format!("{config:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[test]
fn wrong_settings_are_refused_by_name() {
    let field = |config: &OpenAiConfig| match OpenAiEmbedder::new(config).unwrap_err().kind() {
        StoreErrorKind::InvalidInput { field } => field.clone(),
        kind => panic!("{kind}"),
    };
    let good = || config("http://localhost");
    assert_eq!(field(&OpenAiConfig::new("localhost", MODEL, DIMENSION)), "url");
    assert_eq!(field(&OpenAiConfig::new("http://localhost", MODEL, 0)), "dimension");
    assert_eq!(field(&good().with_at_once(0)), "at_once");
    assert_eq!(field(&good().with_api_key("two\nlines")), "api_key");
}

#[tokio::test]
async fn texts_are_cut_and_categories_said_once() {
    let fake = FakeOpenAi::new(KEY);
    let server = Fake::start(fake.clone().routes()).await;
    let embedder = OpenAiEmbedder::new(&config(&server.url)).unwrap();
    let said = ItemFeatures::text("Green tea\ntea").with_category("tea");
    let plain = ItemFeatures::text("Green tea\ntea");
    let long = |end: &str| ItemFeatures::text(format!("{}{end}", "ü ".repeat(4_000)));
    let vectors = embedder.embed(vec![said, plain, long("end"), long("other")]).await.unwrap();
    assert_eq!(vectors[0], vectors[1]);
    assert_eq!(vectors[2], vectors[3]);
    assert_eq!(fake.asked(), [4]);
}

#[tokio::test]
async fn an_engine_asks_in_batches_and_needs_no_training() {
    let fake = FakeOpenAi::new(KEY);
    let server = Fake::start(fake.clone().routes()).await;
    let embedder = OpenAiEmbedder::new(&config(&server.url).with_at_once(4)).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let id = tenant(&*storage, "shop").await.id;
    let engine = Engine::builder(storage).embedder(Arc::new(embedder)).build().unwrap();
    let shop = engine.tenant(id).await.unwrap();
    let new = |title: &str| NewItem { title: title.to_owned(), ..NewItem::default() };
    let titles = ["green tea", "black tea", "claw hammer", "sledge hammer", "saw", "white tea"];
    let items = shop.create_items(titles.map(new).to_vec()).await.unwrap();
    shop.wait_for_index().await.unwrap();
    assert_eq!(fake.asked(), [4, 2]);
    let similar = shop.similar(SimilarQuery { item: items[0].id, limit: 2 }).await.unwrap();
    let mut titles: Vec<&str> = similar.iter().map(|found| found.item.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["black tea", "white tea"]);
    assert_eq!(similar[0].reason.as_deref(), Some("described like green tea"));
}
