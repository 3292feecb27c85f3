//! Refresh-token sessions, in memory.

use async_trait::async_trait;

use super::state::SessionRow;
use super::{MemoryTenant, missing, taken};
use crate::error::Result;
use crate::traits::SessionStore;
use crate::types::{NewSession, NextSession, Rotation, TokenDigest, now};

#[async_trait]
impl SessionStore for MemoryTenant {
    async fn insert(&self, session: NewSession) -> Result<()> {
        const OP: &str = "sessions.insert";
        self.write(OP, |state| {
            let NewSession { digest, family, user_id, expires_at } = session;
            if !state.users.contains_key(&user_id) {
                return Err(missing(OP, format!("user {user_id} does not exist")));
            }
            if state.sessions.contains_key(&digest) {
                return Err(taken(OP, "the refresh token is known".to_owned()));
            }
            let now = now();
            state.sessions.retain(|_, row| row.expires_at > now);
            let row = SessionRow { family, user_id, expires_at, used: false };
            state.sessions.insert(digest, row);
            Ok(())
        })
    }

    async fn rotate(&self, digest: &TokenDigest, next: NextSession) -> Result<Rotation> {
        const OP: &str = "sessions.rotate";
        self.write(OP, |state| {
            let Some(row) = state.sessions.get(digest).cloned() else {
                return Ok(Rotation::Unknown);
            };
            let SessionRow { family, user_id, .. } = row;
            if row.used {
                state.sessions.retain(|_, other| other.family != family);
                return Ok(Rotation::Reused);
            }
            if row.expires_at <= now() {
                return Ok(Rotation::Unknown);
            }
            if state.sessions.contains_key(&next.digest) {
                return Err(taken(OP, "the next refresh token is known".to_owned()));
            }
            state.sessions.insert(*digest, SessionRow { used: true, ..row });
            let expires_at = next.expires_at;
            let row = SessionRow { family, user_id, expires_at, used: false };
            state.sessions.insert(next.digest, row);
            Ok(Rotation::Rotated { user_id, family })
        })
    }

    async fn revoke(&self, digest: &TokenDigest) -> Result<bool> {
        self.write("sessions.revoke", |state| {
            let family = state.sessions.get(digest).map(|row| row.family);
            if let Some(family) = family {
                state.sessions.retain(|_, row| row.family != family);
            }
            Ok(family.is_some())
        })
    }
}
