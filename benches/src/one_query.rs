//! One list out of a large catalogue, against the time that reading its `f32` factors from memory takes.

use std::time::Instant;

use anyhow::Context;
use clap::Args;
use recsys_core::ItemIdx;
use recsys_core::algo::als::{Als, AlsConfig};
use recsys_core::data::History;
use recsys_core::prelude::*;
use recsys_core::query::Request;

use crate::lightgcn::interactions;
use crate::machine::reading_seconds;
use crate::measure::K;

/// Options of `one-query`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Items.
    #[arg(long, default_value_t = 1_000_000)]
    items: u32,
    /// Factors.
    #[arg(long, default_value_t = 64)]
    factors: u32,
    /// Times that everything is run; the fastest is printed.
    #[arg(long, default_value_t = 30)]
    runs: usize,
}

/// Trains one sweep on generated data with as many items, then ranks all items for a history.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    const EACH: u32 = 50;
    let n_users = options.items.div_ceil(EACH / 2) as usize;
    let rows: Vec<Vec<u32>> = (0..n_users)
        .map(|user| {
            let mut state = user as u64;
            let mut row: Vec<u32> = (0..EACH).map(|_| below(&mut state, options.items)).collect();
            row.sort_unstable();
            row.dedup();
            row
        })
        .collect();
    let data = interactions(&rows, n_users, options.items)?;
    let config = AlsConfig::default().with_factors(options.factors).with_epochs(1);
    let model = Als::new(config)?.fit(&data)?;

    let mut state = 1;
    let liked = (0..EACH).map(|_| (ItemIdx::new(below(&mut state, options.items)), 1.0));
    let history: History = liked.collect();
    let request = Request::top(K);
    let start = Instant::now();
    model.recommend_for(&history, &request)?;
    let first = start.elapsed().as_secs_f64();
    let mut best = f64::INFINITY;
    for _ in 0..options.runs.max(1) {
        let start = Instant::now();
        let list = model.recommend_for(&history, &request)?;
        best = best.min(start.elapsed().as_secs_f64());
        list.first().context("the list is empty")?;
    }
    drop(model);

    let values = vec![1.0_f32; options.items as usize * options.factors as usize];
    let (one, all) = reading_seconds(&values, options.runs);
    let gigabytes = values.len() as f64 * 4e-9;
    println!(
        "{} items of {} factors, {gigabytes:.3} GB, {} threads; best of {} runs",
        options.items,
        options.factors,
        rayon::current_num_threads(),
        options.runs
    );
    let line = |name: &str, seconds: f64| {
        println!(
            "{name:<32}{:>9.2} ms{:>8.1} GB/s{:>8.2}x",
            seconds * 1e3,
            gigabytes / seconds,
            seconds / all
        );
    };
    line("reading them, one thread", one);
    line("reading them, all threads", all);
    line("the first list, with rounding", first);
    line(&format!("fold-in and the best {K}"), best);
    Ok(())
}

/// A number below `end`, by the generator `SplitMix64`.
pub(crate) fn below(state: &mut u64, end: u32) -> u32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (((mixed >> 32) * u64::from(end)) >> 32) as u32
}
