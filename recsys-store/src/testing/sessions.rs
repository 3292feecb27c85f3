//! Cases of refresh-token sessions.

use chrono::{DateTime, Duration, Utc};
use futures_util::future::join_all;
use uuid::Uuid;

use super::shop;
use crate::error::StoreErrorKind;
use crate::traits::{SessionStore, Storage};
use crate::types::{NewSession, NextSession, Rotation, TokenDigest, UserId, now};

fn later() -> DateTime<Utc> {
    now() + Duration::days(1)
}

fn digest(fill: u8) -> TokenDigest {
    TokenDigest([fill; 32])
}

fn next(fill: u8) -> NextSession {
    NextSession { digest: digest(fill), expires_at: later() }
}

async fn begin(sessions: &dyn SessionStore, user_id: UserId, fill: u8) -> Uuid {
    let family = Uuid::now_v7();
    let session = NewSession { digest: digest(fill), family, user_id, expires_at: later() };
    sessions.insert(session).await.unwrap();
    family
}

/// Each token of a family is good once and leads to the next.
pub async fn a_token_is_exchanged_once(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &[]).await;
    let family = begin(&*stores.sessions, user.id, 1).await;
    let rotated = Rotation::Rotated { user_id: user.id, family };
    assert_eq!(stores.sessions.rotate(&digest(1), next(2)).await.unwrap(), rotated);
    assert_eq!(stores.sessions.rotate(&digest(2), next(3)).await.unwrap(), rotated);
    let again = NewSession { digest: digest(3), family, user_id: user.id, expires_at: later() };
    let error = stores.sessions.insert(again).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists);
    let nobody =
        NewSession { digest: digest(9), family, user_id: UserId::generate(), expires_at: later() };
    let error = stores.sessions.insert(nobody).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// A used token that comes again ends its family, and no other.
pub async fn using_a_token_twice_revokes_the_family(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &[]).await;
    let sessions = &stores.sessions;
    begin(&**sessions, user.id, 1).await;
    let other = begin(&**sessions, user.id, 50).await;
    sessions.rotate(&digest(1), next(2)).await.unwrap();
    assert_eq!(sessions.rotate(&digest(1), next(3)).await.unwrap(), Rotation::Reused);
    for revoked in [1, 2, 3] {
        let rotation = sessions.rotate(&digest(revoked), next(4)).await.unwrap();
        assert_eq!(rotation, Rotation::Unknown, "token {revoked}");
    }
    let rotated = Rotation::Rotated { user_id: user.id, family: other };
    assert_eq!(sessions.rotate(&digest(50), next(51)).await.unwrap(), rotated);
}

/// Of simultaneous uses of one token at most one is answered with a new one.
pub async fn of_simultaneous_rotations_one_wins(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &[]).await;
    let sessions = &stores.sessions;
    begin(&**sessions, user.id, 1).await;
    let token = digest(1);
    let rotations = join_all((2..10).map(|fill| sessions.rotate(&token, next(fill)))).await;
    let won = |rotation: &&crate::error::Result<Rotation>| {
        matches!(rotation, Ok(Rotation::Rotated { .. }))
    };
    assert_eq!(rotations.iter().filter(won).count(), 1);
    assert!(rotations.iter().any(|rotation| matches!(rotation, Ok(Rotation::Reused))));
}

/// Expired tokens are as unknown as those that never were.
pub async fn expired_and_unknown_tokens_are_unknown(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &[]).await;
    let sessions = &stores.sessions;
    let expired = NewSession {
        digest: digest(1),
        family: Uuid::now_v7(),
        user_id: user.id,
        expires_at: now() - Duration::seconds(1),
    };
    sessions.insert(expired).await.unwrap();
    assert_eq!(sessions.rotate(&digest(1), next(2)).await.unwrap(), Rotation::Unknown);
    assert_eq!(sessions.rotate(&digest(7), next(8)).await.unwrap(), Rotation::Unknown);
    assert_eq!(sessions.rotate(&digest(8), next(9)).await.unwrap(), Rotation::Unknown);
}

/// Logging out ends the family by any of its tokens.
pub async fn revoking_ends_the_family(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &[]).await;
    let sessions = &stores.sessions;
    begin(&**sessions, user.id, 1).await;
    sessions.rotate(&digest(1), next(2)).await.unwrap();
    assert!(sessions.revoke(&digest(2)).await.unwrap());
    assert!(!sessions.revoke(&digest(2)).await.unwrap());
    for token in [1, 2] {
        let rotation = sessions.rotate(&digest(token), next(3)).await.unwrap();
        assert_eq!(rotation, Rotation::Unknown, "token {token}");
    }
}
