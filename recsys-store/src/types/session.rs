//! Refresh-token sessions: chains of digests, of which only the newest is good.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{TokenDigest, UserId};

/// The first token of a new family (one login).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Digest of the token.
    pub digest: TokenDigest,
    /// All tokens that descend from one login share it.
    pub family: Uuid,
    /// Whose login.
    pub user_id: UserId,
    /// The token is unknown from then on.
    pub expires_at: DateTime<Utc>,
}

/// The token that follows in a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSession {
    /// Digest of the token.
    pub digest: TokenDigest,
    /// The token is unknown from then on.
    pub expires_at: DateTime<Utc>,
}

/// What presenting a token did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token was the newest of its family; the next one is now.
    Rotated {
        /// Whose it is.
        user_id: UserId,
        /// Its family.
        family: Uuid,
    },
    /// The token had been used before: somebody has a copy. The whole family is revoked.
    Reused,
    /// The token never existed, has expired or was revoked.
    Unknown,
}
