//! The embedder that is fitted on a catalogue.

use recsys_core::fit::FitContext;
use recsys_store::embedders::LatentSemantics;
use recsys_store::testing::embedders::items;

async fn open() -> LatentSemantics {
    LatentSemantics::fit(&items(), 0, &FitContext::default()).unwrap().unwrap()
}

recsys_store::embedder_suite!(open);
