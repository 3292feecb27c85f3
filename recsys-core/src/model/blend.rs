//! Models made of models.

use std::sync::Arc;

use super::{Model, ModelKind};

/// A model that answers through others over the same matrix.
pub trait Blend: Send + Sync {
    /// Returns the members.
    fn members(&self) -> &[Arc<dyn Model>];

    /// Returns each member's share in the scores of a user with `positives` positive interactions.
    fn member_weights(&self, positives: usize) -> Vec<MemberWeight>;
}

/// The share of one member in a user's scores.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemberWeight {
    /// The member's algorithm.
    pub algorithm: ModelKind,
    /// Its share, 0 to 1; shares add up to 1.
    pub weight: f32,
    /// Why it is that large, for people.
    pub reason: String,
}

impl MemberWeight {
    /// Gives `algorithm` the share `weight`.
    #[must_use]
    pub fn new(algorithm: ModelKind, weight: f32, reason: String) -> Self {
        Self { algorithm, weight, reason }
    }
}
