//! Servers under load, and what their clients see when something that they work on is killed and comes back.

mod client;
mod qdrant;
mod report;
mod site;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use self::client::{Client, Clock, Mix};
use self::report::Report;
use self::site::Site;

/// Options of `load`. Without `--folder` there are two servers on PostgreSQL and a Redis Cluster, which
/// `.ci/services` starts.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What is killed under load and started again: postgres, redis, node-1 to node-6 of the Redis Cluster, vectors (a stand-in for Qdrant), or server
    #[arg(long, value_name = "NAME")]
    kill: Option<String>,
    /// Clients at a time, each with a user and a connection of its own.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Milliseconds between an answer and the next request of a client.
    #[arg(long, default_value_t = 20)]
    pause: u64,
    /// Seconds of load before the kill, or in all.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Seconds until what was killed is started again.
    #[arg(long, default_value_t = 5)]
    down: u64,
    /// Seconds of load after that.
    #[arg(long, default_value_t = 10)]
    after: u64,
    /// Only events are recorded, nothing is asked for.
    #[arg(long)]
    only_writes: bool,
    /// One server on SQLite in a folder of its own.
    #[arg(long)]
    folder: bool,
    /// Redis alone in the place of the cluster.
    #[arg(long)]
    single_redis: bool,
    /// Where the servers write their logs, instead of a folder that disappears.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The program.
    #[arg(long, default_value = "target/release/recsys", value_name = "FILE")]
    recsys: PathBuf,
}

/// Starts servers and clients, kills what is to be killed, and looks for every acknowledged write.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.clients > 0, "--clients must be at least 1");
    tokio::runtime::Runtime::new()?.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let mut site = Site::start(options).await?;
    let outcome = press(options, &mut site).await;
    site.end().await?;
    outcome
}

async fn press(options: &Options, site: &mut Site) -> anyhow::Result<()> {
    let people = site.people(options.clients).await?;
    let clock = Arc::new(Clock::start());
    let mix = if options.only_writes { Mix::Writes } else { Mix::All };
    let pause = Duration::from_millis(options.pause);
    let clients: Vec<_> = people
        .into_iter()
        .enumerate()
        .map(|(number, person)| {
            let url = site.url_of(number);
            tokio::spawn(Client::new(number, url, person, Arc::clone(&clock)).run(mix, pause))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let mut report = Report::new(options.kill.as_deref());
    if let Some(name) = &options.kill {
        report.killed = Some(clock.seconds());
        set(site, "kill", name)?;
        tokio::time::sleep(Duration::from_secs(options.down)).await;
        let begun = Instant::now();
        set(site, "start", name)?;
        report.started = Some(clock.seconds());
        println!("{name} was started again within {:.1} s", begun.elapsed().as_secs_f64());
        if let Some(seconds) = site.refilled().await {
            println!("all items had vectors again after {seconds:.1} s");
        }
        tokio::time::sleep(Duration::from_secs(options.after)).await;
    }
    clock.stop();
    let mut written = Vec::new();
    for client in clients {
        let seen = client.await??;
        report.add(seen.samples);
        written.extend(seen.written);
    }
    report.print(clock.seconds());
    let lost = site.verify(&written).await?;
    let count = written.iter().filter(|write| write.id.is_some()).count();
    println!("{count} events were acknowledged, {lost} of them are lost");
    ensure!(lost == 0, "acknowledged events were lost");
    report.judge()
}

/// Kills or starts one of the services, or a server.
fn set(site: &mut Site, what: &str, name: &str) -> anyhow::Result<()> {
    match name {
        "server" => return site.set_server(what == "start"),
        "vectors" => return site.set_vectors(what == "start"),
        _ => {}
    }
    let control = std::env::var("RECSYS_TEST_CONTROL")
        .context("RECSYS_TEST_CONTROL is not set: run it by `.ci/services`")?;
    let status = Command::new(control).args([what, name]).status()?;
    if !status.success() {
        bail!("{name} could not be told to {what}");
    }
    Ok(())
}
