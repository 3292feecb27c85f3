//! Weaviate's HTTP interfaces, as far as they are used: refuses what is not shaped as their description says, keeps
//! objects, and answers as the server does.

mod questions;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The largest body that is taken.
const BODY: usize = 32 << 20;

#[derive(Clone)]
pub(super) struct FakeWeaviate {
    key: &'static str,
    has_graphql: bool,
    classes: Arc<Mutex<BTreeMap<String, Class>>>,
}

/// A class and what its tenants have.
struct Class {
    is_cosine: bool,
    tenants: BTreeMap<String, BTreeMap<String, Object>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewClass {
    class: String,
    vectorizer: String,
    vector_index_type: String,
    vector_index_config: Map<String, Value>,
    multi_tenancy_config: Map<String, Value>,
    properties: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTenant {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objects {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    class: String,
    tenant: String,
    id: String,
    vector: Vec<f32>,
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deletion {
    r#match: Match,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    class: String,
    r#where: Where,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Where {
    path: Vec<String>,
    operator: String,
    value_text_array: Vec<String>,
}

type Answer = Result<Value, (StatusCode, String)>;

fn refused<T>(error: impl Into<String>) -> Result<T, (StatusCode, String)> {
    Err((StatusCode::UNPROCESSABLE_ENTITY, error.into()))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body).or_else(|error| refused(error.to_string()))
}

fn answer(answer: Answer) -> Response {
    match answer {
        Ok(body) => axum::Json(body).into_response(),
        Err((status, message)) => (status, axum::Json(refusal(&message))).into_response(),
    }
}

fn refusal(message: &str) -> Value {
    json!({ "error": [{ "message": message }] })
}

impl FakeWeaviate {
    pub(super) fn new(key: &'static str) -> Self {
        Self { key, has_graphql: true, classes: Arc::default() }
    }

    /// The same as a server that runs with `DISABLE_GRAPHQL`.
    pub(super) fn without_graphql(self) -> Self {
        Self { has_graphql: false, ..self }
    }

    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/v1/schema", post(create))
            .route("/v1/schema/{class}", get(describe))
            .route("/v1/schema/{class}/tenants", post(add_tenants).delete(remove_tenants))
            .route("/v1/schema/{class}/tenants/{tenant}", get(describe_tenant))
            .route("/v1/batch/objects", post(store).delete(delete))
            .route("/v1/graphql/batch", post(ask))
            .layer(from_fn_with_state(self.clone(), authorize))
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self)
    }

    fn with(&self, class: &str, act: impl FnOnce(&mut Class) -> Answer) -> Response {
        answer(match self.classes.lock().unwrap().get_mut(class) {
            Some(class) => act(class),
            None => refused(format!("class {class} not found")),
        })
    }
}

async fn authorize(State(fake): State<FakeWeaviate>, request: Request, next: Next) -> Response {
    match refuse(&fake, &request) {
        Some((status, message)) => answer(Err((status, message.to_owned()))),
        None => next.run(request).await,
    }
}

fn refuse(fake: &FakeWeaviate, request: &Request) -> Option<(StatusCode, &'static str)> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header("authorization") != Some(&format!("Bearer {}", fake.key)) {
        return Some((StatusCode::UNAUTHORIZED, "anonymous access not enabled"));
    }
    let is_json = header("content-type") == Some("application/json");
    if request.method() != "GET" && !is_json {
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "no JSON"));
    }
    None
}

async fn create(State(fake): State<FakeWeaviate>, body: Bytes) -> Response {
    let make = || {
        let new: NewClass = read(&body)?;
        let mut letters = new.class.bytes();
        let is_named = letters.next().is_some_and(|first| first.is_ascii_uppercase())
            && letters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_cosine = match new.vector_index_config.get("distance").and_then(Value::as_str) {
            Some("cosine") => true,
            Some("dot") => false,
            other => return refused(format!("distance {other:?}")),
        };
        let tenants = &new.multi_tenancy_config;
        let has_tenants = tenants.get("enabled") == Some(&json!(true))
            && tenants.get("autoTenantCreation") == Some(&json!(false));
        let is_indexed = ["flat", "hnsw"].contains(&&*new.vector_index_type);
        let is_whole = |property: &Map<String, Value>| {
            let is_text = property["dataType"][0].as_str().unwrap().starts_with("text");
            property["indexFilterable"] == json!(true)
                && property.get("tokenization").is_some() == is_text
        };
        let is_good = is_named && has_tenants && is_indexed && new.vectorizer == "none";
        if !is_good || !new.properties.iter().all(is_whole) {
            return refused("class");
        }
        let mut classes = fake.classes.lock().unwrap();
        if classes.contains_key(&new.class) {
            return refused(format!("class name {} already exists", new.class));
        }
        let body = json!({ "class": new.class, "replicationConfig": { "factor": 1 } });
        classes.insert(new.class, Class { is_cosine, tenants: BTreeMap::new() });
        Ok(body)
    };
    answer(make())
}

async fn describe(State(fake): State<FakeWeaviate>, Path(class): Path<String>) -> Response {
    match fake.classes.lock().unwrap().contains_key(&class) {
        true => answer(Ok(json!({ "class": class }))),
        // Without a body, as from the server.
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn describe_tenant(
    State(fake): State<FakeWeaviate>,
    Path((class, tenant)): Path<(String, String)>,
) -> Response {
    let classes = fake.classes.lock().unwrap();
    answer(match classes.get(&class).and_then(|class| class.tenants.get(&tenant)) {
        Some(_) => Ok(json!({ "name": tenant, "activityStatus": "ACTIVE" })),
        None => Err((StatusCode::NOT_FOUND, format!("tenant {tenant} not found"))),
    })
}

async fn add_tenants(
    State(fake): State<FakeWeaviate>,
    Path(class): Path<String>,
    body: Bytes,
) -> Response {
    fake.with(&class, |class| {
        let new: Vec<NewTenant> = read(&body)?;
        for NewTenant { name } in &new {
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
                return refused("'tenants' name");
            }
            class.tenants.entry(name.clone()).or_default();
        }
        Ok(new.iter().map(|new| json!({ "name": new.name })).collect())
    })
}

async fn remove_tenants(
    State(fake): State<FakeWeaviate>,
    Path(class): Path<String>,
    body: Bytes,
) -> Response {
    fake.with(&class, |class| {
        for name in read::<Vec<String>>(&body)? {
            class.tenants.remove(&name);
        }
        Ok(Value::Null)
    })
}

async fn store(State(fake): State<FakeWeaviate>, body: Bytes) -> Response {
    let put = || {
        let Objects { objects } = read(&body)?;
        let mut classes = fake.classes.lock().unwrap();
        let mut stored = Vec::new();
        for object in objects {
            let mut result = json!({ "status": "SUCCESS" });
            let (class, id) = (object.class.clone(), object.id.clone());
            // A server with its usual settings makes a class that is not there, without tenants.
            let kept = classes
                .entry(class.clone())
                .or_insert_with(|| Class { is_cosine: true, tenants: BTreeMap::new() });
            match kept.tenants.get_mut(&object.tenant) {
                Some(objects) => {
                    let dimension = objects.values().next().map(|object| object.vector.len());
                    if dimension.is_some_and(|dimension| dimension != object.vector.len()) {
                        return refused("vector lengths don't match");
                    }
                    objects.insert(id.clone(), object);
                }
                None => {
                    let message = format!("tenant not found: \"{}\"", object.tenant);
                    result = json!({ "status": "FAILED", "errors": refusal(&message) });
                }
            }
            stored.push(json!({ "class": class, "id": id, "result": result }));
        }
        Ok(Value::Array(stored))
    };
    answer(put())
}

async fn delete(
    State(fake): State<FakeWeaviate>,
    Query(parameters): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> Response {
    let read = read::<Deletion>(&body);
    let Deletion { r#match: Match { class, r#where } } = match read {
        Ok(deletion) => deletion,
        Err(error) => return answer(Err(error)),
    };
    fake.with(&class, |class| {
        let Some(objects) = parameters.get("tenant").and_then(|it| class.tenants.get_mut(it))
        else {
            return refused("tenant not found");
        };
        let Where { path, operator, value_text_array: ids } = r#where;
        if path != ["id"] || operator != "ContainsAny" || !(1..=10_000).contains(&ids.len()) {
            return refused("where");
        }
        let before = objects.len();
        objects.retain(|id, _| !ids.contains(id));
        let gone = before - objects.len();
        let results = json!({ "matches": gone, "limit": 10_000, "successful": gone, "failed": 0 });
        Ok(json!({ "output": "minimal", "dryRun": false, "results": results }))
    })
}

async fn ask(State(fake): State<FakeWeaviate>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Question {
        query: String,
    }
    let answers = || {
        let questions: Vec<Question> = read(&body)?;
        let classes = fake.classes.lock().unwrap();
        if !fake.has_graphql {
            return refused("graphql api is disabled");
        }
        if classes.is_empty() {
            return refused("no graphql provider present");
        }
        let answer = |question: &Question| match questions::answer(&classes, &question.query) {
            Ok(data) => json!({ "data": data }),
            Err(message) => json!({ "data": { "Get": {} }, "errors": [{ "message": message }] }),
        };
        Ok(questions.iter().map(answer).collect())
    };
    answer(answers())
}
