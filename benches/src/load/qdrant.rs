//! A stand-in for a Qdrant server, with as much of its interface as is needed under load. What it keeps is gone when
//! it is killed. Whether requests have the right shape is a matter of the tests of `recsys-store`.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use recsys_core::linalg::dot;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// A server that can be killed and started again at its address.
pub(super) struct Qdrant {
    address: String,
    points: Points,
    /// Its connections end with it.
    running: Option<Runtime>,
}

#[derive(Clone, Default)]
struct Points(Arc<Mutex<BTreeMap<String, HashMap<String, Point>>>>);

struct Point {
    vector: Vec<f32>,
    payload: Value,
}

impl Qdrant {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let mut server = Self { address, points: Points::default(), running: None };
        server.serve(listener)?;
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts all connections and loses what there is.
    pub(super) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown_background();
        }
        self.points.all().clear();
    }

    pub(super) fn start_again(&mut self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(&self.address)?;
        self.serve(listener)
    }

    /// Returns how many points there are.
    pub(super) fn count(&self) -> usize {
        self.points.all().values().map(HashMap::len).sum()
    }

    fn serve(&mut self, listener: TcpListener) -> anyhow::Result<()> {
        let routes = Router::new()
            .route("/collections/{name}", put(create))
            .route("/collections/{name}/index", put(|| async { answer(&json!(true)) }))
            .route("/collections/{name}/points", put(upsert))
            .route("/collections/{name}/points/delete", post(delete))
            .route("/collections/{name}/points/query/batch", post(query))
            .route("/collections/{name}/points/count", post(count))
            .layer(DefaultBodyLimit::max(64 << 20))
            .with_state(self.points.clone());
        listener.set_nonblocking(true)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(async move { axum::serve(listener, routes).await });
        self.running = Some(runtime);
        Ok(())
    }
}

impl Drop for Qdrant {
    fn drop(&mut self) {
        // A runtime cannot be waited for inside of another.
        self.kill();
    }
}

impl Points {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, HashMap<String, Point>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a collection that is there.
    fn with(&self, name: &str, act: impl FnOnce(&mut HashMap<String, Point>) -> Value) -> Response {
        match self.all().get_mut(name) {
            Some(points) => answer(&act(points)),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

fn answer(result: &Value) -> Response {
    axum::Json(json!({ "result": result, "status": "ok", "time": 0.0 })).into_response()
}

/// Returns the texts in a list.
fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn passes(id: &str, payload: &Value, filter: &Value) -> bool {
    let has = |condition: &Value| {
        let found = &payload[condition["key"].as_str().unwrap_or_default()];
        match &condition["match"] {
            Value::Object(wanted) => wanted.get("value").is_none_or(|wanted| found == wanted),
            _ => texts(&condition["has_id"]).any(|wanted| wanted == id),
        }
    };
    let list = |name: &str| filter[name].as_array().cloned().unwrap_or_default();
    list("must").iter().all(has) && !list("must_not").iter().any(has)
}

async fn create(State(points): State<Points>, Path(name): Path<String>) -> Response {
    points.all().entry(name).or_default();
    answer(&json!(true))
}

async fn upsert(
    State(points): State<Points>,
    Path(name): Path<String>,
    axum::Json(body): axum::Json<Value>,
) -> Response {
    points.with(&name, |points| {
        for point in body["points"].as_array().into_iter().flatten() {
            let values = point["vector"].as_array().into_iter().flatten();
            let vector = values.filter_map(Value::as_f64).map(|value| value as f32).collect();
            let id = point["id"].as_str().unwrap_or_default().to_owned();
            points.insert(id, Point { vector, payload: point["payload"].clone() });
        }
        json!({ "operation_id": 0, "status": "completed" })
    })
}

async fn delete(
    State(points): State<Points>,
    Path(name): Path<String>,
    axum::Json(body): axum::Json<Value>,
) -> Response {
    points.with(&name, |points| {
        texts(&body["points"]).for_each(|id| drop(points.remove(id)));
        if body.get("filter").is_some() {
            points.retain(|id, point| !passes(id, &point.payload, &body["filter"]));
        }
        json!({ "operation_id": 0, "status": "completed" })
    })
}

async fn count(
    State(points): State<Points>,
    Path(name): Path<String>,
    axum::Json(body): axum::Json<Value>,
) -> Response {
    points.with(&name, |points| {
        let passing = |(id, point): &(&String, &Point)| passes(id, &point.payload, &body["filter"]);
        json!({ "count": points.iter().filter(passing).count() })
    })
}

async fn query(
    State(points): State<Points>,
    Path(name): Path<String>,
    axum::Json(body): axum::Json<Value>,
) -> Response {
    points.with(&name, |points| {
        let search = |search: &Value| {
            let values = search["query"].as_array().into_iter().flatten();
            let wanted: Vec<f32> =
                values.filter_map(Value::as_f64).map(|value| value as f32).collect();
            let found = points.iter();
            let found = found.filter(|(id, point)| passes(id, &point.payload, &search["filter"]));
            let score = |vector: &[f32]| {
                dot(&wanted, vector) / (dot(&wanted, &wanted) * dot(vector, vector)).sqrt()
            };
            let mut found: Vec<(f32, &String, &Point)> =
                found.map(|(id, point)| (score(&point.vector), id, point)).collect();
            found.sort_by(|left, right| right.0.total_cmp(&left.0));
            found.truncate(search["limit"].as_u64().unwrap_or(10) as usize);
            let hit = |(score, id, point): &(f32, &String, &Point)| {
                json!({ "id": id, "version": 0, "score": score, "payload": point.payload })
            };
            json!({ "points": found.iter().map(hit).collect::<Vec<_>>() })
        };
        body["searches"].as_array().into_iter().flatten().map(search).collect()
    })
}
