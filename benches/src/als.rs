//! ALS alone: seconds to train and to recommend to everybody, for each number of factors.

use clap::{Args, ValueEnum};
use recsys_core::UserIdx;
use recsys_core::algo::als::{Als, AlsConfig};
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

/// Trains, recommends [`K`] unseen items to every user, and prints seconds.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?.train;
    let _ = data.item_csr(); // The transpose is not what is measured.
    let users: Vec<UserIdx> = (0..).map(UserIdx::new).take(data.n_users()).collect();
    println!(
        "{:>8}{:>10}{:>13}{:>14}{:>13}",
        "factors", "fit s", "processor s", "recommend s", "processor s"
    );
    for &factors in &options.factors {
        let config = match options.objective {
            Objective::Ours => AlsConfig::default().with_factors(factors),
            Objective::Implicit => AlsConfig::implicit_compatible(factors, 40.0, 0.01),
        };
        let estimator = Als::new(config.with_epochs(options.sweeps))?;
        let mut best: Option<(Lap, Lap)> = None;
        for _ in 0..options.rounds.max(1) {
            let watch = Stopwatch::start();
            let model = estimator.fit(&data)?;
            let fit = watch.lap();
            let watch = Stopwatch::start();
            model.recommend_unseen(&users, K)?;
            let recommend = watch.lap();
            best = Some(match best {
                Some(best) => (best.0.least(fit), best.1.least(recommend)),
                None => (fit, recommend),
            });
        }
        let Some((fit, recommend)) = best else { continue };
        println!(
            "{factors:>8}{:>10.3}{:>13.2}{:>14.3}{:>13.2}",
            fit.seconds, fit.processor, recommend.seconds, recommend.processor
        );
    }
    Ok(())
}
