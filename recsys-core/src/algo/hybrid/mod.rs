//! Weighted hybrid: a blend of models of different kinds.
//!
//! Each member's scores are brought to one scale per user (by default divided by their standard
//! deviation over all items, which ranks best among the usual normalisations), multiplied by the
//! member's weight and added. What pays is diversity of inductive bias: a neighbourhood model and a
//! factor model together beat the better of the two clearly.
//!
//! Weights adapt to the data that a user has: with `n` positive interactions the popularity members'
//! share is `s + (1 - s) · κ / (n + κ)`, where `s` is their share by the configured weights and κ is
//! [`half_trust`](HybridConfig::half_trust); the others share the rest in proportion. A newcomer gets
//! the popular, and personal signals take over as they arrive.

mod blend;
mod config;
mod fit;
mod model;

pub use config::{Hybrid, HybridConfig, MemberConfig, Normalization};
pub use model::{HybridModel, MemberWeight};
