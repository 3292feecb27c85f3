//! Item-based collaborative filtering: items that the same people like are alike.
//!
//! With `a_ui` the weighted positive interactions, `m_u = Σ_i a_ui²` and `m_i = Σ_u a_ui²` (the degrees,
//! when every value is 1), the model is a sparse matrix over pairs of items
//!
//! ```text
//! c_ij = Σ_u m_u^-user_exponent · a_ui · a_uj
//! S_ij = m_i^-source_exponent · c_ij^power · m_j^-target_exponent · n_ij / (n_ij + shrinkage)
//! score(u, j) = Σ_{i in history of u} r_ui · S_ij
//! ```
//!
//! with `n_ij` the number of people who like both. Cosine similarity, random walks of three steps and
//! the linear part of the graph filters are members of this family; see [`Similarity`]. Of each row
//! only the strongest entries are kept, by source or by target ([`Prune`]), which matters as much as
//! the exponents. Dislikes (negative values) count against an item's neighbours when scoring; they are
//! no evidence of likeness, so they do not enter `c`.
//!
//! Training costs `Σ_u n_u²` additions; a query adds one row of at most `neighbors` weights for each
//! item of the history. Scores are exact sums, so an explanation names each history item's share.
//!
//! With [`Feedback::Ratings`](super::Feedback) the model predicts ratings instead
//! ([`ItemKnnConfig::ratings`]), and ranks by them.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::item_knn::{ItemKnn, ItemKnnConfig, Similarity};
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
//! let config = ItemKnnConfig::default().with_similarity(Similarity::symmetric());
//! let recommender = Recommender::new(ItemKnn::new(config)?.fit(&data)?);
//! assert_eq!(recommender.similar("nails", 1)?[0].id_text(), "hammer");
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * G. Linden, B. Smith, J. York: *Amazon.com recommendations: item-to-item collaborative filtering*,
//!   IEEE Internet Computing 2003.
//! * B. Paudel, F. Christoffel, C. Newell, A. Bernstein: *Updatable, accurate, diverse, and scalable
//!   recommendations for interactive applications*, TiiS 2017 (RP3β).
//! * Y. Shen and others: *How powerful is graph convolution for recommendation?*, CIKM 2021 (GF-CF,
//!   whose linear part is [`Similarity::symmetric`]).
//!
//! We differ in pruning: all of these keep the whole matrix or prune it one way, here the side is a
//! setting.

mod accumulate;
mod config;
mod fit;
mod model;
mod similarity;
#[cfg(test)]
mod tests;

pub(in crate::algo) use accumulate::{Accumulator, Scaling};
pub use config::{ItemKnn, ItemKnnConfig, Prune};
pub use model::ItemKnnModel;
pub(super) use similarity::Weighted;
pub use similarity::{Similarity, Weighting};
