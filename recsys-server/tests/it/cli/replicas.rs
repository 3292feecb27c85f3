//! Two servers and workers on one PostgreSQL database and one Redis Cluster, as users run them.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use recsys_store::testing::postgres::TestDatabase;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::{ask, request};
use super::program::{Run, Server, command};
use super::subscriber::Subscriber;

pub(super) struct Site {
    database: TestDatabase,
    redis: String,
    folder: TempDir,
}

impl Site {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = runtime.block_on(TestDatabase::create());
        let redis = std::env::var("RECSYS_TEST_REDIS_CLUSTER")
            .expect("RECSYS_TEST_REDIS_CLUSTER is not set: run `.ci/test`");
        let site = Self { database, redis, folder: TempDir::new().unwrap() };
        let mut create = site.command();
        create.args(["tenant", "create", "--domain", "shop", "--name", "Shop"]);
        Run::of(&mut create).ok();
        site
    }

    pub(super) fn command(&self) -> std::process::Command {
        let mut command = command(Some(self.folder.path()));
        command.env("DATABASE_URL", self.database.url()).env("REDIS_NODES", &self.redis);
        // Other tests have the same Redis and come from the same address.
        command.env("RECSYS_REDIS_PREFIX", self.folder.path().file_name().unwrap());
        command
    }

    pub(super) fn serve(&self, options: &[&str]) -> Server {
        let mut command = self.command();
        command.args(["serve", "--json", "--port", "0", "--no-worker"]).args(options);
        Server::start(&mut command)
    }

    fn worker(&self) -> Server {
        Server::start(self.command().args(["worker", "--json", "--lease", "1"]))
    }
}

pub(super) fn register(server: &Server, name: &str) -> String {
    let account = format!(
        "email: \"{name}@example.com\", password: \"correct horse battery\", tenantDomain: \"shop\""
    );
    let register = format!(
        "mutation {{ register(input: {{{account}, username: \"{name}\"}}) {{ accessToken }} }}"
    );
    let session = ask(server.url(), None, &register).unwrap();
    session["register"]["accessToken"].as_str().unwrap().to_owned()
}

pub(super) fn create(server: &Server, token: &str, title: &str) -> String {
    let create = format!("mutation {{ createItem(input: {{title: \"{title}\"}}) {{ id }} }}");
    let created = ask(server.url(), Some(token), &create).unwrap();
    created["createItem"]["id"].as_str().unwrap().to_owned()
}

pub(super) fn buy(server: &Server, token: &str, item: &str) {
    let input = format!("{{itemId: \"{item}\", interactionType: \"purchase\"}}");
    let record = format!("mutation {{ recordInteraction(input: {input}) {{ id }} }}");
    ask(server.url(), Some(token), &record).unwrap();
}

fn list(server: &Server, token: &str) -> Value {
    let query = "{ recommendations { source modelVersion items { item { title } } } }";
    ask(server.url(), Some(token), query).unwrap()["recommendations"].clone()
}

/// The titles of a list, or of its places.
fn titles(list: &Value) -> Vec<&str> {
    let places = list.as_array().or_else(|| list["items"].as_array()).unwrap().iter();
    places.map(|place| place["item"]["title"].as_str().unwrap()).collect()
}

#[test]
fn an_event_through_one_server_counts_in_the_next_request_to_the_other() {
    let site = Site::new();
    let (one, two) = (site.serve(&[]), site.serve(&[]));
    let token = register(&one, "ada");
    let items: Vec<String> = (0..12).map(|at| create(&one, &token, &format!("{at}"))).collect();
    assert_eq!(titles(&list(&two, &token)).len(), 10);
    for (bought, item) in items.iter().enumerate().take(8) {
        // Both have kept a list of before, and so has Redis.
        list(&one, &token);
        let (at, other) = if bought % 2 == 0 { (&one, &two) } else { (&two, &one) };
        buy(at, &token, item);
        let found = list(other, &token);
        assert!(!titles(&found).contains(&bought.to_string().as_str()), "{bought}: {found}");
        assert_eq!(titles(&found).len(), 10.min(12 - bought - 1));
    }
}

#[test]
fn of_three_workers_one_trains_and_both_servers_serve_its_model_within_a_second() {
    let site = Site::new();
    let (one, two) = (site.serve(&[]), site.serve(&[]));
    let _workers = [site.worker(), site.worker(), site.worker()];
    let token = register(&one, "ada");
    let items: Vec<String> = (0..5).map(|at| create(&one, &token, &format!("{at}"))).collect();
    buy(&one, &token, &items[0]);
    let train = "mutation { trainModel(algorithm: \"popularity\") { id } }";
    let job = ask(two.url(), Some(&token), train).unwrap()["trainModel"]["id"].clone();
    let jobs = "{ trainingJobs { id status modelVersion } }";
    let ended = loop {
        let jobs = ask(one.url(), Some(&token), jobs).unwrap()["trainingJobs"].clone();
        assert_eq!(jobs.as_array().unwrap().len(), 1);
        if jobs[0]["status"] == json!("SUCCEEDED") {
            break jobs[0].clone();
        }
        assert_ne!(jobs[0]["status"], json!("FAILED"), "{jobs}");
    };
    assert_eq!(ended["id"], job);
    let ended_at = Instant::now();
    for server in [&one, &two] {
        let query =
            "{ recommendations(options: {algorithm: \"popularity\"}) { source modelVersion } }";
        let found = ask(server.url(), Some(&token), query).unwrap()["recommendations"].clone();
        assert_eq!(found, json!({"source": "model", "modelVersion": ended["modelVersion"]}));
    }
    assert!(ended_at.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_worker_that_is_killed_while_it_trains_is_replaced() {
    // Large enough for a training that does not end before the worker does.
    const SIZE: usize = 3_000;
    let site = Site::new();
    let rows = (0..SIZE).flat_map(|at| [(at, at), (at, (at + 1) % SIZE), (at, (7 * at) % SIZE)]);
    let rows: String = rows.map(|(user, item)| format!("u{user},i{item},4\n")).collect();
    let events = site.folder.path().join("events.csv");
    std::fs::write(&events, format!("user,item,rating\n{rows}")).unwrap();
    Run::of(site.command().args(["import", "csv", events.to_str().unwrap()])).ok();
    let server = site.serve(&[]);
    let token = register(&server, "ada");

    let worker = site.worker();
    let train = "mutation { trainModel(algorithm: \"ease\") { id } }";
    let job = ask(server.url(), Some(&token), train).unwrap()["trainModel"]["id"].clone();
    let job = job.as_str().unwrap();
    let jobs = "{ trainingJobs { id status modelVersion error } }";
    let status = || {
        let found = ask(server.url(), Some(&token), jobs).unwrap()["trainingJobs"][0].clone();
        assert_eq!(found["id"], json!(job));
        found
    };
    while status()["status"] == json!("QUEUED") {}
    assert_eq!(status()["status"], json!("RUNNING"));
    worker.kill();
    assert_eq!(status()["status"], json!("RUNNING"), "nobody has noticed yet");

    let _successor = site.worker();
    let ended = loop {
        let found = status();
        if found["status"] != json!("RUNNING") {
            break found;
        }
    };
    assert_eq!(ended["status"], json!("SUCCEEDED"), "{ended}");
    let algorithms = "{ algorithms { name modelVersion } }";
    let found = ask(server.url(), Some(&token), algorithms).unwrap()["algorithms"].clone();
    let ease = found.as_array().unwrap().iter().find(|it| it["name"] == json!("ease")).unwrap();
    assert_eq!(ease["modelVersion"], ended["modelVersion"]);
}

#[test]
fn servers_keep_one_limit_together() {
    let site = Site::new();
    let limits = site.folder.path().join("limits.toml");
    std::fs::write(&limits, "address = 40\n").unwrap();
    let options = ["--limits", limits.to_str().unwrap()];
    let servers = Arc::new([site.serve(&options), site.serve(&options)]);
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let servers = Arc::clone(&servers);
            thread::spawn(move || {
                let body = r#"{"query": "{ __typename }"}"#;
                let ask = |_| request(servers[caller % 2].url(), "POST", "/graphql", None, body);
                (0..20).map(ask).filter(|answer| answer.as_ref().unwrap().0 == 200).count()
            })
        })
        .collect();
    let admitted: usize = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
    assert_eq!(admitted, 40);
}

#[test]
fn a_subscription_at_one_server_sees_events_of_the_other() {
    let site = Site::new();
    let (one, two) = (site.serve(&[]), site.serve(&[]));
    let token = register(&one, "ada");
    let items: Vec<String> = ["Tea", "Milk"].map(|title| create(&one, &token, title)).into();
    let mut updates = Subscriber::open(&two, &token, "recommendationUpdates { item { title } }");
    assert_eq!(titles(&updates.next()).len(), 2, "the first list comes at once");
    buy(&one, &token, &items[0]);
    assert_eq!(titles(&updates.next()), ["Milk"]);
}
