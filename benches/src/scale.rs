//! Nanoseconds an event and memory of every stage from events to a model, on generated data of several sizes.

use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use recsys_core::algo::als::{Als, AlsConfig};
use recsys_core::data::{Aggregation, InteractionLog, NewEvent, Timestamp};
use recsys_core::eval::report::Curves;
use recsys_core::prelude::*;

use crate::machine::{Stopwatch, peak_gibibytes};
use crate::one_query::below;

/// Events that are handed to the log at once.
const EVENTS_AT_ONCE: u32 = 256;

/// Options of `scale`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events, one number or several in ascending order: the memory of a size is that of all before it too.
    #[arg(long, value_delimiter = ',', default_value = "1000000")]
    interactions: Vec<u32>,
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
    /// Stop before ALS.
    #[arg(long)]
    no_training: bool,
    /// Write the costs here as a page with a plot.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Processor nanoseconds an event of each stage.
struct Costs {
    log: f64,
    matrix: f64,
    transposition: f64,
    als: Option<f64>,
}

/// Generates events whose users and items follow power laws, loads them, builds the matrix and trains.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    println!(
        "processor nanoseconds: an id when it is new, an event for the rest; {} users, {} items",
        options.users, options.items
    );
    println!(
        "{:>12}{:>9}{:>10}{:>8}{:>11}{:>15}{:>8}{:>10}{:>13}",
        "events",
        "new ids",
        "text",
        "log",
        "to matrix",
        "transposition",
        "ALS",
        "peak GiB",
        "entries"
    );
    let mut costs = Vec::new();
    for &events in &options.interactions {
        costs.push((f64::from(events), one_size(events, options)?));
    }
    if let Some(file) = &options.html {
        std::fs::write(file, page(&costs, options))
            .with_context(|| format!("{}", file.display()))?;
    }
    Ok(())
}

fn page(costs: &[(f64, Costs)], options: &Options) -> String {
    let title = format!("What an event costs, {} users and {} items", options.users, options.items);
    let mut curves = Curves::new(&title, "events", "processor nanoseconds an event");
    let mut add = |name: &str, of: &dyn Fn(&Costs) -> Option<f64>| {
        let points = costs.iter().filter_map(|(events, costs)| Some((*events, of(costs)?)));
        curves.add(name, points);
    };
    add("into the log", &|costs| Some(costs.log));
    add("log to matrix", &|costs| Some(costs.matrix));
    add("transposition", &|costs| Some(costs.transposition));
    add("ALS", &|costs| costs.als);
    curves.to_html()
}

fn one_size(events: u32, options: &Options) -> anyhow::Result<Costs> {
    let nanoseconds = |watch: Stopwatch, count: u32| watch.lap().processor / f64::from(count) * 1e9;

    // Every size has the same users and items, all of them known before the first event.
    let watch = Stopwatch::start();
    let mut log = InteractionLog::new();
    for user in 0..options.users {
        log.push_user(format!("user-{user}"))?;
    }
    for item in 0..options.items {
        log.push_item(format!("item-{item}"))?;
    }
    let new_ids = nanoseconds(watch, options.users.saturating_add(options.items));

    // What a loader does before it has an event: once alone, to be taken off what follows.
    let watch = Stopwatch::start();
    for_batches(events, options, |batch| {
        black_box(batch);
        Ok(())
    })?;
    let text = nanoseconds(watch, events);

    let watch = Stopwatch::start();
    for_batches(events, options, |batch| Ok(log.push_all(batch)?))?;
    let logged = nanoseconds(watch, events) - text;

    let watch = Stopwatch::start();
    let data = log.to_interactions(&Aggregation::default())?;
    let matrix = nanoseconds(watch, events);
    drop(log);

    let watch = Stopwatch::start();
    black_box(data.item_csr());
    let transposition = nanoseconds(watch, events);

    let watch = Stopwatch::start();
    let trained = !options.no_training;
    if trained {
        let config = AlsConfig::default().with_factors(options.factors).with_epochs(options.sweeps);
        black_box(Als::new(config)?.fit(&data)?);
    }
    let als = nanoseconds(watch, events);
    println!(
        "{events:>12}{new_ids:>9.0}{text:>10.0}{logged:>8.0}{matrix:>11.0}{transposition:>15.0}{als:>8.0}{:>10.2}{:>13}",
        peak_gibibytes(),
        data.nnz()
    );
    Ok(Costs { log: logged, matrix, transposition, als: trained.then_some(als) })
}

/// Makes the events, and hands them over in batches.
fn for_batches(
    events: u32,
    options: &Options,
    mut take: impl FnMut(&[NewEvent<'_>]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut state = 42;
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    for start in (0..events).step_by(EVENTS_AT_ONCE as usize) {
        text.clear();
        ends.clear();
        for _ in start..events.min(start.saturating_add(EVENTS_AT_ONCE)) {
            write!(text, "user-{}", often_small(&mut state, options.users))?;
            let user_end = text.len();
            write!(text, "item-{}", often_small(&mut state, options.items))?;
            ends.push((user_end, text.len()));
        }
        let mut from = 0;
        let batch: Vec<NewEvent<'_>> = (i64::from(start)..)
            .zip(&ends)
            .map(|(at, &(user_end, end))| {
                let (user, item) = (&text[from..user_end], &text[user_end..end]);
                from = end;
                NewEvent::new(user, item, "view").with_time(Timestamp(at))
            })
            .collect();
        take(&batch)?;
    }
    Ok(())
}

/// A number below `end`, whose density falls with the root of its size: the square of an even one.
fn often_small(state: &mut u64, end: u32) -> u32 {
    let even = u64::from(below(state, u32::MAX));
    let square = (even * even) >> 32;
    ((square * u64::from(end)) >> 32) as u32
}
