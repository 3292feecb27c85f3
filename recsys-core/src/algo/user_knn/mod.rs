//! User-based collaborative filtering: what people like who like the same items.
//!
//! # Implicit feedback
//!
//! With `r_ui` the positive values, `m_u = Σ_i r_ui²` and `m_i = Σ_u r_ui²` (the degrees, when every
//! value is 1),
//!
//! ```text
//! W_uv = (Σ_i r_ui · r_vi · m_i^-item_exponent)^power · m_v^-neighbor_exponent
//! score(u, j) = m_j^-target_exponent · Σ_v W_uv · r_vj
//! ```
//!
//! where `v` runs over the `neighbors` users with the largest `W_uv`. Cosine ranks like (0, ½, 0, 1): the
//! degree of `u` itself changes no order. With power 1 and all neighbours the family is that of
//! [`item_knn`](super::item_knn); power and pruning are what sets it apart. Dislikes make nobody alike, but
//! a neighbour's dislike counts against the item.
//!
//! Whoever likes nothing beyond the history adds nothing new and is no neighbour. That rule covers the
//! user's own row, so a trained user and the same history folded in have the same neighbours, also when
//! the history has grown since.
//!
//! # Ratings
//!
//! With [`Feedback::Ratings`](super::Feedback) the model predicts ratings, and ranks by them before they
//! are cut to the scale; see the [formula](crate::algo::user_knn::UserKnnConfig::ratings).
//!
//! # Cost
//!
//! Neighbours are found when a user is bound, so training is one pass and a model file holds no more
//! than the data. A query costs `Σ_i n_i` additions over the history's items with `n_i` likes, and one row
//! for each neighbour.
//!
//! # Examples
//!
//! ```
//! use recsys_core::algo::user_knn::{UserKnn, UserKnnConfig};
//! use recsys_core::model::Model;
//! use recsys_core::prelude::*;
//! use recsys_core::{ItemIdx, UserIdx};
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! # for (who, what, stars) in [("ann", "alien", 5.0), ("ann", "heat", 4.0), ("ben", "alien", 4.0),
//! #                            ("ben", "love", 1.0), ("cid", "love", 5.0), ("cid", "heat", 2.0)] {
//! #     log.push(who, what, "stars", stars, None)?;
//! # }
//! # let data = log.to_interactions(&Aggregation::plain())?;
//! let model = UserKnn::new(UserKnnConfig::ratings())?.fit(&data)?;
//! let ratings = model.as_rating_prediction().expect("this model predicts ratings");
//! let (ann, love) = (Some(UserIdx::new(0)), Some(ItemIdx::new(2)));
//! let (lowest, highest) = ratings.scale();
//! assert!((lowest..=highest).contains(&ratings.predict(ann, love)));
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * P. Resnick and others: *GroupLens: an open architecture for collaborative filtering of netnews*,
//!   CSCW 1994.
//! * F. Aiolli: *Efficient top-n recommendation for very large scale binary rated datasets*, RecSys 2013
//!   (powers of asymmetric cosines).
//!
//! We differ in the exponents on items and in who is left out.

mod config;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use config::{UserKnn, UserKnnConfig, UserSimilarity};
pub use model::UserKnnModel;
