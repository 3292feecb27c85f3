//! Users that were read not long ago.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::statistics::Counter;
use super::{CacheLimits, Kept};
use crate::types::{TenantId, User, UserId};

/// Rows of users with the moment of their reading.
#[derive(Debug)]
pub(in super::super) struct Users {
    rows: Kept<(TenantId, UserId), Known>,
    pub(in super::super) counter: Counter,
}

/// What was known of a user at some moment.
#[derive(Clone, Debug)]
struct Known {
    /// `None` for a user who was erased.
    row: Option<Arc<User>>,
    at: Instant,
}

impl Users {
    pub(super) fn new(limits: CacheLimits) -> Self {
        let bytes =
            |known: &Known| known.row.as_ref().map_or(0, |row| bytes(row)) + size_of::<Known>();
        Self { rows: Kept::new(limits, bytes), counter: Counter::default() }
    }

    /// Returns a user as read less than `age` ago; within is `None` for one who was erased.
    pub(in super::super) async fn newer_than(
        &self,
        age: Duration,
        tenant: TenantId,
        id: UserId,
    ) -> Option<Option<Arc<User>>> {
        let known = self.rows.get(&(tenant, id)).await?;
        (known.at.elapsed() < age).then_some(known.row)
    }

    /// Returns a user as last read, however long ago.
    pub(in super::super) async fn last_known(
        &self,
        tenant: TenantId,
        id: UserId,
    ) -> Option<Option<Arc<User>>> {
        Some(self.rows.get(&(tenant, id)).await?.row)
    }

    /// Keeps a row that was read or written at `at`, unless a later one is known.
    pub(in super::super) async fn learn(
        &self,
        tenant: TenantId,
        id: UserId,
        row: Option<Arc<User>>,
        at: Instant,
    ) {
        let later = |present: &Known, new: &Known| present.at > new.at;
        self.rows.replace((tenant, id), Known { row, at }, later).await;
    }
}

fn bytes(user: &User) -> usize {
    let preferences = user.preferences.as_ref().map_or(0, |value| value.to_string().len());
    size_of::<User>() + user.email.len() + user.username.len() + preferences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_row_that_was_read_earlier_never_replaces_a_later_one() {
        let limits = CacheLimits { bytes: 1 << 20, time_to_live: Duration::from_secs(60) };
        let users = Users::new(limits);
        let (tenant, id) = (TenantId::generate(), UserId::generate());
        let row = crate::rules::user_row(
            tenant,
            &crate::types::NewUser {
                email: "ann@example.com".into(),
                username: "Ann".into(),
                password_hash: None,
                role: crate::types::Role::User,
                external_id: None,
            },
            crate::types::now(),
        );
        let read = Instant::now();
        users.learn(tenant, id, None, Instant::now() + Duration::from_secs(1)).await;
        users.learn(tenant, id, Some(Arc::new(row)), read).await;
        assert_eq!(
            users.last_known(tenant, id).await,
            Some(None),
            "erased after the reading began"
        );
        assert_eq!(users.last_known(TenantId::generate(), id).await, None);
    }
}
