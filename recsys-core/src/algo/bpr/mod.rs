//! Bayesian personalised ranking: matrix factorisation that learns to put what a user likes before what they
//! did not touch.
//!
//! ```text
//! score(u, i) = p_u · q_i + b_i
//! loss = Σ over likes (u, i) and sampled others j  -ln σ(score(u, i) - score(u, j))
//!        + regularization · (|p_u|² + |q_i|² + |q_j|² + b_i² + b_j²)
//! ```
//!
//! Every like is visited once an epoch, in a new random order, and compared with an item drawn by
//! [`Negatives`]; items that the user likes are never drawn. A visit costs `O(factors)`. Training is
//! single-threaded, as every visit reads what the one before wrote: it gives the same bytes on any number of
//! threads, and costs what a second core could have saved. Values count as likes or not, whatever their
//! size.
//!
//! A history is folded in by the same descent with the items as they are and a fixed seed, which is near the
//! trained user but not the same. Every step of it is some like's, so the vector is a sum over the
//! history, and explanations name each item's share; what a trained vector holds beyond that is the
//! profile's.
//!
//! # Examples
//!
//! ```
//! use recsys_core::UserIdx;
//! use recsys_core::algo::bpr::{Bpr, BprConfig};
//! use recsys_core::prelude::*;
//! use recsys_core::query::Request;
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! # for (who, what) in [("ann", "tea"), ("ann", "milk"), ("ben", "tea"), ("ben", "milk"), ("ben", "cake"),
//! #                     ("cid", "nails"), ("cid", "hammer"), ("dan", "nails")] {
//! #     log.push(who, what, "purchase", 1.0, None)?;
//! # }
//! # let data = log.to_interactions(&Aggregation::default())?;
//! let model = Bpr::new(BprConfig::default().with_factors(8))?.fit(&data)?;
//! let list = model.recommend(UserIdx::new(0), &Request::top(3))?;
//! assert_eq!(list.len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme: *BPR: Bayesian personalized ranking from
//!   implicit feedback*, UAI 2009.
//! * J. Weston, S. Bengio, N. Usunier: *WSABIE: scaling up to large vocabulary image annotation*, IJCAI 2011
//!   ([`Negatives::Warp`]).
//!
//! We differ from BPR in visiting every like as often as every other, where it draws them with
//! replacement.

mod config;
mod descent;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use config::{Bpr, BprConfig, Negatives};
pub use model::BprModel;
