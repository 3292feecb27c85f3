//! The algorithms.
//!
//! | algorithm | answers | training | one query | capabilities |
//! | --- | --- | --- | --- | --- |
//! | [`als`] | by latent taste | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`content`] | by what is known of the items | one pass over the texts | lists of the profile's features | fold-in, similar items, cold items |
//! | [`item_knn`] | by co-occurrence with the history | `O(Σ n²)` over users | `O(history · K)` | fold-in, similar items |
//! | [`popularity`] | everybody the same | one pass | copy | fold-in |
//! | [`trending`] | everybody the same, by what is liked lately | one pass | copy | fold-in |
//! | [`hybrid`] | a weighted blend of the others | its members' | its members' | fold-in, similar items |
//!
//! Each is a configuration (plain, serde, documented defaults), an estimator that holds a valid one,
//! and a model. [`AlgorithmConfig`] chooses among them by data.

pub mod als;
mod common_list;
pub mod content;
pub mod hybrid;
pub mod item_knn;
pub mod popularity;
mod registry;
pub mod trending;

pub use common_list::{CommonList, CommonListConfig};
pub(crate) use registry::decode;
pub use registry::{ALGORITHMS, AlgorithmCard, AlgorithmConfig, UnknownAlgorithm};
