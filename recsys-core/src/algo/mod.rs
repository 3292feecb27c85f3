//! The algorithms.
//!
//! | algorithm | answers | training | one query | capabilities |
//! | --- | --- | --- | --- | --- |
//! | [`als`] | by latent taste | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`biased_als`] | by predicted ratings | `O(Σ min(n² d, n d²))` a sweep | `O(items · d)` | fold-in, similar items, item vectors, ratings |
//! | [`bpr`] | by taste that puts likes first | `O(nnz · d)` a sweep, one thread | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`graph_filter`] | by walks from the history and the strongest directions | that of [`item_knn`] and [`truncated_svd`] | `O(history · K + items · d)` | fold-in, similar items |
//! | [`content`] | by what is known of the items | one pass over the texts | lists of the profile's features | fold-in, similar items, cold items |
//! | [`item_knn`] | by co-occurrence with the history | `O(Σ n²)` over users | `O(history · K)` | fold-in, similar items |
//! | [`ease`] | by a linear model of each item from all others, in closed form | `O(min(users, items)³)` | `O(history · K)` | fold-in, similar items |
//! | [`slim`] | by a sparse linear model of each item from others | coordinate descent, `O(K²)` an item and sweep | `O(history · K)` | fold-in, similar items |
//! | [`user_knn`] | by what similar people like; predicts ratings too | one pass | `O(Σ likes of the history's items)` | fold-in, similar items |
//! | [`popularity`] | everybody the same | one pass | copy | fold-in |
//! | [`svd`] | by predicted ratings | `O(nnz · d)` a sweep | `O(items · d)` | fold-in, similar items, item vectors, ratings |
//! | [`truncated_svd`] | by the strongest directions of the data | `O(nnz · d + (users + items) · d²)` a round | `O(items · d)` | fold-in, similar items, item vectors |
//! | [`trending`] | everybody the same, by what is liked lately | one pass | copy | fold-in |
//! | [`hybrid`] | a weighted blend of the others | its members' | its members' | fold-in, similar items |
//! | [`switching`] | the one of several that suits the user | its members' | its members' | fold-in, similar items |
//!
//! Each is a configuration (plain, serde, documented defaults), an estimator that holds a valid one,
//! and a model. [`AlgorithmConfig`] chooses among them by data.

pub mod als;
pub mod biased_als;
pub mod bpr;
mod common_list;
pub mod content;
pub mod ease;
mod feedback;
pub mod graph_filter;
pub mod hybrid;
pub mod item_knn;
mod item_linear;
mod latent;
mod low_rank;
pub mod popularity;
pub mod rating;
mod rating_neighbors;
mod registry;
mod rows_scorer;
pub mod slim;
pub mod svd;
pub mod switching;
pub mod trending;
pub mod truncated_svd;
pub mod user_knn;

pub use common_list::{CommonList, CommonListConfig};
pub use feedback::Feedback;
pub(crate) use registry::decode;
pub use registry::{ALGORITHMS, AlgorithmCard, AlgorithmConfig, UnknownAlgorithm};
