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
