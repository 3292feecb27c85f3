//! Predicting the stars somebody would give, by four models.
//!
//! Run it with `cargo run -p recsys-examples --example ratings`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use anyhow::Context;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::biased_als::BiasedAlsConfig;
use recsys_core::algo::item_knn::ItemKnnConfig;
use recsys_core::algo::svd::SvdConfig;
use recsys_core::algo::user_knn::UserKnnConfig;
use recsys_core::data::{Aggregation, Dataset, InteractionLog};
use recsys_core::fit::FitContext;

fn main() -> anyhow::Result<()> {
    let mut log = InteractionLog::new();
    // Two tastes; every reader has left one book out.
    let books = ["Emma", "Persuasion", "Villette", "Dune", "Solaris", "Ubik"];
    for reader in 0..12_usize {
        for (at, book) in books.iter().enumerate().filter(|(at, _)| *at != reader % 6) {
            let stars = if (at < 3) == (reader % 2 == 0) { 5.0 } else { 2.0 };
            log.push(format!("reader {reader}"), book, "stars", stars, None)?;
        }
    }
    // Ratings are learned as they are: `plain` neither weighs nor shifts them.
    let data: Dataset = log.to_interactions(&Aggregation::plain())?.into();

    let reader = data.interactions().users().index("reader 0").context("reader 0 has rated")?;
    let models = [
        AlgorithmConfig::UserKnn(UserKnnConfig::ratings()),
        AlgorithmConfig::ItemKnn(ItemKnnConfig::ratings()),
        AlgorithmConfig::Svd(SvdConfig::default().with_factors(4)),
        AlgorithmConfig::BiasedAls(BiasedAlsConfig::default().with_factors(4)),
    ];
    println!("reader 0 likes novels of manners; predicted stars:");
    println!("{:<12}{:>8}{:>8}", "", "Emma", "Dune");
    for config in models {
        let model = config.build()?.fit_erased(&data, &FitContext::default())?;
        let ratings = model.as_rating_prediction().context("these models predict ratings")?;
        let stars = |book: &str| {
            let item = model.interactions().items().index(book);
            ratings.predict(Some(reader), item)
        };
        println!("{:<12}{:>8.2}{:>8.2}", config.kind().name(), stars("Emma"), stars("Dune"));
    }
    Ok(())
}
