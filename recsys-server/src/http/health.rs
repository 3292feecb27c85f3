//! Whether the process is there, whether it can be asked, and how it is doing.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use recsys_graphql::Figures;
use recsys_store::engine::IndexTrouble;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Gateway;

/// How long the storage may take to answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers as long as the process can answer anything; it asks nobody else.
pub(super) async fn live() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// Answers 200 if requests can be served: the storage answers and no shutdown has begun; else 503.
pub(super) async fn ready(State(gateway): State<Gateway>) -> impl IntoResponse {
    match obstacle(&gateway).await {
        None => (StatusCode::OK, Json(json!({"status": "ready"}))),
        Some(issue) => {
            let body = json!({"status": "unready", "issues": [issue]});
            (StatusCode::SERVICE_UNAVAILABLE, Json(body))
        }
    }
}

/// Says how the process has done in the last five minutes; with 503 if it cannot be asked.
pub(super) async fn summary(State(gateway): State<Gateway>) -> impl IntoResponse {
    let Figures { health, mut issues, .. } = gateway.meter.figures();
    let obstacle = obstacle(&gateway).await;
    let (code, status) = match obstacle {
        None => (StatusCode::OK, health.name()),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
    };
    issues.extend(obstacle.map(str::to_owned));
    let alone = match &gateway.sharing {
        Some(sharing) => sharing.health().await.is_err(),
        None => false,
    };
    if alone {
        issues.push("redis does not answer: cache and limits are those of this process".to_owned());
    }
    let without_vectors = without_vectors(&gateway).await;
    issues.extend(without_vectors.map(str::to_owned));
    let is_degraded = alone || without_vectors.is_some();
    let status = if is_degraded && status == "healthy" { "degraded" } else { status };
    (code, Json(json!({"status": status, "issues": issues})))
}

/// Returns why items are not found by their descriptions, if they are not.
async fn without_vectors(gateway: &Gateway) -> Option<&'static str> {
    if !matches!(timeout(PATIENCE, gateway.vectors.health()).await, Ok(Ok(()))) {
        return Some("the vector database does not answer: similar items are found without it");
    }
    let troubles = gateway.engine.index_troubles();
    let is_silent = troubles.contains(&IndexTrouble::Embedder);
    is_silent
        .then_some("the service for embeddings does not answer: new items wait for their vectors")
}

/// Returns why requests cannot be served, if they cannot.
async fn obstacle(gateway: &Gateway) -> Option<&'static str> {
    if gateway.sockets.is_shutting_down() {
        return Some("the server is shutting down");
    }
    match timeout(PATIENCE, gateway.engine.storage().health()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the storage is not well");
            Some("the storage does not answer")
        }
        Err(_) => Some("the storage does not answer"),
    }
}
