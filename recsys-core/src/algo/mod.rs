//! The algorithms.
//!
//! | algorithm | answers | training | one query | capabilities |
//! | --- | --- | --- | --- | --- |
//! | [`als`] | by latent taste | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`item_knn`] | by co-occurrence with the history | `O(Σ n²)` over users | `O(history · K)` | fold-in, similar items |
//! | [`popularity`] | everybody the same | one pass | copy | fold-in |
//! | [`hybrid`] | a weighted blend of the others | its members' | its members' | fold-in, similar items |
//!
//! Each is a configuration (plain, serde, documented defaults), an estimator that holds a valid one,
//! and a model. [`AlgorithmConfig`] chooses among them by data.

pub mod als;
mod config;
pub mod hybrid;
pub mod item_knn;
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
        Some(ModelKind::Als) => Ok(Arc::new(als::AlsModel::decode(reader)?)),
        Some(ModelKind::Hybrid) => Ok(Arc::new(hybrid::HybridModel::decode(reader)?)),
        Some(ModelKind::ItemKnn) => Ok(Arc::new(item_knn::ItemKnnModel::decode(reader)?)),
        Some(ModelKind::Popularity) => Ok(Arc::new(popularity::PopularityModel::decode(reader)?)),
        None => Err(CodecError::UnknownAlgorithm(reader.algorithm().to_owned())),
    }
}
