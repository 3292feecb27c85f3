//! Determinism at full size: the same data and seed give the same bytes whatever the number of threads.

use anyhow::ensure;
use clap::Args;
use recsys_core::algo::{ALGORITHMS, AlgorithmConfig};
use recsys_core::codec::encode_model;
use recsys_core::fit::FitContext;
use recsys_core::testing::fixtures::dataset;

use crate::lightgcn::Dataset;

/// Options of `threads`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
}

/// Trains each algorithm with its defaults on pools of three sizes.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?;
    // Some go by times and by what is known of the items; the files have neither.
    let train = dataset(&data.train);
    for card in ALGORITHMS {
        let estimator = AlgorithmConfig::named(card.name())?.build()?;
        let mut first: Option<Vec<u8>> = None;
        for threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let fit = || estimator.fit_erased(&train, &FitContext::default());
            let bytes = encode_model(&*pool.install(fit)?)?;
            match &first {
                None => first = Some(bytes),
                Some(first) => {
                    ensure!(*first == bytes, "{} differs with {threads} threads", card.name());
                }
            }
        }
        let size = first.map_or(0, |bytes| bytes.len());
        println!("{:<12} {size:>12} bytes, equal with 1, 2 and 8 threads", card.name());
    }
    Ok(())
}
