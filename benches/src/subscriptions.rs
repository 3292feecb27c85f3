//! Many idle subscriptions, and how soon the others hear of a change.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::api::socket::{Account, Client};

/// Connections opened at the same time.
const OPENING: usize = 64;
/// Longer than the server waits between two lists of one subscriber.
const PAUSE: Duration = Duration::from_millis(150);
/// The list that everybody follows.
const LIST: &str = "subscription { recommendationUpdates { item { id } } }";

/// Options of `subscriptions`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's GraphQL address.
    #[arg(long, default_value = "ws://127.0.0.1:8000/graphql", value_name = "URL")]
    url: String,
    /// Domain of a tenant in which anybody may register; it gets users and items.
    #[arg(long, value_name = "DOMAIN")]
    tenant: String,
    /// Idle subscriptions, each on a connection of its own.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Users who share the idle subscriptions.
    #[arg(long, default_value_t = 10)]
    users: usize,
    /// Events whose way to the subscriber is timed.
    #[arg(long, default_value_t = 200)]
    samples: usize,
    /// Process whose memory is reported: that of the server, on this machine.
    #[arg(long)]
    pid: Option<u32>,
}

/// Opens the idle subscriptions, then lets two users act in turn and times their lists.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let mut visitor = Client::connect(&options.url, None).await?;
    let users = register(&mut visitor, options, "idle", options.users.max(1)).await?;
    let actors = register(&mut visitor, options, "actor", 2).await?;
    create_items(options, &actors[0], options.samples + 20).await?;
    report_memory(options, "before")?;

    let begun = Instant::now();
    let heard = Arc::new(AtomicUsize::new(0));
    let opening = (0..options.connections).map(|number| {
        let (account, heard) = (&users[number % users.len()], Arc::clone(&heard));
        async move {
            let mut client = Client::connect(&options.url, Some(account)).await?;
            client.subscribe(LIST).await?;
            client.next().await?;
            tokio::spawn(async move {
                while client.next().await.is_ok() {
                    heard.fetch_add(1, Ordering::Relaxed);
                }
            });
            anyhow::Ok(())
        }
    });
    let opened = stream::iter(opening).buffer_unordered(OPENING);
    opened.try_for_each(async |()| Ok(())).await.context(
        "not all connections could be opened; both processes need as many file descriptors (ulimit -n)",
    )?;
    println!(
        "{} subscriptions opened in {:.1} s",
        options.connections,
        begun.elapsed().as_secs_f64()
    );
    report_memory(options, "idle")?;

    let mut times = time_changes(options, &actors).await?;
    times.sort_unstable();
    let at =
        |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!(
        "own event to changed list, {} samples: p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    report_memory(options, "after")?;
    println!("{} lists for the idle ones meanwhile", heard.load(Ordering::Relaxed));
    Ok(())
}

/// Lets each actor in turn buy what its list recommends first, and returns how long the new list took
/// from the moment the purchase was sent.
async fn time_changes(options: &Options, actors: &[Account]) -> anyhow::Result<Vec<Duration>> {
    let mut sides = Vec::new();
    for account in actors {
        let acting = Client::connect(&options.url, Some(account)).await?;
        let mut following = Client::connect(&options.url, Some(account)).await?;
        following.subscribe(LIST).await?;
        let first = first_item(&following.next().await?)?;
        sides.push((acting, following, first));
    }
    let mut times = Vec::with_capacity(options.samples);
    for sample in 0..options.samples {
        let side = sample % sides.len();
        let (acting, following, first) = &mut sides[side];
        tokio::time::sleep(PAUSE).await;
        let input = json!({ "itemId": first, "interactionType": "purchase" });
        let begun = Instant::now();
        acting
            .send(
                "mutation($input: InteractionInput!) { recordInteraction(input: $input) { id } }",
                json!({ "input": input }),
            )
            .await?;
        let list = following.next().await?;
        times.push(begun.elapsed());
        acting.next().await?;
        let next = first_item(&list)?;
        ensure!(!list.to_string().contains(first.as_str()), "what was bought is recommended");
        *first = next;
    }
    Ok(times)
}

fn first_item(list: &Value) -> anyhow::Result<String> {
    let id = list["recommendationUpdates"][0]["item"]["id"].as_str();
    Ok(id.context("the list is empty")?.to_owned())
}

async fn register(
    visitor: &mut Client,
    options: &Options,
    role: &str,
    count: usize,
) -> anyhow::Result<Vec<Account>> {
    let run = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let mut accounts = Vec::with_capacity(count);
    for number in 0..count {
        let input = json!({
            "email": format!("{role}{number}-{run}@example.org"),
            "username": role,
            "password": "correct horse battery",
            "tenantDomain": options.tenant,
        });
        let query = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
        visitor.send(query, json!({ "input": input })).await?;
        let token = visitor.next().await?["register"]["accessToken"].as_str().map(str::to_owned);
        accounts.push(Account { token: token.context("the registration has no token")? });
    }
    Ok(accounts)
}

async fn create_items(options: &Options, account: &Account, count: usize) -> anyhow::Result<()> {
    let mut client = Client::connect(&options.url, Some(account)).await?;
    let titles: Vec<Value> =
        (0..count).map(|number| json!({ "title": format!("Item {number}") })).collect();
    for chunk in titles.chunks(500) {
        let query = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
        client.send(query, json!({ "inputs": chunk })).await?;
        client.next().await?;
    }
    Ok(())
}

/// Prints the resident memory of the server.
fn report_memory(options: &Options, when: &str) -> anyhow::Result<()> {
    let Some(pid) = options.pid else { return Ok(()) };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        resident.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
    let mebibytes = kibibytes.context("the process does not say how much memory it has")? / 1024.0;
    println!("resident memory of the server, {when}: {mebibytes:.0} MiB");
    Ok(())
}
