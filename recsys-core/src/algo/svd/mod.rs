//! Biased matrix factorisation of ratings by stochastic gradient descent.
//!
//! ```text
//! rating(u, i) = μ + b_u + b_i + p_u · q_i
//! loss = Σ_ratings (r_ui - rating(u, i))² + regularization · (b_u² + b_i² + |p_u|² + |q_i|²)
//! ```
//!
//! Ratings are visited one by one; each moves both biases and both vectors down its own gradient. A visit
//! costs `O(factors)`; training is single-threaded, as every visit reads what the one before wrote, and
//! therefore gives the same bytes on any number of threads.
//!
//! A trained user's vector is where the descent stopped, not the best one for their row, so a history is
//! folded in [nearly](super::rating), and the rest of a trained user's score is their profile's.
//!
//! # Examples
//!
//! ```
//! use recsys_core::algo::svd::{Svd, SvdConfig};
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
//! let model = Svd::new(SvdConfig::default().with_factors(8))?.fit(&data)?;
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
//! * Y. Koren, R. Bell, C. Volinsky: *Matrix factorization techniques for recommender systems*, IEEE
//!   Computer 2009.
//! * S. Funk: *Netflix update: try this at home*, 2006.
//!
//! With [`SvdConfig::surprise_compatible`] the updates and their order are those of the Surprise library's
//! `SVD`; only the random start is another stream and numbers are `f32`. Within a user that library visits
//! ratings in the order of its input, here they ascend by item. The default visits them in a new random
//! order each time.

mod config;
mod descent;
mod fit;
#[cfg(test)]
mod tests;

pub use config::{Svd, SvdConfig, VisitOrder};

/// Biases and vectors trained by gradient descent.
pub type SvdModel = super::rating::RatingModel<SvdConfig>;
