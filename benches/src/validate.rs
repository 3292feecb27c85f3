//! Comparing settings on a part of the training data, so that defaults are not chosen on the test part.

use clap::Args;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::AlsConfig;
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity};

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
    for (name, config) in candidates(options.factors) {
        if name.contains(&options.only) {
            let figures = measure(&*config.build()?, &data)?;
            let (recall, ndcg, seconds) = (figures.recall, figures.ndcg, figures.fit_seconds);
            println!("{name:<52} {recall:>9.4} {ndcg:>9.4} {seconds:>7.2} s");
        }
    }
    Ok(())
}

/// Keeps nine of ten entries, chosen by a hash of their place; the test part is not looked at.
fn hold_out(data: &Dataset) -> anyhow::Result<Dataset> {
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

fn candidates(factors: u32) -> Vec<(String, AlgorithmConfig)> {
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
    for exponent in [0.0, 0.5] {
        for unobserved_weight in [0.005, 0.01, 0.02, 0.04, 0.08] {
            for regularization in [0.001, 0.002, 0.004, 0.008] {
                let config = AlsConfig::default()
                    .with_factors(factors)
                    .with_weights(unobserved_weight, regularization)
                    .with_degree_exponents(exponent, exponent);
                let name = format!(
                    "ALS {factors}, degrees {exponent}, unobserved {unobserved_weight}, penalty {regularization}"
                );
                all.push((name, AlgorithmConfig::Als(config)));
            }
        }
    }
    all
}
