//! What keeping fewer weights costs EASE.

use std::time::Instant;

use clap::Args;
use recsys_core::algo::ease::{Ease, EaseConfig, EaseModel};
use recsys_core::eval::rank_and_measure;
use recsys_core::prelude::*;

use crate::lightgcn::Dataset;
use crate::measure::K;

/// Options of `ease`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
    /// Penalty on squared weights.
    #[arg(long, default_value_t = EaseConfig::default().regularization)]
    regularization: f32,
    /// Chance that an entry is hidden.
    #[arg(long, default_value_t = EaseConfig::default().dropout)]
    dropout: f32,
    /// Exponent that damps users with many items.
    #[arg(long, default_value_t = EaseConfig::default().user_exponent)]
    user_exponent: f32,
    /// Exponent of items.
    #[arg(long, default_value_t = EaseConfig::default().item_exponent, allow_negative_numbers = true)]
    item_exponent: f32,
    /// Numbers of weights an item keeps, the largest first.
    #[arg(long, value_delimiter = ',', default_value = "1000,500,200,100")]
    neighbors: Vec<u32>,
    /// Hold a part of the training data out of it instead of using the test part.
    #[arg(long)]
    validate: bool,
}

/// Trains with the first number of weights and prunes to the others.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut data = Dataset::open(&options.data.data)?;
    if options.validate {
        data = crate::validate::hold_out(&data)?;
    }
    let config = EaseConfig::default()
        .with_regularization(options.regularization)
        .with_dropout(options.dropout)
        .with_user_exponent(options.user_exponent)
        .with_item_exponent(options.item_exponent)
        .with_neighbors(options.neighbors.first().copied());
    let start = Instant::now();
    let model = Ease::new(config)?.fit(&data.train)?;
    println!("fit {:.1} s", start.elapsed().as_secs_f64());
    println!("{:>9} {:>12} {:>9} {:>9}", "neighbors", "weights", "Recall@20", "NDCG@20");
    print(&model, &data)?;
    for &neighbors in options.neighbors.iter().skip(1) {
        print(&model.pruned(neighbors), &data)?;
    }
    Ok(())
}

fn print(model: &EaseModel, data: &Dataset) -> anyhow::Result<()> {
    let report = rank_and_measure(model, &data.held_out, K)?;
    let kept = model.config().neighbors.map_or("all".to_owned(), |kept| kept.to_string());
    println!("{kept:>9} {:>12} {:>9.4} {:>9.4}", model.n_weights(), report.recall, report.ndcg);
    Ok(())
}
