//! Switching hybrid: one of several models answers, by how much is known of the user.
//!
//! In this order the first that can tell items apart for the user answers:
//!
//! 1. collaborative filtering, from [`min_interactions_for_cf`](SwitchingConfig::min_interactions_for_cf)
//!    liked items on;
//! 2. content, from the first liked item on, when item features are known;
//! 3. matrix factorisation, from the first liked item on;
//! 4. the popular items.
//!
//! Where a blend (see [`hybrid`](super::hybrid)) mixes, this one decides; its scores and explanations are
//! those of a single model, which is what some prefer to reason about. Training costs the sum of its
//! members; a query costs the members that are asked.
//!
//! # Examples
//!
//! ```
//! use recsys_core::algo::switching::{Switching, SwitchingConfig};
//! use recsys_core::model::Blend;
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
//! let model = Switching::new(SwitchingConfig::default().with_min_interactions_for_cf(2))?.fit(&data)?;
//! let chosen = |likes| model.member_weights(likes).into_iter().find(|part| part.weight > 0.5);
//! assert_eq!(chosen(2).map(|part| part.algorithm.name()), Some("item_knn"));
//! assert_eq!(chosen(0).map(|part| part.algorithm.name()), Some("popularity"));
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * R. Burke: *Hybrid recommender systems: survey and experiments*, UMUAI 2002 (switching hybrids).

mod config;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use config::{Switching, SwitchingConfig};
pub use model::SwitchingModel;
