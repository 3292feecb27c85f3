//! Refresh-token sessions.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{NewSession, NextSession, Rotation, TokenDigest};

/// The refresh tokens of one tenant, by digest.
#[async_trait]
pub trait SessionStore: Debug + Send + Sync {
    /// Begins a family with its first token. `NotFound` if the user does not exist, `AlreadyExists`
    /// if the digest is known.
    async fn insert(&self, session: NewSession) -> Result<()>;

    /// Exchanges a token for the next one. Of concurrent callers with the same token at most one is
    /// answered `Rotated`; another finds it used, which revokes the family.
    async fn rotate(&self, digest: &TokenDigest, next: NextSession) -> Result<Rotation>;

    /// Revokes the whole family of a token. False if the token is unknown.
    async fn revoke(&self, digest: &TokenDigest) -> Result<bool>;
}
