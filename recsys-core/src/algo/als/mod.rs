//! Implicit alternating least squares: matrix factorisation for what people did, not what they rated.
//!
//! Every user and item gets a vector so that inner products are near 1 for observed pairs and near 0
//! for all others. With `y_i` the item vectors and `x_u` the user vectors the loss is
//!
//! ```text
//! Σ_observed  w_u v_i c_ui (x_u·y_i - p_ui)²  +  unobserved_weight · Σ_all w_u v_i (x_u·y_i)²
//!             + Σ_u w_u λ_u |x_u|²  +  Σ_i v_i λ_i |y_i|²
//! λ_u = regularization · (Σ_{i in u} v_i + unobserved_weight · Σ_i v_i) ^ regularization_exponent
//! ```
//!
//! with target `p` 1 for a like and 0 for an explicit dislike (a negative value), the confidence `c` of
//! [`Confidence`], and degree weights `w_u = d_u^-g`, `v_i = d_i^-h`, scaled to a mean of 1 over the
//! interactions. For fixed items the best user vectors have a closed form, and the other way round;
//! training alternates. After the last sweep there is one more user step, so the vector of a trained
//! user is *the same* as the fold-in of their row.
//!
//! # How it is solved
//!
//! The fixed side is turned into the eigenbasis of its weighted Gram matrix, where the part of the
//! normal equations that all rows share is diagonal; a row of `n` entries is then solved exactly as an
//! `n × n` or a `d × d` system, whichever is smaller. For `d` factors a sweep costs about
//! `Σ min(n² d, n d²) / 2` multiply-adds; memory is that of the factors.
//!
//! With [`AlsSolver::Subspace`] a sweep improves blocks of factors instead of solving every row exactly.
//! It needs no eigendecomposition until the end, and a block's system is small however many entries
//! a row has: by the count of operations it can pay for rows of many hundred entries and as many
//! factors. For sparse rows the exact solver does less work.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::als::{Als, AlsConfig};
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
//! let model = Als::new(AlsConfig::default().with_factors(8))?.fit(&data)?;
//! let list = Recommender::new(model).recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "hammer");
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * Y. Hu, Y. Koren, C. Volinsky: *Collaborative filtering for implicit feedback datasets*, ICDM 2008:
//!   the model and its explanation. Theirs is [`ObservedLoss::Replaced`]; see
//!   [`AlsConfig::implicit_compatible`].
//! * S. Rendle, W. Krichene, L. Zhang, Y. Koren: *Revisiting the performance of iALS on item
//!   recommendation benchmarks*, RecSys 2022 (arXiv 2110.14037): the unobserved weight on all pairs and
//!   the frequency-scaled penalty, which are our defaults.
//! * S. Rendle, W. Krichene, L. Zhang, Y. Koren: *iALS++: speeding up matrix factorization with subspace
//!   optimization*, 2021 (arXiv 2110.14044): the blocks. Ours pass over all blocks of one side before
//!   the other side's turn, and the last user step is exact.
//!
//! We differ in the degree weights of the loss, which neither has (exponents of 0, the default, turn them off; see
//! [`AlsConfig::degree_weighted`]), in
//! the explicit dislikes, and in the solver: both papers form a `d × d` system for every row.

mod config;
mod feedback;
mod fit;
mod model;
mod products;
mod row_solver;
mod scorer;
mod subspace;
#[cfg(test)]
mod tests;
mod waiting;

pub use config::{Als, AlsConfig, AlsSolver};
pub use feedback::{Confidence, ObservedLoss};
pub use model::AlsModel;
