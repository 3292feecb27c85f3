//! The algorithms.
//!
//! | algorithm | answers | training | one query | capabilities |
//! | --- | --- | --- | --- | --- |
//! | [`popularity`] | everybody the same | one pass | copy | fold-in |
//! | [`hybrid`] | a weighted blend of the others | its members' | its members' | fold-in, similar items |
//!
//! Each is a configuration (plain, serde, documented defaults), an estimator that holds a valid one,
//! and a model. [`AlgorithmConfig`] chooses among them by data.

mod config;
pub mod hybrid;
pub mod popularity;

use std::sync::Arc;

pub use config::{ALGORITHMS, AlgorithmCard, AlgorithmConfig, UnknownAlgorithm};

use crate::codec::{CodecError, PayloadReader};
use crate::model::{Model, ModelKind};

/// Rebuilds the model that a payload holds.
pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Arc<dyn Model>, CodecError> {
    let kind =
        ALGORITHMS.iter().map(|card| card.kind).find(|kind| kind.name() == reader.algorithm());
    match kind {
        Some(ModelKind::Hybrid) => Ok(Arc::new(hybrid::HybridModel::decode(reader)?)),
        Some(ModelKind::Popularity) => Ok(Arc::new(popularity::PopularityModel::decode(reader)?)),
        None => Err(CodecError::UnknownAlgorithm(reader.algorithm().to_owned())),
    }
}
