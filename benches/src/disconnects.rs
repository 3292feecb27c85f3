//! Clients that hang up in the middle of their writes, and what is left of these.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::api::http::{self, Connection};
use crate::program::{self, Server};

/// Items that events are recorded for.
const ITEMS: usize = 20;
/// Events of one batch.
const BATCH: usize = 5;
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon a write must be answered that does not wait for others.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Options of `disconnects`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Writes that are begun.
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Clients at a time.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// What decides on writes and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program, which is started on a folder of its own.
    #[arg(long, default_value = "target/release/recsys", value_name = "FILE")]
    recsys: PathBuf,
}

/// A write that was begun.
struct Attempt {
    write: Write,
    /// The ids in its answer, if that arrived.
    acknowledged: Option<Vec<String>>,
}

#[derive(Clone)]
enum Write {
    /// One event or several, each under a key of its own.
    Events { item: String, keys: Vec<String> },
    /// An item under an external id.
    Item { external_id: String },
}

/// Lets clients hang up, then looks for every acknowledged write and for halves of others.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.clients > 0, "--clients must be at least 1");
    tokio::runtime::Runtime::new()?.block_on(check(options))
}

async fn check(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let create = ["tenant", "create", "--domain", "drops", "--name", "Drops"];
    let data = folder.path().join("data");
    program::run(program::command(&options.recsys, &data).args(create))?;
    std::fs::write(folder.path().join("limits.toml"), "enabled = false\n")?;
    let server = start(options, folder.path())?;
    let mut connection = Connection::open(&server.url).await?;
    let token: Arc<str> = register(&mut connection).await?.into();
    let items: Arc<[String]> = create_items(&mut connection, &token).await?.into();

    let begun = Instant::now();
    let clients = (0..options.clients).map(|client| {
        let (url, token, items) = (server.url.clone(), Arc::clone(&token), Arc::clone(&items));
        let count =
            options.count / options.clients + usize::from(client < options.count % options.clients);
        let seed = options.seed.wrapping_mul(1_000).wrapping_add(client as u64);
        tokio::spawn(async move { drop_out(&url, &token, &items, count, client, seed).await })
    });
    let mut attempts = Vec::with_capacity(options.count);
    for client in clients.collect::<Vec<_>>() {
        attempts.extend(client.await??);
    }
    let answered = attempts.iter().filter(|attempt| attempt.acknowledged.is_some()).count();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{} writes begun in {seconds:.1} s, {answered} of them answered", attempts.len());

    let query = r#"mutation { createItem(input: { title: "after" }) { id } }"#;
    let begun = Instant::now();
    // Waits for what others have begun.
    connection.ask(Some(&token), &json!({ "query": query })).await?;
    let waited = begun.elapsed();
    connection.ask(Some(&token), &json!({ "query": query })).await?;
    let took = begun.elapsed() - waited;
    ensure!(took < AT_ONCE, "a write without others took {took:?}");
    println!(
        "the next write was answered after {:.1} ms, the one after it took {:.1} ms",
        waited.as_secs_f64() * 1e3,
        took.as_secs_f64() * 1e3
    );

    verify(&mut connection, &token, &attempts).await?;
    let expected = events(&attempts);
    let counted = counted(&mut connection, &token, &items).await?;
    ensure!(counted == expected, "{counted} events are counted, {expected} were sent");
    println!("every acknowledged write is there, and each of {expected} events once");

    drop(connection);
    stop(server, folder.path())?;
    let server = start(options, folder.path())?;
    let mut connection = Connection::open(&server.url).await?;
    ensure!(self::counted(&mut connection, &token, &items).await? == expected, "events were lost");
    drop(connection);
    stop(server, folder.path())?;
    println!("the log was written back at both stops, and no error was reported");
    Ok(())
}

/// Begins writes on connections of their own and hangs up at any moment.
async fn drop_out(
    url: &str,
    token: &str,
    items: &[String],
    count: usize,
    client: usize,
    seed: u64,
) -> anyhow::Result<Vec<Attempt>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // How long the last answer took.
    let mut usual = Duration::from_millis(5);
    let mut attempts = Vec::with_capacity(count);
    for number in 0..count {
        let name = format!("{client}-{number}");
        let item = || items[number % items.len()].clone();
        let write = match random.random_range(0..3) {
            0 => Write::Item { external_id: name },
            1 => Write::Events { item: item(), keys: vec![name] },
            _ => {
                let keys = (0..BATCH).map(|event| format!("{name}-{event}")).collect();
                Write::Events { item: item(), keys }
            }
        };
        let request = http::request(http::host(url), Some(token), &write.body());
        // One in four does not finish its sentence, one listens to the end, the others hang up meanwhile.
        let (sent, patience) = match random.random_range(0..4) {
            0 => (random.random_range(0..request.len()), Duration::ZERO),
            1 => (request.len(), PATIENCE),
            _ => (request.len(), usual.mul_f64(random.random_range(0.0..1.5))),
        };
        let begun = Instant::now();
        let mut stream = TcpStream::connect(http::host(url)).await?;
        stream.write_all(&request[..sent]).await?;
        let answer = timeout(patience, answer(&mut stream)).await;
        let acknowledged = match answer {
            Ok(answer) => {
                usual = begun.elapsed();
                Some(write.ids(&answer?)?)
            }
            Err(_) => None,
        };
        attempts.push(Attempt { write, acknowledged });
    }
    Ok(attempts)
}

/// Reads an answer that comes in one piece or several.
async fn answer(stream: &mut TcpStream) -> anyhow::Result<Value> {
    let mut bytes = Vec::new();
    loop {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the server has hung up");
        let text = String::from_utf8_lossy(&bytes);
        // The body is one object, so it is whole when it can be read.
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(answer) = serde_json::from_str(body)
        {
            return Ok(answer);
        }
    }
}

impl Write {
    fn body(&self) -> Value {
        match self {
            Self::Item { external_id } => json!({
                "query": "mutation($input: ItemInput!) { createItem(input: $input) { id } }",
                "variables": { "input": { "title": external_id, "externalId": external_id } },
            }),
            Self::Events { item, keys } => {
                let event = |key| json!({ "itemId": item, "interactionType": "view", "idempotencyKey": key });
                let inputs: Vec<Value> = keys.iter().map(event).collect();
                match &inputs[..] {
                    [input] => json!({
                        "query": "mutation($input: InteractionInput!) { recordInteraction(input: $input) { id } }",
                        "variables": { "input": input },
                    }),
                    inputs => json!({
                        "query": "mutation($inputs: [InteractionInput!]!) { recordInteractions(inputs: $inputs) { id } }",
                        "variables": { "inputs": inputs },
                    }),
                }
            }
        }
    }

    /// Returns the ids in an answer, which must be a good one.
    fn ids(&self, answer: &Value) -> anyhow::Result<Vec<String>> {
        ensure!(answer["errors"].is_null(), "{} was answered with {answer}", self.body());
        let fields = answer["data"].as_object().context("an answer has data")?;
        let written = fields.values().next().context("an answer has a field")?;
        let rows = match written {
            Value::Array(rows) => &rows[..],
            row => std::slice::from_ref(row),
        };
        let id = |row: &Value| row["id"].as_str().map(str::to_owned).context("a row has an id");
        rows.iter().map(id).collect()
    }
}

/// Finishes every write of events, and looks for the items.
async fn verify(
    connection: &mut Connection,
    token: &str,
    attempts: &[Attempt],
) -> anyhow::Result<()> {
    for Attempt { write, acknowledged } in attempts {
        let found = match write {
            // The same keys again: what was done is returned, what was not is done.
            Write::Events { .. } => {
                write.ids(&connection.post(Some(token), &write.body()).await?)?
            }
            Write::Item { external_id } => {
                let query = "query($id: String!) { itemByExternalId(externalId: $id) { id } }";
                let body = json!({ "query": query, "variables": { "id": external_id } });
                let found = connection.ask(Some(token), &body).await?;
                found["itemByExternalId"]["id"].as_str().map(str::to_owned).into_iter().collect()
            }
        };
        if acknowledged.as_ref().is_some_and(|acknowledged| *acknowledged != found) {
            bail!("{} was answered with {acknowledged:?}, and is now {found:?}", write.body());
        }
    }
    Ok(())
}

/// Returns how many events there should be.
fn events(attempts: &[Attempt]) -> u64 {
    let keys = attempts.iter().filter_map(|attempt| match &attempt.write {
        Write::Events { keys, .. } => Some(keys),
        Write::Item { .. } => None,
    });
    keys.flatten().collect::<HashSet<_>>().len() as u64
}

/// Returns how many events are counted at the items.
async fn counted(
    connection: &mut Connection,
    token: &str,
    items: &[String],
) -> anyhow::Result<u64> {
    let mut total = 0;
    for item in items {
        let query = "query($id: UUID!) { item(id: $id) { interactionCount } }";
        let body = json!({ "query": query, "variables": { "id": item } });
        let found = connection.ask(Some(token), &body).await?;
        total += found["item"]["interactionCount"].as_u64().context("an item has a count")?;
    }
    Ok(total)
}

async fn register(connection: &mut Connection) -> anyhow::Result<String> {
    let input = json!({ "email": "ada@example.org", "username": "Ada",
        "password": "correct horse battery", "tenantDomain": "drops" });
    let query = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
    let body = json!({ "query": query, "variables": { "input": input } });
    let token = connection.ask(None, &body).await?["register"]["accessToken"].take();
    Ok(token.as_str().context("the registration has no token")?.to_owned())
}

async fn create_items(connection: &mut Connection, token: &str) -> anyhow::Result<Vec<String>> {
    let inputs: Vec<Value> =
        (0..ITEMS).map(|item| json!({ "title": format!("Item {item}") })).collect();
    let query = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
    let body = json!({ "query": query, "variables": { "inputs": inputs } });
    let created = connection.ask(Some(token), &body).await?["createItems"].take();
    let rows = created.as_array().context("the items are a list")?;
    rows.iter()
        .map(|row| row["id"].as_str().map(str::to_owned).context("an item has an id"))
        .collect()
}

fn start(options: &Options, folder: &Path) -> anyhow::Result<Server> {
    let mut serve = program::command(&options.recsys, &folder.join("data"));
    serve.args(["serve", "--json", "--port", "0", "--limits"]).arg(folder.join("limits.toml"));
    Server::start(&mut serve, &folder.join("log"))
}

/// Lets the server stop as it should, and looks at what it leaves.
fn stop(server: Server, folder: &Path) -> anyhow::Result<()> {
    server.stop()?;
    // The last connection writes the log back and removes it, unless a transaction is open.
    let log = folder.join("data").join("recsys.db-wal");
    let left = std::fs::metadata(&log).map_or(0, |metadata| metadata.len());
    ensure!(left == 0, "{left} bytes of the write-ahead log were not written back");
    let said = std::fs::read_to_string(folder.join("log"))?;
    let error = said.lines().find(|line| line.contains("ERROR") || line.contains("panicked"));
    ensure!(error.is_none(), "the server reported: {}", error.unwrap_or_default());
    Ok(())
}
