//! The inverse of a symmetric positive definite matrix, ours and LAPACK's.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{anyhow, ensure};
use clap::Args;
use recsys_core::linalg::SymmetricMatrix;
use serde::Deserialize;

use crate::peers::run as run_peer;

const LAPACK: &str = include_str!("../peers/lapack_peer.py");

/// Options of `cholesky`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rows of the matrix.
    #[arg(long)]
    order: usize,
    /// A Python interpreter that has `scipy`; without it only ours runs.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// Times that each is run; the fastest is printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Threads of both; all processors unless given.
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Deserialize)]
struct Lapack {
    seconds: f64,
}

/// Inverts a matrix `rounds` times with both.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let threads = match options.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism()?.get(),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let order = options.order;
    let mut best = f64::INFINITY;
    for _ in 0..options.rounds.max(1) {
        let mut matrix = SymmetricMatrix::zeros(order);
        matrix.fill_rows(|row, values| {
            values.fill(0.5);
            values[row] = order as f32;
            Ok::<_, anyhow::Error>(())
        })?;
        let start = Instant::now();
        pool.install(|| matrix.invert(|_, _| Ok::<_, ()>(())))
            .map_err(|error| anyhow!("no inverse: {error:?}"))?;
        best = best.min(start.elapsed().as_secs_f64());
        // The inverse of `(n − ½) I + ½ 1 1ᵀ`, by Sherman and Morrison.
        let shift = order as f64 - 0.5;
        let expected = (1.0 - 0.5 / (shift + 0.5 * order as f64)) / shift;
        let found = f64::from(matrix.get(order - 1, order - 1));
        ensure!((found / expected - 1.0).abs() < 1e-4, "{found} is not {expected}");
    }
    print("ours", order, threads, best);
    if let Some(python) = &options.peers {
        let arguments = ["--order", &order.to_string(), "--rounds", &options.rounds.to_string()]
            .map(str::to_owned)
            .into_iter();
        let lapack: Lapack = run_peer(python, "scipy", LAPACK, (1, threads), arguments)?;
        print("spotrf + spotri", order, threads, lapack.seconds);
        println!("ours takes {:.2} times as long", best / lapack.seconds);
    }
    Ok(())
}

fn print(name: &str, order: usize, threads: usize, seconds: f64) {
    let rate = (order as f64).powi(3) / seconds / 1e9;
    println!("{name:<16} order {order}, {threads} threads: {seconds:.3} s, {rate:.0} GFLOP/s");
}
