//! Seconds and memory of every stage from events to a model, on generated data of any size.

use std::io::Write as _;

use clap::Args;
use recsys_core::algo::als::{Als, AlsConfig};
use recsys_core::data::{Aggregation, InteractionLog, Timestamp};
use recsys_core::prelude::*;

use crate::machine::{Lap, Stopwatch, peak_gibibytes};
use crate::one_query::below;

/// Options of `scale`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events.
    #[arg(long, default_value_t = 1_000_000)]
    interactions: u32,
    /// Users.
    #[arg(long, default_value_t = 1_000_000)]
    users: u32,
    /// Items.
    #[arg(long, default_value_t = 200_000)]
    items: u32,
    /// Factors of ALS.
    #[arg(long, default_value_t = 64)]
    factors: u32,
    /// Sweeps of ALS.
    #[arg(long, default_value_t = 2)]
    sweeps: u32,
}

/// Generates events whose users and items follow power laws, loads them, builds the matrix and trains.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    println!(
        "{:<28}{:>10}{:>13}{:>17}{:>12}",
        "stage", "seconds", "processor s", "ns an event", "peak GiB"
    );
    let report = |stage: &str, lap: Lap| {
        println!(
            "{stage:<28}{:>10.2}{:>13.2}{:>17.1}{:>12.2}",
            lap.seconds,
            lap.processor,
            lap.processor / f64::from(options.interactions) * 1e9,
            peak_gibibytes()
        );
    };

    let watch = Stopwatch::start();
    let mut log = InteractionLog::new();
    let mut state = 42;
    let (mut user, mut item) = (Vec::new(), Vec::new());
    for at in 0..options.interactions {
        user.clear();
        item.clear();
        write!(user, "user-{}", often_small(&mut state, options.users))?;
        write!(item, "item-{}", often_small(&mut state, options.items))?;
        log.push(&user, &item, "view", 1.0, Some(Timestamp(i64::from(at))))?;
    }
    report("events into the log", watch.lap());

    let watch = Stopwatch::start();
    let data = log.to_interactions(&Aggregation::default())?;
    report("log to matrix", watch.lap());
    drop(log);

    let watch = Stopwatch::start();
    let columns = data.item_csr().n_rows();
    report("transposition", watch.lap());

    let watch = Stopwatch::start();
    let config = AlsConfig::default().with_factors(options.factors).with_epochs(options.sweeps);
    let model = Als::new(config)?.fit(&data)?;
    let sweeps = options.sweeps;
    report(&format!("ALS, {} factors, {sweeps} sweeps", options.factors), watch.lap());
    println!(
        "{} users, {columns} items, {} entries of {} events; {}",
        data.n_users(),
        data.nnz(),
        options.interactions,
        model.kind().name()
    );
    Ok(())
}

/// A number below `end`, whose density falls with the root of its size: the square of an even one.
fn often_small(state: &mut u64, end: u32) -> u32 {
    let even = u64::from(below(state, u32::MAX));
    let square = (even * even) >> 32;
    ((square * u64::from(end)) >> 32) as u32
}
