//! Writes what fuzzing starts from: a small model file of every algorithm, into `corpus/model_file`.

use std::error::Error;
use std::fs;
use std::path::Path;

use recsys_core::algo::{ALGORITHMS, AlgorithmConfig};
use recsys_core::codec::encode_model;
use recsys_core::fit::FitContext;
use recsys_core::testing::fixtures;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join("model_file");
    fs::create_dir_all(&corpus)?;
    let data = fixtures::dataset(&fixtures::long_tail(6, 8, 4, 1));
    for card in ALGORITHMS {
        let estimator = AlgorithmConfig::named(card.name())?.build()?;
        let model = estimator.fit_erased(&data, &FitContext::default())?;
        fs::write(corpus.join(card.name()), encode_model(&*model)?)?;
    }
    println!("{} seeds in {}", ALGORITHMS.len(), corpus.display());
    Ok(())
}
