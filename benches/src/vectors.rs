//! Nearest vectors out of a million, against scoring every one of them from its `f32` values.

use std::f64::consts::TAU;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use rayon::prelude::*;
use recsys_core::ItemIdx;
use recsys_core::index::{Metric, RowSet, VectorIndex};
use recsys_core::query::ScoredItem;

use crate::machine::reading_seconds;
use crate::one_query::below;

/// Hits of a search.
const HITS: usize = 10;

/// Options of `vectors`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Vectors in the index.
    #[arg(long, default_value_t = 1_000_000)]
    vectors: u32,
    /// Values of a vector.
    #[arg(long, default_value_t = 64)]
    dimension: usize,
    /// Clusters that the vectors of the first part are drawn from.
    #[arg(long, default_value_t = 1_000)]
    clusters: u32,
    /// Queries; every figure is the mean over them of the fastest run of each.
    #[arg(long, default_value_t = 20)]
    queries: u32,
    /// Times that every search is run.
    #[arg(long, default_value_t = 7)]
    runs: usize,
}

/// Builds one index of vectors in clusters and one of random directions, and searches each with filters that let
/// through all and ever fewer.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    println!(
        "{} unit vectors of {} values, {} threads, best {HITS} of {} queries; best of {} runs each",
        options.vectors,
        options.dimension,
        rayon::current_num_threads(),
        options.queries,
        options.runs
    );
    for (name, clusters) in [("clusters", Some(options.clusters)), ("random", None)] {
        let values = directions(options, clusters, 1, options.vectors);
        let queries = directions(options, clusters, 2, options.queries);
        if clusters.is_some() {
            let (one, all) = reading_seconds(&values, options.runs);
            println!("reading them: {:.2} ms by one thread, {:.2} by all", one * 1e3, all * 1e3);
        }
        let start = Instant::now();
        let index = VectorIndex::new(&values, options.dimension, Metric::Cosine)?;
        println!("{name}, built in {:.2} s", start.elapsed().as_secs_f64());
        println!(
            "{:>14}{:>15}{:>12}{:>18}{:>10}",
            "allowed", "scoring those", "search", "of scoring all", "recall"
        );
        let mut all = None;
        for every in [1, 2, 4, 6, 10, 100] {
            let allowed = (every > 1).then(|| one_in(every, options.vectors));
            let report = compare(options, &index, &queries, allowed.as_ref())?;
            let all = *all.get_or_insert(report.scan);
            println!(
                "{:>12.1} %{:>12.2} ms{:>9.2} ms{:>18.3}{:>10.4}",
                100.0 / f64::from(every),
                report.scan * 1e3,
                report.search * 1e3,
                report.search / all,
                report.recall
            );
        }
    }
    Ok(())
}

/// Mean seconds of a search by both ways, and the share of the scan's hits that the search found.
struct Report {
    scan: f64,
    search: f64,
    recall: f64,
}

fn compare(
    options: &Options,
    index: &VectorIndex,
    queries: &[f32],
    allowed: Option<&RowSet>,
) -> anyhow::Result<Report> {
    let mut report = Report { scan: 0.0, search: 0.0, recall: 0.0 };
    let share = 1.0 / f64::from(options.queries);
    for query in queries.chunks_exact(options.dimension) {
        let (scan, expected) = fastest(options, || index.scan(query, HITS, allowed))?;
        let (search, found) = fastest(options, || index.search(query, HITS, allowed))?;
        let right = expected.iter().filter(|hit| found.contains(hit)).count();
        report.scan += scan * share;
        report.search += search * share;
        report.recall += right as f64 / expected.len() as f64 * share;
    }
    Ok(report)
}

/// Runs a search several times; returns the seconds of the fastest, and its hits.
fn fastest<E: std::error::Error + Send + Sync + 'static>(
    options: &Options,
    search: impl Fn() -> Result<Vec<ScoredItem>, E>,
) -> anyhow::Result<(f64, Vec<ScoredItem>)> {
    let mut best = None::<(f64, Vec<ScoredItem>)>;
    for _ in 0..options.runs.max(1) {
        let start = Instant::now();
        let hits = search()?;
        let seconds = start.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(best, _)| seconds < *best) {
            best = Some((seconds, hits));
        }
    }
    best.context("nothing was run")
}

/// One row in so many, at random.
fn one_in(every: u32, rows: u32) -> RowSet {
    let mut state = 3;
    let mut set = RowSet::none(rows as usize);
    for row in (0..rows).filter(|_| below(&mut state, every) == 0) {
        set.insert(ItemIdx::new(row));
    }
    set
}

/// Unit vectors: of random directions, or scattered around the centres of clusters by as much as those are long.
fn directions(options: &Options, clusters: Option<u32>, seed: u64, count: u32) -> Vec<f32> {
    let dimension = options.dimension;
    let mut centres = vec![0.0; clusters.unwrap_or(1) as usize * dimension];
    if clusters.is_some() {
        normal(0, &mut centres);
    }
    let mut values = vec![0.0_f32; count as usize * dimension];
    values.par_chunks_exact_mut(dimension).enumerate().for_each(|(row, vector)| {
        let mut state = (seed << 40) + row as u64;
        normal(state, vector);
        let cluster = below(&mut state, clusters.unwrap_or(1)) as usize;
        let mut length = 0.0;
        for (value, centre) in vector.iter_mut().zip(&centres[cluster * dimension..]) {
            *value += centre;
            length += *value * *value;
        }
        vector.iter_mut().for_each(|value| *value /= length.sqrt());
    });
    values
}

/// Fills with numbers of the normal distribution, by Box and Muller.
fn normal(seed: u64, values: &mut [f32]) {
    let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut uniform = || (f64::from(below(&mut state, u32::MAX)) + 0.5) / f64::from(u32::MAX);
    for value in values {
        let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), TAU * uniform());
        *value = (radius * angle.cos()) as f32;
    }
}
