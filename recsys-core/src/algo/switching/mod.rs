//! Switching hybrid: one of several models answers, by how much is known of the user.
//!
//! In this order the first that can tell items apart for the user answers:
//!
//! 1. collaborative filtering, from [`min_interactions_for_cf`](SwitchingConfig::min_interactions_for_cf)
//!    liked items on;
//! 2. content, from the first liked item on, when item features are known;
//! 3. matrix factorisation, from the first liked item on;
//! 4. the popular items.
//!
//! Where a blend (see [`hybrid`](super::hybrid)) mixes, this one decides; its scores and explanations are
//! those of a single model, which is what some prefer to reason about. Training costs the sum of its
//! members; a query costs the members that are asked.
//!
//! # References
//!
//! * R. Burke: *Hybrid recommender systems: survey and experiments*, UMUAI 2002 (switching hybrids).

mod config;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use config::{Switching, SwitchingConfig};
pub use model::SwitchingModel;
