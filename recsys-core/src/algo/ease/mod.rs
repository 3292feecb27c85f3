//! Linear autoencoders in closed form: EASE, its denoising and normalising relatives, and plain ridge
//! regression.
//!
//! With `X` the positive values, `D_u` and `D_i` the diagonal matrices of the users' and the items' sums of
//! squares (the degrees, when every value is 1), each item is predicted from all others by the `B` that
//! minimises
//!
//! ```text
//! ‖D_u^-β/2 (X − X B)‖² + Σ_i λ_i ‖B_i‖²       λ_i = regularization + m_i · dropout / (1 − dropout)
//! ```
//!
//! subject to `B_ii = 0` ([`Diagonal::Zero`]) or not ([`Diagonal::Free`]). With `P = (Xᵀ D_u^-β X + Λ)⁻¹` the
//! solution is `B_ij = −P_ij / P_jj` off the diagonal, or `B = I − P Λ`. The scores of a history `x` are
//! `x · D_i^α B D_i^-α`. Dropout is that of the denoising autoencoder, marginalised; `β` keeps people who
//! like everything from dominating.
//!
//! # Cost
//!
//! One inverse of order `min(items, users)`: `n³ / 2` multiply-adds and `4 n²` bytes. With fewer users than
//! items the same `B` is had from users × users: with `X̂ = D_u^-β/2 X`, `K = I + X̂ Λ⁻¹ X̂ᵀ` and
//! `S = X̂ᵀ K⁻¹ X̂`, the Woodbury identity gives `P = Λ⁻¹ − Λ⁻¹ S Λ⁻¹`, hence
//! `B_ij = S_ij / λ_i / (1 − S_jj / λ_j)`, in `O(entries · (users + items))` more.
//!
//! Of each row of `B` the [`neighbors`](EaseConfig::neighbors) largest entries in magnitude are kept, so a
//! model file, a query and an explanation are those of a sparse model: what each item of the history adds
//! is exact, and a history that the model never saw is treated like a training row.
//!
//! # Examples
//!
//! ```
//! use recsys_core::Recommender;
//! use recsys_core::algo::ease::{Ease, EaseConfig};
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
//! let model = Ease::new(EaseConfig::published(1.0))?.fit(&data)?;
//! let list = Recommender::new(model).recommend("dan", 1)?;
//! assert_eq!(list[0].id_text(), "hammer");
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * H. Steck: *Embarrassingly shallow autoencoders for sparse data*, WWW 2019 (EASE).
//! * H. Steck: *Autoencoders that don't overfit towards the identity*, NeurIPS 2020 (dropout).
//! * J. Park and others: *Toward a better understanding of linear autoencoders: the normalisation of data*,
//!   SIGIR 2025 (the exponents).
//!
//! We differ in keeping the strongest entries of `B` only, and in choosing the smaller side.

mod config;
mod dual;
mod fit;
mod model;
#[cfg(test)]
mod tests;

pub use config::{Diagonal, Ease, EaseConfig};
pub use model::EaseModel;
