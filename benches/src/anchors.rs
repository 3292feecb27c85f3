//! Regression anchors: fixed models on the Gowalla split, and the figures they must have.

use anyhow::ensure;
use clap::Args;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::AlsConfig;
use recsys_core::algo::ease::{Diagonal, EaseConfig};
use recsys_core::algo::graph_filter::{Balance, GraphFilterConfig};
use recsys_core::algo::hybrid::{HybridConfig, MemberConfig, Validation, WeightSource};
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity};
use recsys_core::algo::slim::SlimConfig;
use recsys_core::algo::truncated_svd::TruncatedSvdConfig;
use recsys_core::algo::user_knn::UserKnnConfig;

use crate::lightgcn::Dataset;
use crate::measure::measure;

/// Options of `gowalla`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
    /// Only models whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

struct Anchor {
    name: &'static str,
    config: AlgorithmConfig,
    recall: f64,
    ndcg: f64,
    tolerance: f64,
}

fn anchors() -> anyhow::Result<Vec<Anchor>> {
    let unpruned = |similarity| {
        let config = ItemKnnConfig::default()
            .with_shrinkage(0.0)
            .with_similarity(similarity)
            .with_neighbors(None);
        AlgorithmConfig::ItemKnn(config)
    };
    let long_tail = Similarity::long_tail_source();
    let top_100 = ItemKnnConfig::default()
        .with_shrinkage(0.0)
        .with_similarity(long_tail)
        .with_neighbors(Some(100));
    let weighted = |factors, unobserved_weight, regularization| {
        let config = AlsConfig::default().with_factors(factors).with_epochs(8);
        let config = config.with_weights(unobserved_weight, regularization);
        AlgorithmConfig::Als(config.with_degree_exponents(0.5, 0.5))
    };
    let blend = |members: Vec<(AlgorithmConfig, f32)>| {
        let members = members.into_iter().map(|(model, weight)| MemberConfig::new(model, weight));
        let config = HybridConfig::default().with_members(members.collect()).with_half_trust(0.0);
        AlgorithmConfig::Hybrid(config)
    };
    let local = || unpruned(long_tail);
    let of_four = || {
        vec![
            (AlgorithmConfig::GraphFilter(GraphFilterConfig::degree_shifted()), 1.0),
            (weighted(512, 0.06, 0.0012), 0.5),
            (weighted(1024, 0.06, 0.0012), 0.5),
            (AlgorithmConfig::Ease(EaseConfig::default()), 1.0),
        ]
    };
    let ridge = EaseConfig::default().with_diagonal(Diagonal::Free).with_neighbors(Some(3000));
    let of_four_with_ridge = || {
        let shifted = GraphFilterConfig::degree_shifted().with_weight(1.0 / 3.0, Balance::Relative);
        vec![
            (AlgorithmConfig::GraphFilter(shifted), 0.92),
            (weighted(512, 0.06, 0.0012), 0.5),
            (weighted(1024, 0.06, 0.0012), 0.5),
            (AlgorithmConfig::Ease(ridge.clone()), 1.0),
        ]
    };
    let learned = |members| match blend(members) {
        AlgorithmConfig::Hybrid(config) => AlgorithmConfig::Hybrid(
            config.with_weights(WeightSource::Learned(Validation::default())),
        ),
        other => other,
    };
    let anchor =
        |name, config, recall, ndcg, tolerance| Anchor { name, config, recall, ndcg, tolerance };
    Ok(vec![
        anchor("popularity", AlgorithmConfig::named("popularity")?, 0.0416, 0.0317, 2e-4),
        anchor("item CF cosine, all", unpruned(Similarity::cosine()), 0.1273, 0.0944, 2e-4),
        anchor("item CF (.5,1,.5,1), all", unpruned(Similarity::symmetric()), 0.1682, 0.1331, 2e-4),
        anchor("item CF (.9,1,.1,1), all", unpruned(long_tail), 0.1887, 0.1578, 2e-4),
        anchor("item CF (.9,1,.1,1), 100", AlgorithmConfig::ItemKnn(top_100), 0.1880, 0.1570, 2e-4),
        anchor(
            "user CF (.7,1,.1,1.25), 400",
            AlgorithmConfig::UserKnn(UserKnnConfig::long_tail()),
            0.1905,
            0.1589,
            5e-4,
        ),
        anchor(
            "EASE (20,.5,.3), 500",
            AlgorithmConfig::Ease(EaseConfig::default()),
            0.1867,
            0.1562,
            5e-4,
        ),
        anchor(
            "EASE 80, 4000",
            AlgorithmConfig::Ease(EaseConfig::published(80.0).with_neighbors(Some(4000))),
            0.1765,
            0.1467,
            5e-4,
        ),
        anchor("SLIM, 100", AlgorithmConfig::Slim(SlimConfig::default()), 0.1689, 0.1390, 5e-4),
        anchor(
            "ALS 64 as implicit",
            AlgorithmConfig::Als(AlsConfig::implicit_compatible(64, 40.0, 0.01)),
            0.1490,
            0.1275,
            2e-3,
        ),
        anchor("ALS 512 weighted", weighted(512, 0.06, 0.0012), 0.1885, 0.1590, 3e-3),
        anchor("ALS 1024 weighted", weighted(1024, 0.06, 0.0012), 0.1917, 0.1602, 3e-3),
        anchor(
            "item CF + ALS 512",
            blend(vec![(local(), 1.0), (weighted(512, 0.06, 0.0012), 1.0)]),
            0.1959,
            0.1649,
            2e-3,
        ),
        anchor(
            "item CF + ALS 1024",
            blend(vec![(local(), 1.0), (weighted(1024, 0.06, 0.0012), 1.0)]),
            0.1969,
            0.1648,
            2e-3,
        ),
        anchor("blend of four", blend(of_four()), 0.1980, 0.1658, 5e-4),
        anchor("blend of four, ridge", blend(of_four_with_ridge()), 0.1984, 0.1661, 5e-4),
        anchor("blend of four, learned", learned(of_four()), 0.1924, 0.1606, 2e-3),
        anchor(
            "item CF Turbo-CF, all",
            unpruned(Similarity::turbo_cf(0.6, 0.7)),
            0.1830,
            0.1513,
            2e-4,
        ),
        anchor(
            "GF-CF 256",
            AlgorithmConfig::GraphFilter(
                GraphFilterConfig::gf_cf().with_oversampling(512).with_rounds(5),
            ),
            0.1850,
            0.1520,
            5e-4,
        ),
        anchor(
            "graph filter, shifted 768",
            AlgorithmConfig::GraphFilter(GraphFilterConfig::degree_shifted()),
            0.1934,
            0.1613,
            1e-3,
        ),
        anchor(
            "truncated SVD 256",
            AlgorithmConfig::TruncatedSvd(TruncatedSvdConfig::default().with_factors(256)),
            0.1116,
            0.0914,
            5e-4,
        ),
    ])
}

/// Trains every anchor's model and prints its figures beside the expected ones.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?;
    println!("{:<26} {:>17} {:>17} {:>9}", "model", "Recall@20 (must)", "NDCG@20 (must)", "fit");
    let mut off = 0;
    let mut wanted = anchors()?;
    wanted.retain(|anchor| anchor.name.contains(&options.only));
    ensure!(!wanted.is_empty(), "no model is called {:?}", options.only);
    for anchor in &wanted {
        let figures = measure(&*anchor.config.build()?, &data)?;
        let near = |found: f64, must: f64| (found - must).abs() <= anchor.tolerance + 5e-5;
        let holds = near(figures.recall, anchor.recall) && near(figures.ndcg, anchor.ndcg);
        off += usize::from(!holds);
        println!(
            "{:<26} {:>8.4} ({:.4}) {:>8.4} ({:.4}) {:>7.2} s  {}",
            anchor.name,
            figures.recall,
            anchor.recall,
            figures.ndcg,
            anchor.ndcg,
            figures.fit_seconds,
            if holds { "holds" } else { "OFF" }
        );
    }
    ensure!(off == 0, "{off} figures are off");
    Ok(())
}
