//! Sparse linear methods: each item predicted from a few others by an elastic net.
//!
//! With `X` the positive values, column `j` of the weights minimises
//!
//! ```text
//! ½ ‖x_j − X w‖² + l2/2 ‖w‖² + l1 ‖w‖₁       w_j = 0, w ≥ 0 unless negative weights are allowed
//! ```
//!
//! over the [`neighbors`](SlimConfig::neighbors) items that are most similar to `j` by cosine. The score of an
//! item is the sum of the history's values times its weights, so an explanation is exact.
//!
//! Coordinate descent runs on the Gram matrix of the candidates (`K × K`, in cache), which is counted from the
//! rows of the users who like them: after that no pass touches a user. The penalty on the sum makes most
//! weights exactly zero. Columns do not depend on each other and are solved in parallel.
//!
//! Training costs `Σ_u n_u²` additions for the candidates, and for each item the pairs of candidates that share
//! a user, plus `K` additions for each weight that moves in a sweep.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::slim::{Slim, SlimConfig};
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
//! let model = Slim::new(SlimConfig::default())?.fit(&data)?;
//! let recommender = Recommender::new(model);
//! assert_eq!(recommender.recommend("dan", 1)?.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * X. Ning, G. Karypis: *SLIM: sparse linear methods for top-n recommender systems*, ICDM 2011.
//! * J. Friedman, T. Hastie, R. Tibshirani: *Regularization paths for generalized linear models via coordinate
//!   descent*, Journal of Statistical Software 2010 (covariance updates).
//!
//! We differ in choosing candidates by cosine, as `fsSLIM` does, and in making that the only way.

mod config;
mod descent;
mod fit;
mod model;
#[cfg(test)]
mod tests;

pub use config::{Slim, SlimConfig};
pub use model::SlimModel;
