//! Whether the process is there.

use axum::Json;
use serde_json::{Value, json};

/// Answers as long as the process can answer anything; it asks nobody else.
pub(super) async fn live() -> Json<Value> {
    Json(json!({"status": "alive"}))
}
