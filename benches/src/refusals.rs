//! How soon queries that ask for too much are refused, on every way to the schema.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::api::{http, socket::Client};

/// The longest that the bomb may take, at the median.
const BOUND: Duration = Duration::from_millis(5);

/// Options of `refusals`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the server listens. Its limits on what one address may do have to be off.
    #[arg(long, default_value = "http://127.0.0.1:8000", value_name = "URL")]
    url: String,
    /// Times that each query is sent on each way.
    #[arg(long, default_value_t = 50)]
    runs: usize,
}

/// A query that must not be executed.
struct Attack {
    name: &'static str,
    text: String,
    code: &'static str,
}

/// Sends all attacks on all ways, prints how long the refusals took, and fails if that of the bomb took too
/// long.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.runs > 0, "--runs must be at least 1");
    tokio::runtime::Runtime::new()?.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let mut connection = http::Connection::open(&options.url).await?;
    let socket = format!("ws://{}/graphql", http::host(&options.url));
    let mut client = Client::connect(&socket, None).await?;
    println!("{:24} {:>7} {:>9}  {:>8} {:>8}", "query", "bytes", "way", "median", "worst");
    let mut slowest = Duration::ZERO;
    for Attack { name, text, code } in attacks() {
        let plain = json!({ "query": text });
        let hash = Sha256::digest(text.as_bytes());
        let hash = hash.iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        let persisted = json!({ "query": text,
            "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
        for (way, body) in
            [("HTTP", Some(&plain)), ("persisted", Some(&persisted)), ("socket", None)]
        {
            let mut times = Vec::with_capacity(options.runs);
            for _ in 0..options.runs {
                let begun = Instant::now();
                let errors = match body {
                    Some(body) => connection.post(None, body).await?["errors"].take(),
                    None => {
                        client.send(&text, json!({})).await?;
                        client.hear().await?["payload"].take()
                    }
                };
                times.push(begun.elapsed());
                let found = errors[0]["extensions"]["code"].as_str();
                ensure!(found == Some(code), "{name} was answered with {errors}, not with {code}");
            }
            times.sort_unstable();
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            let (bytes, milliseconds) = (text.len(), |time: Duration| time.as_secs_f64() * 1e3);
            println!(
                "{name:24} {bytes:>7} {way:>9}  {:>5.2} ms {:>5.2} ms",
                milliseconds(median),
                milliseconds(worst)
            );
            if name == BOMB {
                slowest = slowest.max(median);
            }
        }
        // A text that was refused is not kept: its digest alone means nothing.
        let mut reference = persisted;
        let fields = reference.as_object_mut().context("a body is an object")?;
        fields.remove("query");
        let answer = connection.post(None, &reference).await?;
        let found = &answer["errors"][0]["extensions"]["code"];
        ensure!(found == "PERSISTED_QUERY_NOT_FOUND", "{name} was kept: {answer}");
    }
    ensure!(slowest < BOUND, "the bomb took {slowest:?}, the bound is {BOUND:?}");
    Ok(())
}

const BOMB: &str = "nested fragments";

fn attacks() -> Vec<Attack> {
    let refused = |name, text| Attack { name, text, code: "QUERY_TOO_COMPLEX" };
    let deep = format!("{{ items {}{} }}", "{ similarItems { item ".repeat(30), "} }".repeat(30));
    let wide = format!("{{ items {{ {} }} }}", "id ".repeat(6_000));
    let aliased: String = (0..2_000).fold(String::new(), |mut text, number| {
        write!(text, "a{number}: id ").expect("a string grows");
        text
    });
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned();
    vec![
        refused("deep", deep),
        refused("brackets", "{ items ".repeat(9_000)),
        refused("wide", wide),
        refused("aliases", format!("{{ items {{ {aliased} }} }}")),
        Attack { name: "circle", text: circle, code: "GRAPHQL_VALIDATION_FAILED" },
        refused(BOMB, bomb(9, 8)),
    ]
}

/// Fragments on so many levels, each of which spreads the next one `fan_out` times.
fn bomb(levels: usize, fan_out: usize) -> String {
    let mut text = "{...A}".to_owned();
    let name = |level: usize| char::from(b'A' + u8::try_from(level).expect("a few levels"));
    for level in 0..levels {
        let spreads = format!("...{} ", name(level + 1)).repeat(fan_out);
        write!(text, " fragment {} on Query {{ {spreads}}}", name(level)).expect("a string grows");
    }
    write!(text, " fragment {} on Query {{ __typename }}", name(levels)).expect("a string grows");
    text
}
