//! Comparing settings on a part of the training data, so that defaults are not chosen on the test part.

use anyhow::ensure;
use clap::Args;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::AlsConfig;
use recsys_core::algo::ease::EaseConfig;
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity};
use recsys_core::algo::slim::SlimConfig;
use recsys_core::algo::user_knn::{UserKnnConfig, UserSimilarity};

use crate::lightgcn::{Dataset, as_items, interactions};
use crate::measure::measure;

/// Options of `validate`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
    /// Factors of ALS.
    #[arg(long, default_value_t = 64)]
    factors: u32,
    /// Only candidates whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// Trains every candidate on nine tenths of the training part and measures it on the last.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = hold_out(&Dataset::open(&options.data.data)?)?;
    println!("{:<52} {:>9} {:>9} {:>9}", "candidate", "Recall@20", "NDCG@20", "fit");
    let csr = data.train.user_csr();
    let (entries, users, items) = (csr.indices.len(), csr.n_rows(), csr.n_columns);
    let mut wanted = candidates(options.factors, entries as f32 / users as f32, items as f32);
    wanted.retain(|(name, _)| name.contains(&options.only));
    ensure!(!wanted.is_empty(), "no candidate is called {:?}", options.only);
    for (name, config) in wanted {
        let figures = measure(&*config.build()?, &data)?;
        let (recall, ndcg, seconds) = (figures.recall, figures.ndcg, figures.fit_seconds);
        println!("{name:<52} {recall:>9.4} {ndcg:>9.4} {seconds:>7.2} s");
    }
    Ok(())
}

/// Keeps nine of ten entries, chosen by a hash of their place; the test part is not looked at.
pub(crate) fn hold_out(data: &Dataset) -> anyhow::Result<Dataset> {
    let n_users = data.train.n_users();
    let (mut kept, mut held_out) = (Vec::with_capacity(n_users), Vec::new());
    for (user, _) in data.train.users().iter() {
        let is_held = |item: u32| {
            let place = u64::from(user.get()) << 32 | u64::from(item);
            let mixed = (place ^ place >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33 & 1023 < 102
        };
        let row = data.train.user(user).indices().iter().copied();
        let (held, rest): (Vec<u32>, Vec<u32>) = row.partition(|&item| is_held(item));
        if !held.is_empty() {
            held_out.push((user, as_items(&held)));
        }
        kept.push(rest);
    }
    let n_items = u32::try_from(data.train.n_items())?;
    Ok(Dataset { train: interactions(&kept, n_users, n_items)?, held_out })
}

/// Settings to compare on data with users of mean degree `degree`.
fn candidates(factors: u32, degree: f32, items: f32) -> Vec<(String, AlgorithmConfig)> {
    let mut all = Vec::new();
    let similarities = [
        ("cosine by target", ItemKnnConfig::cosine()),
        ("cosine", ItemKnnConfig::default().with_similarity(Similarity::cosine())),
        ("rp3(.4)", ItemKnnConfig::default().with_similarity(Similarity::rp3(0.4))),
        ("symmetric", ItemKnnConfig::default().with_similarity(Similarity::symmetric())),
        ("long-tail source", {
            ItemKnnConfig::default().with_similarity(Similarity::long_tail_source())
        }),
        ("(.6,.7,.3,1)", {
            ItemKnnConfig::default().with_similarity(Similarity::new(0.6, 0.7, 0.3, 1.0))
        }),
        ("(.7,1,.3,1)", {
            ItemKnnConfig::default().with_similarity(Similarity::new(0.7, 1.0, 0.3, 1.0))
        }),
    ];
    for (name, config) in similarities {
        for shrinkage in [0.0, 10.0] {
            let config = AlgorithmConfig::ItemKnn(config.clone().with_shrinkage(shrinkage));
            all.push((format!("item CF {name}, shrinkage {shrinkage}"), config));
        }
    }
    let exponents = [
        (0.0, 0.5, 0.0, 1.0),
        (0.3, 0.5, 0.1, 1.0),
        (0.5, 0.5, 0.1, 1.0),
        (0.5, 0.7, 0.1, 1.25),
        (0.5, 0.7, 0.3, 1.25),
        (0.7, 1.0, 0.1, 1.25),
    ];
    for (item, neighbor, target, power) in exponents {
        for neighbors in [50, 400] {
            let config = UserKnnConfig::default()
                .with_similarity(UserSimilarity::new(item, neighbor, target, power))
                .with_neighbors(Some(neighbors));
            let name = format!("user CF ({item},{neighbor},{target},{power}), {neighbors}");
            all.push((name, AlgorithmConfig::UserKnn(config)));
        }
    }
    for (l1, l2) in [(0.0, 20.0), (0.5, 10.0), (1.0, 5.0), (1.0, 20.0), (2.0, 20.0), (5.0, 20.0)] {
        for neighbors in [100, 200] {
            let config = SlimConfig::default().with_penalties(l1, l2).with_neighbors(neighbors);
            all.push((format!("SLIM ({l1},{l2}), {neighbors}"), AlgorithmConfig::Slim(config)));
        }
    }
    for (regularization, dropout, exponent) in [
        (20.0, 0.0, 0.0),
        (80.0, 0.0, 0.0),
        (300.0, 0.0, 0.0),
        (5.0, 0.5, 0.0),
        (20.0, 0.5, 0.0),
        (60.0, 0.8, 0.0),
        (5.0, 0.5, 0.3),
        (20.0, 0.5, 0.3),
        (60.0, 0.5, 0.3),
        (20.0, 0.8, 0.3),
        (20.0, 0.5, 0.5),
    ] {
        let config = EaseConfig::published(regularization)
            .with_dropout(dropout)
            .with_user_exponent(exponent);
        let name = format!("EASE ({regularization},{dropout},{exponent})");
        all.push((name, AlgorithmConfig::Ease(config)));
    }
    for epochs in [3, 5, 8, 10, 15, 20] {
        let config = AlsConfig::default().with_factors(factors).with_epochs(epochs);
        all.push((format!("ALS {factors}, {epochs} epochs"), AlgorithmConfig::Als(config)));
    }
    for exponent in [0.0, 0.5] {
        for times in [10.0, 30.0, 60.0] {
            let unobserved_weight = (times * degree / items).min(1.0);
            for share in [0.02, 0.05, 0.1, 0.2] {
                // The penalty of a user of mean degree, as a share of that degree.
                let scale = degree + unobserved_weight * items;
                let regularization = (share * degree).max(1.0) / scale;
                let config = AlsConfig::default()
                    .with_factors(factors)
                    .with_weights(unobserved_weight, regularization)
                    .with_degree_exponents(exponent, exponent);
                let name = format!(
                    "ALS {factors}, degrees {exponent}, unobserved {times} × observed, penalty {share}"
                );
                all.push((name, AlgorithmConfig::Als(config)));
            }
        }
    }
    all
}
