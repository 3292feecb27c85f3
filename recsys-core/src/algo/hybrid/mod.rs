//! Weighted hybrid: a blend of models of different kinds.
//!
//! Each member's scores are brought to one scale per user (by default divided by their standard
//! deviation over all items, which ranks best among the usual normalisations), multiplied by the
//! member's weight and added. What pays is diversity of inductive bias: a neighbourhood model and a
//! factor model together beat the better of the two clearly.
//!
//! Weights adapt to the data that a user has: with `n` positive interactions the share of the members
//! that know nothing of the user (popularity, trending) is `s + (1 - s) · κ / (n + κ)`, where `s` is their
//! share by the configured weights and κ is [`half_trust`](HybridConfig::half_trust); the others share
//! the rest in proportion. A newcomer gets the popular, and personal signals take over as they arrive.
//!
//! The weights themselves are configured, or follow from a part of the data that is held out
//! ([`WeightSource`]): from the NDCG of each member, or by coordinate ascent on the NDCG of the blend,
//! if wanted for several levels of activity. The members are then trained again on everything.
//!
//! A blend's explanation is its members', stretched by what normalisation and weight do to the item's
//! score; it adds up for every normalisation, rank fusion included.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::AlgorithmConfig;
//! use recsys_core::algo::hybrid::{Hybrid, HybridConfig, MemberConfig};
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
//! let member = |name, weight| Ok(MemberConfig::new(AlgorithmConfig::named(name)?, weight));
//! let members: Result<_, recsys_core::algo::UnknownAlgorithm> =
//!     [member("item_knn", 1.0), member("popularity", 0.1)].into_iter().collect();
//! let model = Hybrid::new(HybridConfig::default().with_members(members?))?.fit(&data)?;
//! assert_eq!(Recommender::new(model).recommend("ann", 1)?.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * R. Burke: *Hybrid recommender systems: survey and experiments*, UMUAI 2002.
//! * G. Cormack, C. Clarke, S. Büttcher: *Reciprocal rank fusion outperforms Condorcet and individual
//!   rank learning methods*, SIGIR 2009.

mod config;
mod fit;
mod hold_out;
mod learn;
mod model;
mod normalize;
mod scorer;
#[cfg(test)]
mod tests;
mod weights;

pub use config::{ActivityLevel, Hybrid, HybridConfig, MemberConfig, Validation, WeightSource};
pub use model::HybridModel;
pub use normalize::Normalization;
