//! The servers, their database and their users.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use tempfile::TempDir;
use tokio::time::sleep;

use super::Options;
use super::client::Written;
use super::qdrant::Qdrant;
use crate::api::http::Connection;
use crate::program::{self, Server};

/// Items that events are recorded for.
const ITEMS: usize = 200;
/// Events of each user before the load, from which a model is trained.
const EVENTS: usize = 20;

pub(super) struct Site {
    program: std::path::PathBuf,
    folder: TempDir,
    log: std::path::PathBuf,
    database: Option<Database>,
    redis: Option<String>,
    vectors: Option<Qdrant>,
    servers: Vec<Server>,
}

struct Database {
    server: String,
    name: String,
}

/// A user who is signed in.
pub(super) struct Person {
    pub(super) token: String,
    pub(super) items: Vec<String>,
}

impl Site {
    pub(super) async fn start(options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("limits.toml"), "enabled = false\n")?;
        let variable = |name: &str| {
            std::env::var(name).with_context(|| format!("{name} is not set: use `.ci/services`"))
        };
        let (mut database, mut redis) = (None, None);
        if !options.folder {
            database = Some(Database::create(variable("RECSYS_TEST_POSTGRES")?).await?);
            let name = if options.single_redis { "REDIS" } else { "REDIS_CLUSTER" };
            redis = Some(variable(&format!("RECSYS_TEST_{name}"))?);
        }
        let program = options.recsys.clone();
        let log = options.log.clone().unwrap_or_else(|| folder.path().join("log"));
        let is_killed = options.kill.as_deref() == Some("vectors");
        let vectors = is_killed.then(Qdrant::start).transpose()?;
        let servers = Vec::new();
        let mut site = Self { program, folder, log, database, redis, vectors, servers };
        let create = ["tenant", "create", "--domain", "load", "--name", "Load"];
        program::run(site.command().args(create))?;
        for _ in 0..if options.folder { 1 } else { 2 } {
            site.servers.push(site.serve("0")?);
        }
        Ok(site)
    }

    fn command(&self) -> Command {
        let mut command = program::command(&self.program, &self.folder.path().join("data"));
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database.url());
        }
        if let Some(redis) = &self.redis {
            command.env("REDIS_NODES", redis);
        }
        if let Some(vectors) = &self.vectors {
            command.env("VECTOR_DB_PROVIDER", "qdrant").env("QDRANT_URL", vectors.url());
        }
        command
    }

    fn serve(&self, port: &str) -> anyhow::Result<Server> {
        let mut serve = self.command();
        let limits = self.folder.path().join("limits.toml");
        serve.args(["serve", "--json", "--port", port, "--limits"]).arg(limits);
        Server::start(&mut serve, &self.log)
    }

    /// Returns the address that a client has.
    pub(super) fn url_of(&self, client: usize) -> String {
        self.servers[client % self.servers.len()].url.clone()
    }

    /// Kills the last server, or starts it again on its port.
    pub(super) fn set_server(&mut self, runs: bool) -> anyhow::Result<()> {
        let last = self.servers.len() - 1;
        if runs {
            let port = self.servers[last].url.rsplit_once(':').context("a port")?.1.to_owned();
            self.servers[last] = self.serve(&port)?;
        } else {
            self.servers[last].kill();
        }
        Ok(())
    }

    /// Kills the database of vectors with all that it has, or starts it again.
    pub(super) fn set_vectors(&mut self, runs: bool) -> anyhow::Result<()> {
        match &mut self.vectors {
            Some(vectors) if runs => vectors.start_again(),
            Some(vectors) => {
                vectors.kill();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Waits until all items have a vector, and returns for how many seconds; none if nobody keeps vectors.
    pub(super) async fn refilled(&self) -> Option<f64> {
        let (vectors, begun) = (self.vectors.as_ref()?, Instant::now());
        while vectors.count() < ITEMS && begun.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(10)).await;
        }
        Some(begun.elapsed().as_secs_f64())
    }

    /// Makes users, items and events, and a model of them.
    pub(super) async fn people(&self, count: usize) -> anyhow::Result<Vec<Person>> {
        let mut connection = Connection::open(&self.servers[0].url).await?;
        let mut people = Vec::new();
        for number in 0..count {
            let token = register(&mut connection, number).await?;
            people.push(Person { token, items: Vec::new() });
        }
        let admin = people[0].token.clone();
        let items = create_items(&mut connection, &admin).await?;
        for (number, person) in people.iter_mut().enumerate() {
            person.items.clone_from(&items);
            let event = |event: usize| json!({ "itemId": items[(event * event + 3 * number) % ITEMS], "interactionType": "purchase" });
            let inputs: Vec<Value> = (0..EVENTS).map(event).collect();
            let query = "mutation($inputs: [InteractionInput!]!) { recordInteractions(inputs: $inputs) { id } }";
            let body = json!({ "query": query, "variables": { "inputs": inputs } });
            connection.ask(Some(&person.token), &body).await?;
        }
        let train = json!({ "query": "mutation { trainModel { id } }" });
        connection.ask(Some(&admin), &train).await?;
        loop {
            let jobs = json!({ "query": "{ trainingJobs { status error } }" });
            let jobs = connection.ask(Some(&admin), &jobs).await?;
            let job = &jobs["trainingJobs"][0];
            match job["status"].as_str() {
                Some("SUCCEEDED") => return Ok(people),
                Some("QUEUED" | "RUNNING") => sleep(Duration::from_millis(50)).await,
                _ => anyhow::bail!("the training ended with {job}"),
            }
        }
    }

    /// Sends every event again under its key, and counts those that were acknowledged with another id before.
    pub(super) async fn verify(&self, written: &[Written]) -> anyhow::Result<usize> {
        let mut connection = Connection::open(&self.servers[0].url).await?;
        let mut lost = 0;
        for write in written.iter().filter(|write| write.id.is_some()) {
            let found = connection.ask(Some(&write.person.token), &write.body()).await?;
            lost += usize::from(found["recordInteraction"]["id"].as_str() != write.id.as_deref());
        }
        Ok(lost)
    }

    /// Stops the servers and looks at what they reported.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        for server in self.servers {
            server.stop()?;
        }
        if let Some(database) = &self.database {
            database.drop().await?;
        }
        let said = std::fs::read_to_string(&self.log)?;
        let panic = said.lines().find(|line| line.contains("panicked"));
        ensure!(panic.is_none(), "a server reported: {}", panic.unwrap_or_default());
        let count = |level: &str| said.lines().filter(|line| line.contains(level)).count();
        println!("the servers logged {} errors, {} warnings", count("ERROR"), count("WARN"));
        Ok(())
    }
}

impl Database {
    async fn create(server: String) -> anyhow::Result<Self> {
        let database = Self { server, name: format!("load_{}", std::process::id()) };
        let create = format!("CREATE DATABASE {}", database.name);
        database.admin().await?.execute(AssertSqlSafe(create)).await?;
        Ok(database)
    }

    async fn admin(&self) -> anyhow::Result<PgConnection> {
        Ok(self.server.parse::<PgConnectOptions>()?.connect().await?)
    }

    fn url(&self) -> String {
        let (head, _) = self.server.rsplit_once('/').unwrap_or((&self.server, ""));
        format!("{head}/{}", self.name)
    }

    async fn drop(&self) -> anyhow::Result<()> {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        self.admin().await?.execute(AssertSqlSafe(drop)).await?;
        Ok(())
    }
}

async fn register(connection: &mut Connection, number: usize) -> anyhow::Result<String> {
    let input = json!({ "email": format!("{number}@example.org"), "username": format!("{number}"),
        "password": "correct horse battery", "tenantDomain": "load" });
    let query = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
    let body = json!({ "query": query, "variables": { "input": input } });
    let session = connection.ask(None, &body).await?;
    let token = session["register"]["accessToken"].as_str();
    Ok(token.context("the registration has no token")?.to_owned())
}

async fn create_items(connection: &mut Connection, token: &str) -> anyhow::Result<Vec<String>> {
    let input =
        |item| json!({ "title": format!("Item {item}"), "category": format!("{}", item % 5) });
    let inputs: Vec<Value> = (0..ITEMS).map(input).collect();
    let query = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
    let body = json!({ "query": query, "variables": { "inputs": inputs } });
    let created = connection.ask(Some(token), &body).await?;
    let rows = created["createItems"].as_array().context("the items are a list")?;
    let id = |row: &Value| row["id"].as_str().map(str::to_owned).context("an item has an id");
    rows.iter().map(id).collect()
}
