//! Biased matrix factorisation of ratings by alternating least squares.
//!
//! ```text
//! rating(u, i) = μ + b_u + b_i + p_u · q_i
//! loss = Σ_ratings (r_ui - rating(u, i))²
//!        + regularization · ( Σ_u n_u (b_u² + |p_u|²) + Σ_i n_i (b_i² + |q_i|²) )
//! ```
//!
//! with `n` the number of ratings of a user or an item. For fixed items each user's bias and vector are one
//! ridge regression, solved exactly and together, and the other way round; training alternates. The last
//! half-step is the users', so a trained user is *the same* as the fold-in of their row, and every part of
//! a score but the biases is a rating's of the history.
//!
//! A sweep costs about `Σ min(n² d, n d²) / 2 + min(n, d)³ / 6` multiply-adds over the rows of both sides.
//!
//! # Examples
//!
//! ```
//! use recsys_core::algo::biased_als::{BiasedAls, BiasedAlsConfig};
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
//! let model = BiasedAls::new(BiasedAlsConfig::default().with_factors(8))?.fit(&data)?;
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
//! * Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan: *Large-scale parallel collaborative filtering for the
//!   Netflix Prize*, AAIM 2008: alternation, and the penalty that grows with the number of ratings.
//!
//! We differ in the biases, which are theirs not, and which other implementations fix before; here each is
//! solved together with its vector.

mod config;
mod fit;
#[cfg(test)]
mod tests;

pub use config::{BiasedAls, BiasedAlsConfig};

/// Biases and vectors trained by alternating least squares.
pub type BiasedAlsModel = super::rating::RatingModel<BiasedAlsConfig>;
