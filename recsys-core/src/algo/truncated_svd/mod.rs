//! Truncated singular value decomposition: what a history becomes when only the strongest directions of
//! the data are kept.
//!
//! With `V` the leading right singular vectors of the users × items matrix `R`
//!
//! ```text
//! score(u, j) = (r_u V Vᵀ)_j = Σ_{i in history of u} r_ui · (v_i · v_j)
//! ```
//!
//! so a trained user is nothing but a history, fold-in is exact, and an explanation names each history
//! item's share. Missing entries are zeros, as in the paper: the method ranks, it does not predict
//! ratings. Dislikes (negative values) are entries like others.
//!
//! Training costs about `2 · nnz · d + 2 · (users + items) · d²` multiply-adds a round and is
//! randomised with a seed; scoring costs `O(items · d)`.
//!
//! # Examples
//!
//! ```
//! use recsys_core::ItemIdx;
//! use recsys_core::algo::truncated_svd::{TruncatedSvd, TruncatedSvdConfig};
//! use recsys_core::model::Model;
//! use recsys_core::prelude::*;
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! # for (who, what) in [("ann", "tea"), ("ann", "milk"), ("ben", "tea"), ("ben", "milk"), ("ben", "cake"),
//! #                     ("cid", "nails"), ("cid", "hammer"), ("dan", "nails")] {
//! #     log.push(who, what, "purchase", 1.0, None)?;
//! # }
//! # let data = log.to_interactions(&Aggregation::default())?;
//! let model = TruncatedSvd::new(TruncatedSvdConfig::default().with_factors(2))?.fit(&data)?;
//! let vectors = model.as_item_vectors().expect("items are vectors");
//! assert_eq!(vectors.item_vector(ItemIdx::new(0)).map(<[f32]>::len), Some(vectors.dimensions()));
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * P. Cremonesi, Y. Koren, R. Turrin: *Performance of recommender algorithms on top-n recommendation
//!   tasks*, RecSys 2010 (PureSVD).
//!
//! We differ in the decomposition, which is theirs by Lanczos, and in keeping at most a quarter of all
//! directions: with all of them `V Vᵀ` is the identity, and every history recommends itself.

mod config;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub(super) use config::rank_within;
pub use config::{TruncatedSvd, TruncatedSvdConfig};
pub use model::TruncatedSvdModel;
