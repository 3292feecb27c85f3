//! The algorithms.
//!
//! | algorithm | answers | training | one query | capabilities |
//! | --- | --- | --- | --- | --- |
//! | [`als`] | by latent taste | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`biased_als`] | by predicted ratings | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors, ratings |
//! | [`bpr`] | by taste that puts likes first | `O(nnz · d)` a sweep, one thread | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`graph_filter`] | by walks from the history and the strongest directions | that of [`item_knn`] and [`truncated_svd`] | `O(history · K + items · d)` | fold-in, similar items |
//! | [`item_knn`] | by co-occurrence with the history | `O(Σ n²)` over users | `O(history · K)` | fold-in, similar items |
//! | [`popularity`] | everybody the same | one pass | copy | fold-in |
//! | [`svd`] | by predicted ratings | `O(nnz · d)` a sweep | `O(items · d)` | fold-in, similar items, item vectors, ratings |
//! | [`truncated_svd`] | by the strongest directions of the data | `O(nnz · d + (users + items) · d²)` a round | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`hybrid`] | a weighted blend of the others | its members' | its members' | fold-in, similar items |
//!
//! Each is a configuration (plain, serde, documented defaults), an estimator that holds a valid one,
//! and a model. [`AlgorithmConfig`] chooses among them by data.

pub mod als;
pub mod biased_als;
pub mod bpr;
pub mod graph_filter;
pub mod hybrid;
pub mod item_knn;
mod latent;
mod low_rank;
pub mod popularity;
pub mod rating;
mod registry;
pub mod svd;
pub mod truncated_svd;

pub(crate) use registry::decode;
pub use registry::{ALGORITHMS, AlgorithmCard, AlgorithmConfig, UnknownAlgorithm};
