//! Pinecone's control and data plane, as far as they are used: refuses what is not shaped as their descriptions say,
//! keeps points, and answers as the service does. A new index is ready when it is asked for the second time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use recsys_core::linalg::dot;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The largest body that the service takes.
const BODY: usize = 2 << 20;

#[derive(Clone)]
pub(super) struct FakePinecone {
    key: &'static str,
    indexes: Arc<Mutex<BTreeMap<String, Kept>>>,
}

struct Kept {
    dimension: usize,
    is_cosine: bool,
    asked: u32,
    namespaces: BTreeMap<String, BTreeMap<String, Vector>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIndex {
    name: String,
    dimension: usize,
    metric: String,
    vector_type: String,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    serverless: Serverless,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Serverless {
    cloud: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upsert {
    vectors: Vec<Vector>,
    namespace: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    values: Vec<f32>,
    metadata: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Query {
    namespace: String,
    vector: Vec<f32>,
    top_k: usize,
    filter: Option<Value>,
    #[serde(rename = "includeValues")]
    _include_values: bool,
    #[serde(rename = "includeMetadata")]
    _include_metadata: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Delete {
    ids: Option<Vec<String>>,
    #[serde(default)]
    delete_all: bool,
    namespace: String,
}

type Answer = Result<(StatusCode, Value), (StatusCode, String)>;

fn refused<T>(status: StatusCode, error: impl Into<String>) -> Result<T, (StatusCode, String)> {
    Err((status, error.into()))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body)
        .or_else(|error| refused(StatusCode::BAD_REQUEST, error.to_string()))
}

/// Answers of the control plane.
fn control(answer: Answer) -> Response {
    match answer {
        Ok((status, body)) => (status, axum::Json(body)).into_response(),
        Err((status, message)) => {
            let error = json!({ "code": "UNKNOWN", "message": message });
            let body = json!({ "error": error, "status": status.as_u16() });
            (status, axum::Json(body)).into_response()
        }
    }
}

/// Answers of the data plane.
fn data(answer: Answer) -> Response {
    match answer {
        Ok((status, body)) => (status, axum::Json(body)).into_response(),
        Err((status, message)) => {
            let body = json!({ "code": 3, "message": message, "details": [] });
            (status, axum::Json(body)).into_response()
        }
    }
}

/// Tells whether metadata pass a filter; an error for one that the service would not understand.
fn passes(metadata: &Map<String, Value>, filter: &Value) -> Result<bool, (StatusCode, String)> {
    let wrong = || refused(StatusCode::BAD_REQUEST, format!("filter {filter}"));
    let Some(filter) = filter.as_object().filter(|filter| filter.len() == 1) else {
        return wrong();
    };
    let Some((key, condition)) = filter.iter().next() else { return wrong() };
    if key == "$and" {
        let Some(all) = condition.as_array().filter(|all| !all.is_empty()) else { return wrong() };
        let mut every = true;
        for condition in all {
            every &= passes(metadata, condition)?;
        }
        return Ok(every);
    }
    let Some(condition) = condition.as_object().filter(|condition| condition.len() == 1) else {
        return wrong();
    };
    let found = metadata.get(key);
    let values = match found {
        Some(Value::Array(values)) => &values[..],
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    match condition.iter().next() {
        Some((operator, wanted)) if operator == "$eq" => Ok(values.contains(wanted)),
        Some((operator, Value::Array(wanted)))
            if matches!(operator.as_str(), "$in" | "$nin")
                && (1..=10_000).contains(&wanted.len()) =>
        {
            let any = values.iter().any(|value| wanted.contains(value));
            Ok(any == (operator == "$in"))
        }
        _ => wrong(),
    }
}

/// Metadata are texts, numbers, truth values and lists of texts, at most 40 KB of them.
fn is_allowed(metadata: &Map<String, Value>) -> bool {
    let size = serde_json::to_string(metadata).unwrap().len();
    size <= 40 << 10
        && metadata.values().all(|value| match value {
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            Value::Array(values) => values.iter().all(Value::is_string),
            Value::Null | Value::Object(_) => false,
        })
}

impl FakePinecone {
    pub(super) fn new(key: &'static str) -> Self {
        Self { key, indexes: Arc::default() }
    }

    /// The data plane of an index stands below a path of its own.
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/indexes", post(create))
            .route("/indexes/{name}", get(describe))
            .route("/data/{name}/vectors/upsert", post(upsert))
            .route("/data/{name}/vectors/delete", post(delete))
            .route("/data/{name}/query", post(query))
            .route("/data/{name}/namespaces/{namespace}", get(namespace))
            .layer(from_fn_with_state(self.clone(), authorize))
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self)
    }

    fn with(&self, name: &str, act: impl FnOnce(&mut Kept) -> Answer) -> Response {
        data(match self.indexes.lock().unwrap().get_mut(name) {
            Some(index) => act(index),
            None => refused(StatusCode::NOT_FOUND, "index not found"),
        })
    }
}

async fn authorize(State(fake): State<FakePinecone>, request: Request, next: Next) -> Response {
    match refuse(&fake, &request) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refuse(fake: &FakePinecone, request: &Request) -> Option<(StatusCode, &'static str)> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header("api-key") != Some(fake.key) {
        return Some((StatusCode::UNAUTHORIZED, "Invalid API Key"));
    }
    if header("x-pinecone-api-version") != Some("2026-04") {
        return Some((StatusCode::BAD_REQUEST, "no version"));
    }
    let is_json = header("content-type") == Some("application/json");
    if request.method() == "POST" && !is_json {
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "no JSON"));
    }
    None
}

async fn create(State(fake): State<FakePinecone>, body: Bytes) -> Response {
    let make = || {
        let new: NewIndex = read(&body)?;
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_named = (1..=45).contains(&new.name.len()) && new.name.bytes().all(inside);
        let is_placed = ["aws", "gcp", "azure"].contains(&&*new.spec.serverless.cloud)
            && !new.spec.serverless.region.is_empty();
        let is_sized = (1..=20_000).contains(&new.dimension);
        if !(is_named && is_placed && is_sized && new.vector_type == "dense") {
            return refused(StatusCode::BAD_REQUEST, "name, place, dimension or type");
        }
        let is_cosine = match &*new.metric {
            "cosine" => true,
            "dotproduct" => false,
            _ => return refused(StatusCode::BAD_REQUEST, "metric"),
        };
        let mut indexes = fake.indexes.lock().unwrap();
        if indexes.contains_key(&new.name) {
            return refused(StatusCode::CONFLICT, "Resource already exists");
        }
        let namespaces = BTreeMap::new();
        let kept = Kept { dimension: new.dimension, is_cosine, asked: 0, namespaces };
        indexes.insert(new.name.clone(), kept);
        let status = json!({ "ready": false, "state": "Initializing" });
        Ok((StatusCode::CREATED, json!({ "name": new.name, "host": "soon", "status": status })))
    };
    control(make())
}

async fn describe(
    State(fake): State<FakePinecone>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let find = || {
        let mut indexes = fake.indexes.lock().unwrap();
        let Some(index) = indexes.get_mut(&name) else {
            return refused(StatusCode::NOT_FOUND, format!("Resource {name} not found"));
        };
        index.asked += 1;
        let ready = index.asked > 1;
        let state = if ready { "Ready" } else { "Initializing" };
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        let body = json!({
            "name": name,
            "dimension": index.dimension,
            "metric": if index.is_cosine { "cosine" } else { "dotproduct" },
            "host": format!("{host}/data/{name}"),
            "spec": { "serverless": { "cloud": "aws", "region": "us-east-1" } },
            "status": { "ready": ready, "state": state },
            "vector_type": "dense",
        });
        Ok((StatusCode::OK, body))
    };
    control(find())
}

async fn upsert(
    State(fake): State<FakePinecone>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    fake.with(&name, |index| {
        let Upsert { vectors, namespace } = read(&body)?;
        let is_good = |vector: &Vector| {
            vector.values.len() == index.dimension
                && vector.values.iter().any(|value| value.abs() > 0.0)
                && (1..=512).contains(&vector.id.len())
                && is_allowed(&vector.metadata)
        };
        if !(1..=1_000).contains(&vectors.len()) || !vectors.iter().all(is_good) {
            return refused(StatusCode::BAD_REQUEST, "vectors");
        }
        let count = vectors.len();
        let kept = index.namespaces.entry(namespace).or_default();
        kept.extend(vectors.into_iter().map(|vector| (vector.id.clone(), vector)));
        Ok((StatusCode::OK, json!({ "upsertedCount": count })))
    })
}

async fn delete(
    State(fake): State<FakePinecone>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    fake.with(&name, |index| {
        let Delete { ids, delete_all, namespace } = read(&body)?;
        let Some(kept) = index.namespaces.get_mut(&namespace) else {
            return refused(StatusCode::NOT_FOUND, "Namespace not found");
        };
        match (ids, delete_all) {
            (Some(ids), false) if (1..=1_000).contains(&ids.len()) => {
                kept.retain(|id, _| !ids.contains(id));
            }
            (None, true) => drop(index.namespaces.remove(&namespace)),
            _ => return refused(StatusCode::BAD_REQUEST, "ids or deleteAll"),
        }
        Ok((StatusCode::OK, json!({})))
    })
}

async fn query(
    State(fake): State<FakePinecone>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    fake.with(&name, |index| {
        let query: Query = read(&body)?;
        if query.vector.len() != index.dimension || !(1..=10_000).contains(&query.top_k) {
            return refused(StatusCode::BAD_REQUEST, "vector or topK");
        }
        let none = BTreeMap::new();
        let mut matches = Vec::new();
        for vector in index.namespaces.get(&query.namespace).unwrap_or(&none).values() {
            if let Some(filter) = &query.filter
                && !passes(&vector.metadata, filter)?
            {
                continue;
            }
            let product = dot(&query.vector, &vector.values);
            let squares = dot(&query.vector, &query.vector) * dot(&vector.values, &vector.values);
            let score = if index.is_cosine { product / squares.sqrt() } else { product };
            matches.push((score, &vector.id));
        }
        matches.sort_by(|left, right| right.0.total_cmp(&left.0));
        matches.truncate(query.top_k);
        let matches: Vec<Value> = matches
            .iter()
            .map(|(score, id)| json!({ "id": id, "score": score, "values": [] }))
            .collect();
        let body = json!({
            "results": [],
            "matches": matches,
            "namespace": query.namespace,
            "usage": { "readUnits": 5 },
        });
        Ok((StatusCode::OK, body))
    })
}

async fn namespace(
    State(fake): State<FakePinecone>,
    Path((name, namespace)): Path<(String, String)>,
) -> Response {
    fake.with(&name, |index| match index.namespaces.get(&namespace) {
        // Numbers of 64 bits come as texts.
        Some(kept) => {
            let count = kept.len().to_string();
            Ok((StatusCode::OK, json!({ "name": namespace, "record_count": count })))
        }
        None => refused(StatusCode::NOT_FOUND, "Namespace not found"),
    })
}
