//! Ours and `implicit`'s models side by side, in turn, in one run.

use std::path::PathBuf;

use clap::Args;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::AlsConfig;
use recsys_core::algo::item_knn::{ItemKnnConfig, Prune, Similarity};

use crate::lightgcn::Dataset;
use crate::measure::{Figures, measure};
use crate::peers::implicit;

/// Options of `compare`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
    /// A Python interpreter that has `implicit` (0.7.3), `scipy` and `numpy`; without it only ours run.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// Times that everything is run; the medians are printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Threads of both; all processors unless given.
    #[arg(long)]
    threads: Option<usize>,
    /// Factors of ALS; with several, each is a group of lines.
    #[arg(long, value_delimiter = ',', default_value = "64")]
    factors: Vec<u32>,
    /// Sweeps of ALS.
    #[arg(long, default_value_t = 15)]
    sweeps: u32,
    /// Neighbours of item CF.
    #[arg(long, default_value_t = 100)]
    neighbors: u32,
}

/// One line of the table.
struct Contestant {
    group: String,
    name: String,
    runner: Runner,
    runs: Vec<Figures>,
}

enum Runner {
    Ours(AlgorithmConfig),
    Implicit(Vec<String>),
}

/// Runs all contestants `rounds` times in turn and prints medians and ratios.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?;
    let threads = match options.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism()?.get(),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    println!(
        "{} users, {} items, {} interactions; {threads} threads; medians of {} runs",
        data.train.n_users(),
        data.train.n_items(),
        data.train.nnz(),
        options.rounds
    );
    let mut contestants = contestants(options);
    for _ in 0..options.rounds.max(1) {
        for contestant in &mut contestants {
            let figures = match (&contestant.runner, &options.peers) {
                (Runner::Ours(config), _) => {
                    let estimator = config.build()?;
                    pool.install(|| measure(&*estimator, &data))?
                }
                (Runner::Implicit(arguments), Some(python)) => {
                    implicit(python, &options.data.data, threads, arguments)?
                }
                (Runner::Implicit(_), None) => continue,
            };
            contestant.runs.push(figures);
        }
    }
    print(&contestants);
    Ok(())
}

fn contestants(options: &Options) -> Vec<Contestant> {
    let Options { factors, sweeps, neighbors, .. } = options;
    let contestant = |group: &str, name: &str, runner| Contestant {
        group: group.to_owned(),
        name: name.to_owned(),
        runner,
        runs: Vec::new(),
    };
    let implicit = |arguments: String| {
        Runner::Implicit(arguments.split_ascii_whitespace().map(str::to_owned).collect())
    };
    let mut contestants = Vec::new();
    for &factors in factors {
        let als = |config: AlsConfig| {
            Runner::Ours(AlgorithmConfig::Als(config.with_factors(factors).with_epochs(*sweeps)))
        };
        let group = format!("ALS {factors}");
        let peer = format!("--model als --factors {factors} --sweeps {sweeps}");
        let same_objective = als(AlsConfig::implicit_compatible(1, 40.0, 0.01));
        contestants.extend([
            contestant(&group, "implicit, its defaults", implicit(peer.clone())),
            contestant(&group, "implicit, alpha 40", implicit(format!("{peer} --alpha 40"))),
            contestant(&group, "ours, alpha 40", same_objective),
            contestant(&group, "ours, our defaults", als(AlsConfig::default())),
            contestant(&group, "ours, degree-weighted", als(AlsConfig::degree_weighted())),
            contestant(&group, "ours, our sweeps too", {
                Runner::Ours(AlgorithmConfig::Als(AlsConfig::default().with_factors(factors)))
            }),
        ]);
    }
    let item_knn = |config: ItemKnnConfig| {
        Runner::Ours(AlgorithmConfig::ItemKnn(config.with_neighbors(Some(*neighbors))))
    };
    let same_cosine = ItemKnnConfig::default()
        .with_shrinkage(0.0)
        .with_similarity(Similarity::cosine())
        .with_prune(Prune::Source);
    contestants.extend([
        contestant(
            "item CF",
            "implicit, cosine",
            implicit(format!("--model item_cf --neighbors {neighbors}")),
        ),
        contestant("item CF", "ours, cosine, by source", item_knn(same_cosine)),
        contestant("item CF", "ours, cosine, by target", item_knn(ItemKnnConfig::cosine())),
        contestant("item CF", "ours, our defaults", item_knn(ItemKnnConfig::default())),
    ]);
    contestants
}

fn print(contestants: &[Contestant]) {
    println!(
        "{:<9}{:<25}{:>9}{:>13}{:>11}{:>9}{:>11}{:>13}",
        "", "", "fit s", "recommend s", "Recall@20", "NDCG@20", "fit ratio", "recom. ratio"
    );
    let mut group = "";
    let mut peer: Option<Figures> = None;
    for contestant in contestants.iter().filter(|contestant| !contestant.runs.is_empty()) {
        let median = |of: &dyn Fn(&Figures) -> f64| {
            let mut values: Vec<f64> = contestant.runs.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let figures = Figures {
            fit_seconds: median(&|run| run.fit_seconds),
            recommend_seconds: median(&|run| run.recommend_seconds),
            recall: median(&|run| run.recall),
            ndcg: median(&|run| run.ndcg),
        };
        if contestant.group != group {
            (group, peer) = (&contestant.group, None);
        }
        let is_peer = matches!(contestant.runner, Runner::Implicit(_));
        if is_peer {
            peer = Some(figures);
        }
        let ratio = |theirs: fn(&Figures) -> f64| match (&peer, is_peer) {
            (Some(peer), false) => format!("{:.2}x", theirs(peer) / theirs(&figures)),
            _ => "-".to_owned(),
        };
        println!(
            "{:<9}{:<25}{:>9.2}{:>13.2}{:>11.4}{:>9.4}{:>11}{:>13}",
            group,
            contestant.name,
            figures.fit_seconds,
            figures.recommend_seconds,
            figures.recall,
            figures.ndcg,
            ratio(|run| run.fit_seconds),
            ratio(|run| run.recommend_seconds)
        );
    }
}
