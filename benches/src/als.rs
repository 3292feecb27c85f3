//! ALS alone: seconds to train and to recommend to everybody, for each number of factors.

use clap::{Args, ValueEnum};
use recsys_core::UserIdx;
use recsys_core::algo::als::{Als, AlsConfig, AlsSolver};
use recsys_core::data::Csr;
use recsys_core::eval::rank_and_measure;
use recsys_core::prelude::*;

use crate::lightgcn::Dataset;
use crate::machine::{Lap, Stopwatch};
use crate::measure::K;

/// Options of `als`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
    /// Factors; several are trained in turn.
    #[arg(long, value_delimiter = ',', default_value = "64,128,256")]
    factors: Vec<u32>,
    /// Sweeps.
    #[arg(long, default_value_t = 15)]
    sweeps: u32,
    /// Times that each is run; the fastest is printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Factors of a block of the subspace solver; without it rows are solved exactly.
    #[arg(long)]
    block: Option<u32>,
    /// Do not recommend.
    #[arg(long)]
    fit_only: bool,
    /// Whose objective.
    #[arg(long, value_enum, default_value_t = Objective::Ours)]
    objective: Objective,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Objective {
    /// A penalty that grows with the row's degree.
    Ours,
    /// That of `implicit` with alpha 40.
    Implicit,
}

/// Trains, recommends [`K`] unseen items to every user, and prints seconds, the multiply-adds that the
/// exact solution of a sweep takes, and how many of these were done in a second of one processor.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?;
    let train = &data.train;
    let _ = train.item_csr(); // The transpose is not what is measured.
    let users: Vec<UserIdx> = (0..).map(UserIdx::new).take(train.n_users()).collect();
    let peak = crate::peak::multiply_adds() / 1e9;
    println!("one processor does {peak:.0} GFMA/s in registers");
    println!(
        "{:>8}{:>10}{:>13}{:>14}{:>10}{:>9}{:>14}{:>13}{:>11}{:>9}",
        "factors",
        "fit s",
        "processor s",
        "GFMA a sweep",
        "GFMA/s",
        "of peak",
        "recommend s",
        "processor s",
        "Recall@20",
        "NDCG@20"
    );
    for &factors in &options.factors {
        let config = match options.objective {
            Objective::Ours => AlsConfig::default().with_factors(factors),
            Objective::Implicit => AlsConfig::implicit_compatible(factors, 40.0, 0.01),
        };
        let solver = options.block.map_or(AlsSolver::Exact, |block| AlsSolver::Subspace { block });
        let estimator = Als::new(config.with_epochs(options.sweeps).with_solver(solver))?;
        let (model, mut fit) = timed(|| estimator.fit(train))?;
        for _ in 1..options.rounds {
            fit = fit.least(timed(|| estimator.fit(train))?.1);
        }
        let of_users = half_step(train.user_csr(), factors);
        let sweep = of_users + half_step(train.item_csr(), factors);
        let all = f64::from(options.sweeps) * sweep + of_users;
        print!(
            "{factors:>8}{:>10.3}{:>13.2}{:>14.2}{:>10.1}{:>8.0}%",
            fit.seconds,
            fit.processor,
            sweep / 1e9,
            all / 1e9 / fit.processor,
            100.0 * all / 1e9 / fit.processor / peak
        );
        if options.fit_only {
            println!();
            continue;
        }
        let mut recommend = timed(|| model.recommend_unseen(&users, K))?.1;
        for _ in 1..options.rounds {
            recommend = recommend.least(timed(|| model.recommend_unseen(&users, K))?.1);
        }
        let report = rank_and_measure(&model, &data.held_out, K)?;
        println!(
            "{:>14.3}{:>13.2}{:>11.4}{:>9.4}",
            recommend.seconds, recommend.processor, report.recall, report.ndcg
        );
    }
    Ok(())
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Lap), E> {
    let watch = Stopwatch::start();
    let made = work()?;
    Ok((made, watch.lap()))
}

/// Multiply-adds that solving every row exactly takes, with the other side's Gram matrix and change of
/// basis; the eigendecomposition is left out.
fn half_step(csr: Csr<'_>, factors: u32) -> f64 {
    let d = f64::from(factors);
    let rows = csr.indptr.windows(2).map(|pair| {
        let n = (pair[1] - pair[0]) as f64;
        if n < d { n * n * d / 2.0 + n.powi(3) / 6.0 } else { n * d * d / 2.0 + d.powi(3) / 6.0 }
    });
    rows.sum::<f64>() + 1.5 * csr.n_columns as f64 * d * d
}
