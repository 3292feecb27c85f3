//! Graph filters: a history smoothed over the graph of users and items, step by step and as a whole.
//!
//! With the normalised matrix `N = D_u^-½ R D_i^-½`, `P = NᵀN` and `V` the leading right singular vectors
//! of `N`, low-pass filters on the graph have the form
//!
//! ```text
//! score(u, ·) = r_u D^-β [ h(P) + a · V Vᵀ ] D^β
//! ```
//!
//! with `D` the items' degrees. Up to the cut at the last kept eigenvalue the polynomial `h` of the published
//! filters is close to linear, so here it *is* linear and the rest is left to the low-rank term:
//!
//! ```text
//! score(u, j) = Σ_{i in history of u} r_ui · ( S_ij + a · m_i^-β (v_i · v_j) m_j^β )
//! ```
//!
//! with `S` a matrix of [item-based CF](super::item_knn), whose similarities contain `D^-β P D^β` for every
//! `β`, pruned or not, and `m` the masses of the items there (their degrees, when every value is 1).
//! Everything is linear in the history: fold-in is exact, and explanations name each history item's share.
//! Dislikes take no part in `S` and `V`, but count against their neighbours when scoring.
//!
//! Training is that of item-based CF and of a [truncated SVD](super::truncated_svd); so is a query.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::graph_filter::{GraphFilter, GraphFilterConfig};
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
//! let model = GraphFilter::new(GraphFilterConfig::gf_cf().with_factors(2))?.fit(&data)?;
//! let list = Recommender::new(model).recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "hammer");
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * Y. Shen and others: *How powerful is graph convolution for recommendation?*, CIKM 2021: GF-CF, see
//!   [`GraphFilterConfig::gf_cf`].
//! * C. Kim, J. Choi, and others: *ChebyCF: graph spectral filtering with Chebyshev interpolation for
//!   recommendation*, SIGIR 2025, see [`GraphFilterConfig::degree_shifted`].
//!
//! We differ in three ways: the linear term may be pruned, the diagonal of `S` is left out (it scores what
//! the user has seen), and the weight of the low-rank term may be [relative](Balance::Relative) to how
//! much the linear one varies, so that one number serves data of any sparsity.

mod config;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use config::{Balance, GraphFilter, GraphFilterConfig};
pub use model::GraphFilterModel;
