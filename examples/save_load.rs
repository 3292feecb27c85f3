//! A model file: write it, read it back, and see what happens to a damaged one.
//!
//! Run it with `cargo run -p recsys-examples --example save_load`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::fs;

use recsys_core::Recommender;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::data::{Aggregation, InteractionLog};
use recsys_core::fit::FitContext;
use recsys_examples::purchases;

fn main() -> anyhow::Result<()> {
    let mut log = InteractionLog::new();
    for (customer, item) in purchases() {
        log.push(customer, item, "purchase", 1.0, None)?;
    }
    let data = log.to_interactions(&Aggregation::default())?;

    // Any algorithm can be chosen by name, as a configuration file or an API would.
    let estimator = AlgorithmConfig::named("hybrid")?.build()?;
    let model = estimator.fit_erased(&data.into(), &FitContext::default())?;
    let trained = Recommender::from_shared(model);

    // The library turns models into bytes; where they are kept is yours to say.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("shop.recsys");
    fs::write(&path, trained.encode()?)?;
    println!("{} holds {} bytes", path.display(), fs::metadata(&path)?.len());

    let loaded = Recommender::decode(&fs::read(&path)?)?;
    assert_eq!(loaded.recommend("ben", 3)?, trained.recommend("ben", 3)?);
    println!("the loaded model recommends the same: {:?}", names(&loaded)?);

    // A damaged file is an error, never a wrong list.
    let mut bytes = fs::read(&path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    if let Err(error) = Recommender::decode(&bytes) {
        println!("with one bit turned: {error}");
    }
    Ok(())
}

fn names(recommender: &Recommender) -> anyhow::Result<Vec<String>> {
    let list = recommender.recommend("ben", 3)?;
    Ok(list.iter().map(|hit| hit.id_text().into_owned()).collect())
}
