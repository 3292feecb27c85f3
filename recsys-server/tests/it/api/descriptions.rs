//! Items without events, found by their descriptions.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use recsys_server::vectors::{Embeddings, VectorOptions, VectorPlace};
use recsys_store::vectors::QdrantConfig;
use serde_json::Value;
use tokio::net::TcpListener;

use super::support::{Account, Server};

/// A server with an administrator, six trained items and the options that are given.
async fn stocked(vectors: VectorOptions) -> (Server, Account) {
    let server = Server::open(|options| options.vectors = vectors).await;
    let tenant = server.tenant("shop").await;
    let ada = server.register("shop", "ada").await;
    let titles =
        ["Green tea", "Black tea", "White tea", "Claw hammer", "Sledge hammer", "Hammer drill"];
    let items = server.items(&ada, &titles).await;
    for item in [&items[0], &items[3]] {
        let input = format!(r#"{{ itemId: "{item}", interactionType: "purchase" }}"#);
        let query = format!("mutation {{ recordInteraction(input: {input}) {{ id }} }}");
        server.ask(&ada, &query).await;
    }
    let engine = server.app.engine().tenant(tenant.id).await.expect("a tenant");
    engine.train("item_knn", |_| {}).await.expect("a training");
    (server, ada)
}

/// Creates an item and asks at once what is like it.
async fn like_a_new_item(server: &Server, account: &Account, title: &str) -> Value {
    let query = format!(
        r#"mutation {{ createItem(input: {{ title: "{title}" }}) {{
            similarItems(topK: 3) {{ item {{ title }} score reason }} }} }}"#
    );
    server.ask(account, &query).await["createItem"]["similarItems"].take()
}

async fn health(server: &Server, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = server.send(request).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_new_item_has_similar_items_in_the_answer_to_its_creation() {
    let (server, ada) = stocked(VectorOptions::default()).await;
    let tenant = server.app.engine().storage().tenants().list().await.expect("tenants")[0].id;
    let engine = server.app.engine().tenant(tenant).await.expect("a tenant");
    engine.wait_for_index().await.expect("an index");
    let similar = like_a_new_item(&server, &ada, "Jasmine tea").await;
    let places = similar.as_array().expect("a list");
    assert_eq!(places.len(), 3);
    for place in places {
        assert!(place["item"]["title"].as_str().expect("a title").ends_with("tea"), "{similar}");
        assert_eq!(place["reason"], "described like Jasmine tea");
    }
    assert_eq!(health(&server, "/health").await.1["status"], "healthy");
}

#[tokio::test]
async fn a_vector_database_that_is_away_degrades_and_stops_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let config = QdrantConfig::new(url).with_time_limit(Duration::from_secs(1));
    let vectors =
        VectorOptions { place: VectorPlace::Qdrant(config), embeddings: Embeddings::Words };
    let (server, ada) = stocked(vectors).await;
    assert_eq!(like_a_new_item(&server, &ada, "Jasmine tea").await, Value::Array(Vec::new()));
    assert_eq!(health(&server, "/health/ready").await.0, StatusCode::OK);
    let (status, summary) = health(&server, "/health").await;
    assert_eq!((status, &summary["status"]), (StatusCode::OK, &Value::from("degraded")));
    let issues = summary["issues"].to_string();
    assert!(issues.contains("vector database") && !issues.contains("127.0.0.1"), "{issues}");
}

#[tokio::test]
async fn vectors_are_saved_in_the_data_folder() {
    let (server, _) = stocked(VectorOptions::default()).await;
    let tenant = server.app.engine().storage().tenants().list().await.expect("tenants")[0].id;
    let engine = server.app.engine().tenant(tenant).await.expect("a tenant");
    engine.wait_for_index().await.expect("an index");
    server.app.close().await;
    let folder = server.folder.path().join("data").join("vectors").join(tenant.to_string());
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 1);
}
