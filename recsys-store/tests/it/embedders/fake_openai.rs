//! OpenAI's interface for embeddings, as far as it is used: refuses what is not shaped as its description says, and
//! answers as the service does, in another order than it was asked.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

/// Length of the model's vectors.
pub(super) const DIMENSION: usize = 256;
pub(super) const MODEL: &str = "test-embedding-1";
/// Texts in one request.
const MOST: usize = 2_048;

type Spoil = fn(&mut Value);

#[derive(Clone)]
pub(super) struct FakeOpenAi {
    key: &'static str,
    /// What is done to an answer before it is sent.
    spoil: Spoil,
    /// How many texts came with each request.
    asked: Arc<Mutex<Vec<usize>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    model: String,
    input: Vec<String>,
    dimensions: Option<usize>,
}

impl FakeOpenAi {
    pub(super) fn new(key: &'static str) -> Self {
        Self { key, spoil: |_| (), asked: Arc::default() }
    }

    pub(super) fn spoiling(self, spoil: Spoil) -> Self {
        Self { spoil, ..self }
    }

    pub(super) fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn routes(self) -> Router {
        Router::new().route("/v1/embeddings", post(embed)).with_state(self)
    }
}

async fn embed(State(fake): State<FakeOpenAi>, headers: HeaderMap, body: Bytes) -> Response {
    let refused = |status: StatusCode, message: String| {
        let error = json!({ "error": { "message": message, "type": "invalid_request_error" } });
        (status, axum::Json(error)).into_response()
    };
    let expected = format!("Bearer {}", fake.key);
    if headers.get("authorization").is_none_or(|key| key.as_bytes() != expected.as_bytes()) {
        return refused(StatusCode::UNAUTHORIZED, "Incorrect API key provided".to_owned());
    }
    if headers.get("content-type").is_none_or(|kind| kind != "application/json") {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content type".to_owned());
    }
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error.to_string()),
    };
    if asked.model != MODEL {
        let message = format!("The model `{}` does not exist", asked.model);
        return refused(StatusCode::NOT_FOUND, message);
    }
    let empty = asked.input.iter().any(|text| text.trim().is_empty());
    if asked.input.is_empty() || asked.input.len() > MOST || empty {
        return refused(StatusCode::BAD_REQUEST, "'$.input' is invalid".to_owned());
    }
    fake.asked.lock().unwrap().push(asked.input.len());
    let dimension = asked.dimensions.unwrap_or(DIMENSION);
    let embedding = |(index, text): (usize, &String)| json!({ "object": "embedding", "index": index, "embedding": vector(text, dimension) });
    let data: Vec<Value> = asked.input.iter().enumerate().rev().map(embedding).collect();
    let usage = json!({ "prompt_tokens": 1, "total_tokens": 1 });
    let mut answer = json!({ "object": "list", "data": data, "model": MODEL, "usage": usage });
    (fake.spoil)(&mut answer);
    axum::Json(answer).into_response()
}

/// Each word counts in a place of its own, or nearly so.
fn vector(text: &str, dimension: usize) -> Vec<f32> {
    let mut vector = vec![0.0; dimension];
    for word in text.split_whitespace() {
        let mut hasher = DefaultHasher::new();
        word.to_lowercase().hash(&mut hasher);
        vector[usize::try_from(hasher.finish() % dimension as u64).unwrap()] += 1.0;
    }
    vector
}
