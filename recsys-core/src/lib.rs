//! Recommendation algorithms as a pure library: no I/O, no async runtime, no clock, no logging.
//!
//! The path through the crate is always the same:
//!
//! ```text
//! InteractionLog -> Interactions -> Estimator::fit -> Model -> Scorer -> ranked list
//! ```
//!
//! 1. [`data::InteractionLog`] collects events (user, item, kind, value, time) with ids of any bytes.
//! 2. [`data::Aggregation`] says what an event is worth and turns the log into
//!    [`data::Interactions`], a validated sparse matrix.
//! 3. An algorithm's configuration becomes an estimator, and its `fit` a *different* type, the model:
//!    there is no untrained model to call by mistake. See [`algo`] for what exists.
//! 4. A known user and a user folded in from a history both become a [`model::Scorer`]; ranking,
//!    exclusion and explanation are written once over it.
//! 5. [`codec`] turns any model into bytes and back.
//!
//! # Examples
//!
//! ```
//! use recsys_core::algo::als::{Als, AlsConfig};
//! use recsys_core::data::{Aggregation, InteractionLog};
//! use recsys_core::prelude::*;
//! use recsys_core::Recommender;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut log = InteractionLog::new();
//! for (user, item) in [("ann", "tea"), ("ann", "milk"), ("ben", "tea"), ("ben", "milk"),
//!                      ("ben", "cake"), ("cid", "nails"), ("cid", "hammer"), ("dan", "nails")] {
//!     log.push(user, item, "purchase", 1.0, None)?;
//! }
//! let data = log.to_interactions(&Aggregation::default())?;
//! let model = Als::new(AlsConfig::default().with_factors(8))?.fit(&data)?;
//!
//! let recommender = Recommender::new(model);
//! let list = recommender.recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "hammer");
//! # Ok(())
//! # }
//! ```
//!
//! # Threads and determinism
//!
//! Parallel work runs on the *current* rayon pool; wrap a call in `pool.install(..)` to choose
//! another. The same data, configuration and seed give the same model bytes on one kind of
//! processor, whatever the number of threads.

#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]
#![doc(test(attr(deny(warnings))))]

pub mod algo;
pub mod codec;
pub mod data;
pub mod eval;
pub mod features;
pub mod fit;
pub mod guide;
pub mod ids;
pub mod index;
pub mod linalg;
pub mod model;
mod par;
pub mod param;
pub mod prelude;
pub mod query;

mod recommender;
pub mod rerank;
mod rng;
#[cfg(feature = "testing")]
pub mod testing;

pub use ids::{ItemIdx, UserIdx};
pub use recommender::{Recommendation, Recommender};

/// Compiles and runs the code of the repository's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
