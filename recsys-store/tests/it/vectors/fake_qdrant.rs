//! Qdrant's REST interface, as far as it is used: refuses what is not shaped as its description says, keeps points,
//! and answers as the server does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use recsys_core::linalg::dot;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The largest body that a server takes by default: 32 MiB.
const BODY: usize = 32 << 20;

#[derive(Clone)]
pub(crate) struct FakeQdrant {
    key: &'static str,
    collections: Arc<Mutex<BTreeMap<String, Collection>>>,
}

struct Collection {
    size: usize,
    is_cosine: bool,
    points: BTreeMap<Uuid, Point>,
    indexed: BTreeSet<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    id: Uuid,
    vector: Vec<f32>,
    #[serde(default)]
    payload: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCollection {
    vectors: Vectors,
    #[serde(default)]
    hnsw_config: Hnsw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    size: usize,
    distance: Distance,
}

#[derive(Deserialize)]
enum Distance {
    Cosine,
    Dot,
    Euclid,
    Manhattan,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hnsw {
    m: Option<usize>,
    payload_m: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIndex {
    field_name: String,
    field_schema: Schema,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Schema {
    Keyword { is_tenant: Option<bool> },
    Bool {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upsert {
    points: Vec<Point>,
}

/// One of the two; a server refuses both and neither.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Selector {
    Points(Vec<Uuid>),
    Filter(Filter),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    must: Vec<Condition>,
    #[serde(default)]
    must_not: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Condition {
    Field(Field),
    HasId(HasId),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    key: String,
    r#match: Match,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Match {
    Value(Value),
    Any(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HasId {
    has_id: BTreeSet<Uuid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    searches: Vec<Search>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    query: Vec<f32>,
    filter: Option<Filter>,
    #[serde(default, rename = "params")]
    _params: Params,
    limit: usize,
    with_payload: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(rename = "exact")]
    _exact: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    filter: Option<Filter>,
    #[serde(rename = "exact")]
    _exact: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    wait: bool,
}

type Answer = Result<Value, (StatusCode, String)>;

fn refused(status: StatusCode, error: impl Into<String>) -> (StatusCode, String) {
    (status, error.into())
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body)
        .map_err(|error| refused(StatusCode::BAD_REQUEST, error.to_string()))
}

/// Every answer has this shape, refusals too.
fn envelope(answer: Answer) -> Response {
    let (status, body) = match answer {
        Ok(result) => (StatusCode::OK, json!({ "result": result, "status": "ok", "time": 0.001 })),
        Err((status, error)) => {
            (status, json!({ "status": { "error": error }, "time": 0.001, "result": null }))
        }
    };
    (status, axum::Json(body)).into_response()
}

impl Collection {
    fn passes(&self, point: &Point, filter: Option<&Filter>) -> bool {
        let holds = |condition: &Condition| match condition {
            Condition::HasId(ids) => ids.has_id.contains(&point.id),
            Condition::Field(field) => {
                let found = point.payload.get(&field.key).unwrap_or(&Value::Null);
                let values = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
                values.iter().any(|value| match &field.r#match {
                    Match::Value(wanted) => value == wanted,
                    Match::Any(wanted) => {
                        value.as_str().is_some_and(|value| wanted.iter().any(|one| one == value))
                    }
                })
            }
        };
        filter.is_none_or(|filter| {
            filter.must.iter().all(holds) && !filter.must_not.iter().any(holds)
        })
    }

    /// A filter that does not begin with the tenant, or goes by a key without an index, is a fault of the client.
    fn check(&self, filter: Option<&Filter>) -> Result<(), (StatusCode, String)> {
        let wrong = |what: &str| Err(refused(StatusCode::BAD_REQUEST, what));
        let Some(filter) = filter else { return wrong("no filter by tenant") };
        match filter.must.first() {
            Some(Condition::Field(Field { key, r#match: Match::Value(Value::String(_)) }))
                if key == "tenant" => {}
            _ => return wrong("no filter by tenant"),
        }
        for condition in filter.must.iter().chain(&filter.must_not) {
            if let Condition::Field(Field { key, .. }) = condition
                && !self.indexed.contains(key)
            {
                return wrong(&format!("index required but not found for {key}"));
            }
        }
        Ok(())
    }

    fn search(&self, search: &Search) -> Answer {
        self.check(search.filter.as_ref())?;
        if search.query.len() != self.size {
            let sizes = format!("expected dim: {}, got {}", self.size, search.query.len());
            return Err(refused(StatusCode::BAD_REQUEST, sizes));
        }
        let length = |vector: &[f32]| dot(vector, vector).sqrt();
        let score = |point: &Point| {
            let product = dot(&search.query, &point.vector);
            let lengths = length(&search.query) * length(&point.vector);
            if self.is_cosine { product / lengths } else { product }
        };
        let passing =
            self.points.values().filter(|&point| self.passes(point, search.filter.as_ref()));
        let mut scored: Vec<(f32, &Point)> = passing.map(|point| (score(point), point)).collect();
        scored.sort_by(|left, right| right.0.total_cmp(&left.0));
        scored.truncate(search.limit);
        let hit = |(score, point): (f32, &Point)| {
            let wanted = point.payload.iter().filter(|(key, _)| search.with_payload.contains(key));
            let payload: Map<String, Value> =
                wanted.map(|(key, value)| (key.clone(), value.clone())).collect();
            json!({ "id": point.id, "version": 3, "score": score, "payload": payload })
        };
        Ok(json!({ "points": scored.into_iter().map(hit).collect::<Vec<_>>() }))
    }
}

impl FakeQdrant {
    pub(crate) fn new(key: &'static str) -> Self {
        Self { key, collections: Arc::default() }
    }

    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/collections/{name}", put(create))
            .route("/collections/{name}/index", put(index))
            .route("/collections/{name}/points", put(upsert))
            .route("/collections/{name}/points/delete", post(delete))
            .route("/collections/{name}/points/query/batch", post(search))
            .route("/collections/{name}/points/count", post(count))
            .layer(from_fn_with_state(self.clone(), authorize))
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self)
    }

    /// Loses everything.
    pub(crate) fn lose(&self) {
        self.collections.lock().unwrap().clear();
    }

    /// Returns the number of points in all collections.
    pub(crate) fn points(&self) -> usize {
        let collections = self.collections.lock().unwrap();
        collections.values().map(|collection| collection.points.len()).sum()
    }

    fn with(&self, name: &str, act: impl FnOnce(&mut Collection) -> Answer) -> Response {
        let mut collections = self.collections.lock().unwrap();
        envelope(match collections.get_mut(name) {
            Some(collection) => act(collection),
            None => Err(refused(
                StatusCode::NOT_FOUND,
                format!("Not found: Collection `{name}` doesn't exist!"),
            )),
        })
    }
}

async fn authorize(State(fake): State<FakeQdrant>, request: Request, next: Next) -> Response {
    if request.headers().get("api-key").is_none_or(|key| key != fake.key) {
        let text = "Must provide an API key or an Authorization bearer token";
        return (StatusCode::UNAUTHORIZED, text).into_response();
    }
    if request.headers().get("content-type").is_none_or(|kind| kind != "application/json") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content type error").into_response();
    }
    next.run(request).await
}

async fn create(State(fake): State<FakeQdrant>, Path(name): Path<String>, body: Bytes) -> Response {
    let make = || {
        let new: NewCollection = read(&body)?;
        let mut collections = fake.collections.lock().unwrap();
        if collections.contains_key(&name) {
            let text = format!("Wrong input: Collection `{name}` already exists!");
            return Err(refused(StatusCode::CONFLICT, text));
        }
        if name.len() > 255 || name.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']) {
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "collection name"));
        }
        if !(1..=65_536).contains(&new.vectors.size) {
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "vectors.size"));
        }
        assert_eq!(
            (new.hnsw_config.m, new.hnsw_config.payload_m),
            (Some(0), Some(16)),
            "a graph for each tenant"
        );
        let is_cosine = match new.vectors.distance {
            Distance::Cosine => true,
            Distance::Dot => false,
            Distance::Euclid | Distance::Manhattan => {
                return Err(refused(StatusCode::BAD_REQUEST, "smaller would be nearer"));
            }
        };
        let (points, indexed) = (BTreeMap::new(), BTreeSet::new());
        let collection = Collection { size: new.vectors.size, is_cosine, points, indexed };
        collections.insert(name.clone(), collection);
        Ok(json!(true))
    };
    envelope(make())
}

async fn index(
    State(fake): State<FakeQdrant>,
    Path(name): Path<String>,
    Query(_): Query<Wait>,
    body: Bytes,
) -> Response {
    fake.with(&name, |collection| {
        let new: NewIndex = read(&body)?;
        if new.field_name == "tenant" {
            let Schema::Keyword { is_tenant: Some(true) } = new.field_schema else {
                return Err(refused(StatusCode::BAD_REQUEST, "points are grouped by tenant"));
            };
        }
        collection.indexed.insert(new.field_name);
        Ok(json!({ "operation_id": 1, "status": "completed" }))
    })
}

async fn upsert(
    State(fake): State<FakeQdrant>,
    Path(name): Path<String>,
    Query(wait): Query<Wait>,
    body: Bytes,
) -> Response {
    fake.with(&name, |collection| {
        let Upsert { points } = read(&body)?;
        if !wait.wait || points.is_empty() || body.len() > BODY {
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "wait, points or size"));
        }
        for point in points {
            if point.vector.len() != collection.size {
                let sizes =
                    format!("expected dim: {}, got {}", collection.size, point.vector.len());
                return Err(refused(StatusCode::BAD_REQUEST, sizes));
            }
            collection.points.insert(point.id, point);
        }
        Ok(json!({ "operation_id": 2, "status": "completed" }))
    })
}

async fn delete(
    State(fake): State<FakeQdrant>,
    Path(name): Path<String>,
    Query(wait): Query<Wait>,
    body: Bytes,
) -> Response {
    fake.with(&name, |collection| {
        if !wait.wait {
            return Err(refused(StatusCode::BAD_REQUEST, "it would not be seen at once"));
        }
        match read(&body)? {
            Selector::Points(ids) => ids.iter().for_each(|id| drop(collection.points.remove(id))),
            Selector::Filter(filter) => {
                collection.check(Some(&filter))?;
                let mut points = std::mem::take(&mut collection.points);
                points.retain(|_, point| !collection.passes(point, Some(&filter)));
                collection.points = points;
            }
        }
        Ok(json!({ "operation_id": 3, "status": "completed" }))
    })
}

async fn search(State(fake): State<FakeQdrant>, Path(name): Path<String>, body: Bytes) -> Response {
    fake.with(&name, |collection| {
        let batch: Batch = read(&body)?;
        batch.searches.iter().map(|search| collection.search(search)).collect()
    })
}

async fn count(State(fake): State<FakeQdrant>, Path(name): Path<String>, body: Bytes) -> Response {
    fake.with(&name, |collection| {
        let count: Count = read(&body)?;
        collection.check(count.filter.as_ref())?;
        let passing = |point: &&Point| collection.passes(point, count.filter.as_ref());
        Ok(json!({ "count": collection.points.values().filter(passing).count() }))
    })
}
