//! The program on a PostgreSQL database: every command takes it, and servers share what is in it.

use std::path::Path;

use recsys_store::PostgresStorage;
use recsys_store::testing::postgres::TestDatabase;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::durability::{assert_kept, record_until_killed, stored_events};
use super::files;
use super::http::{ask, request};
use super::program::{Run, Server, command};

/// The program on a database of its own, with a data folder that only servers need.
struct Shop {
    database: TestDatabase,
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = runtime.block_on(TestDatabase::create());
        Self { database, folder: TempDir::new().unwrap() }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, words: &[&str]) -> Run {
        let mut command = command(Some(self.data()));
        Run::of(command.args(words).env("DATABASE_URL", self.database.url()))
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn serve(&self) -> Server {
        let mut command = command(Some(self.data()));
        command.args(["serve", "--json", "--port", "0", "--database", &self.database.url()]);
        Server::start(&mut command)
    }
}

fn signed_in(server: &Server) -> String {
    let account =
        "email: \"ada@example.com\", password: \"correct horse battery\", tenantDomain: \"shop\"";
    let register = format!(
        "mutation {{ register(input: {{{account}, username: \"Ada\"}}) {{ accessToken }} }}"
    );
    let session = ask(server.url(), None, &register).unwrap();
    session["register"]["accessToken"].as_str().unwrap().to_owned()
}

fn create_item(server: &Server, token: &str, title: &str) -> String {
    let create = format!("mutation {{ createItem(input: {{title: \"{title}\"}}) {{ id }} }}");
    ask(server.url(), Some(token), &create).unwrap()["createItem"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn record(server: &Server, token: &str, item: &str) {
    let record = format!(
        "mutation {{ recordInteraction(input: {{itemId: \"{item}\", interactionType: \"purchase\"}}) {{ id }} }}"
    );
    ask(server.url(), Some(token), &record).unwrap();
}

/// Whatever `user` is recommended, by title.
fn recommended(server: &Server, token: &str) -> (Value, Vec<String>) {
    let query = "{ recommendations { source items { item { title } } } }";
    let list = ask(server.url(), Some(token), query).unwrap()["recommendations"].clone();
    let title = |place: &Value| place["item"]["title"].as_str().unwrap().to_owned();
    let titles = list["items"].as_array().unwrap().iter().map(title).collect();
    (list["source"].clone(), titles)
}

#[test]
fn a_shop_is_served_and_trained_and_survives_a_kill() {
    let shop = Shop::new();
    shop.run(&["tenant", "create", "--domain", "shop", "--name", "Shop"]).ok();
    let server = shop.serve();
    assert!(!server.ready.to_string().contains("services"), "{}", server.ready);
    let token = signed_in(&server);
    let items: Vec<String> =
        ["Tea", "Milk", "Cake"].iter().map(|title| create_item(&server, &token, title)).collect();
    record(&server, &token, &items[0]);
    let (source, titles) = recommended(&server, &token);
    assert_eq!((source, titles.len()), (json!("fallback:untrained"), 2));
    assert!(!titles.contains(&"Tea".to_owned()), "what was bought is left out");
    server.kill();

    let job = shop.run(&["train", "--algorithm", "popularity", "--json"]).json();
    assert_eq!(job["status"], json!("succeeded"));
    let server = shop.serve();
    record(&server, &token, &items[1]);
    let (_, titles) = recommended(&server, &token);
    assert_eq!(titles, ["Cake"], "the event from before the kill counts");
    let query = "{ me { interactions { id } } }";
    let me = ask(server.url(), Some(&token), query).unwrap();
    assert_eq!(me["me"]["interactions"].as_array().unwrap().len(), 2);
    let kept: Vec<_> = std::fs::read_dir(shop.data()).unwrap().collect();
    assert_eq!(kept.len(), 1, "only the signing keys are in the folder: {kept:?}");
}

#[test]
fn acknowledged_events_survive_a_kill() {
    let shop = Shop::new();
    shop.run(&["tenant", "create", "--domain", "shop", "--name", "Shop"]).ok();
    let acknowledged = record_until_killed(shop.serve());
    let stored = tokio::runtime::Runtime::new().unwrap().block_on(async {
        stored_events(&PostgresStorage::open(&shop.database.config()).await.unwrap()).await
    });
    assert_kept(&acknowledged, &stored);
}

#[test]
fn two_servers_share_a_database() {
    let shop = Shop::new();
    shop.run(&["tenant", "create", "--domain", "shop", "--name", "Shop"]).ok();
    let (one, two) = (shop.serve(), shop.serve());
    let token = signed_in(&one);
    let item = create_item(&one, &token, "Tea");
    record(&two, &token, &item);
    let query = "{ me { interactions { item { title } } } }";
    let me = ask(one.url(), Some(&token), query).unwrap();
    assert_eq!(me["me"]["interactions"][0]["item"]["title"], json!("Tea"));
}

#[test]
fn a_server_follows_what_a_command_changes_of_its_tenant() {
    let shop = Shop::new();
    shop.run(&["tenant", "create", "--domain", "shop", "--name", "Shop"]).ok();
    let server = shop.serve();
    let token = signed_in(&server);
    let me = "{ me { tenant { name subscriptionTier } } }";
    let ask = |query: &str| {
        let body = json!({"query": query}).to_string();
        let (_, answer) = request(server.url(), "POST", "/graphql", Some(&token), &body).unwrap();
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let update = |options: &[&str]| {
        shop.run(&[&["tenant", "update", "shop"], options].concat()).ok();
    };
    update(&["--name", "The Shop", "--tier", "enterprise", "--registration", "closed"]);
    let tenant = json!({"name": "The Shop", "subscriptionTier": "ENTERPRISE"});
    assert_eq!(ask(me)["data"]["me"]["tenant"], tenant);
    let register = "mutation { register(input: {email: \"b@example.com\", username: \"b\", \
                    password: \"correct horse battery\", tenantDomain: \"shop\"}) { tokenType } }";
    assert_eq!(ask(register)["errors"][0]["extensions"]["code"], json!("FORBIDDEN"));
    update(&["--status", "inactive"]);
    assert_eq!(ask(me)["data"]["me"], Value::Null);
    update(&["--status", "active"]);
    assert_eq!(ask(me)["data"]["me"]["tenant"], tenant);
}

#[test]
fn what_was_imported_and_trained_is_recommended() {
    let shop = Shop::new();
    let items = shop.write("items.csv", &files::items());
    let ratings = shop.write("ratings.csv", &files::ratings(60));
    shop.run(&["import", "csv", &items]).ok();
    shop.run(&["import", "csv", &ratings]).ok();
    shop.run(&["train"]).ok();
    let list = shop.run(&["recommend", "--user", "u4", "-n", "3", "--json"]).json();
    assert_eq!((&list["source"], &list["algorithm"]), (&json!("model"), &json!("hybrid")));
    for place in list["items"].as_array().unwrap() {
        assert_eq!(place["item"]["category"], json!("even"), "{list}");
    }
    let version = shop.run(&["migrate", "--json"]).json();
    assert_eq!(version["schemaVersion"], json!(3));
    let tenants = shop.run(&["tenant", "list", "--json"]).json();
    assert_eq!(tenants[0]["domain"], json!("localhost"));
}

#[test]
fn a_password_is_never_said() {
    let folder = TempDir::new().unwrap();
    for url in ["postgres://ann:s3cret@127.0.0.1:1/shop", "postgres//ann:s3cret@x", "s3cret"] {
        for words in [&["tenant", "list"][..], &["serve", "--port", "0"], &["train"]] {
            let mut flag = command(Some(folder.path()));
            flag.args(words).args(["--database", url]).env("RECSYS_LOG", "trace");
            let mut variable = command(Some(folder.path()));
            variable.args(words).env("DATABASE_URL", url).env("RECSYS_LOG", "trace");
            for run in [Run::of(&mut flag), Run::of(&mut variable)] {
                assert_eq!(run.code, Some(1), "{run:?}");
                assert!(!format!("{}{}", run.stdout, run.stderr).contains("s3cret"), "{run:?}");
            }
        }
    }
    let help = Run::of(command(None).arg("--help").env("DATABASE_URL", "postgres://a:s3cret@x/y"));
    assert!(!help.ok().contains("s3cret"));
}

#[test]
fn the_demo_does_not_follow_the_environment() {
    let folder = TempDir::new().unwrap();
    let mut demo = command(None);
    demo.env("DATABASE_URL", "postgres://ann:s3cret@127.0.0.1:1/shop").env("TMPDIR", folder.path());
    let server = Server::start(demo.args(["demo", "--json", "--port", "0"]));
    assert!(server.url().starts_with("http://127.0.0.1"));
}
