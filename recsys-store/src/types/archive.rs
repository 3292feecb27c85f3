//! Copies of tenants: everything that is kept of one, in pieces.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::validate::InvalidField;
use super::{Interaction, Item, ItemId, ModelVersion, Rating, Tenant, TenantId, User};

/// A piece of the copy of a tenant. They come in the order in which they stand here, and those of rows as often as
/// it takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchivePiece {
    /// The tenant itself: the first piece, and once.
    Tenant(Box<TenantRecord>),
    /// Users, by id.
    Users(Vec<UserRecord>),
    /// Items, by id.
    Items(Vec<Item>),
    /// What the feed of changes says about items that are gone, by id.
    Deletions(Vec<DeletionRecord>),
    /// The log of events, in its order.
    Interactions(Vec<EventRecord>),
    /// Ratings, by user and item.
    Ratings(Vec<Rating>),
    /// A model, by algorithm and time of publication, and its file.
    Model(Box<ModelRecord>, Bytes),
    /// The last piece, and once: a copy without it broke off.
    End,
}

/// A tenant, and how far its data has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// The row.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// Sequence of the last event ever recorded.
    pub last_sequence: u64,
    /// The last revision of the catalogue.
    pub catalog_revision: u64,
}

/// A user with the hash of the password, which `Debug` does not show.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct UserRecord {
    /// The row.
    #[serde(flatten)]
    pub user: User,
    /// In PHC form; `None` for users who cannot log in.
    pub password_hash: Option<String>,
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord").field("user", &self.user).finish_non_exhaustive()
    }
}

/// That an item is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRecord {
    /// Which item.
    pub item_id: ItemId,
    /// Revision of the catalogue at which it went.
    pub revision: u64,
}

/// An event, and how a repeated request for it is recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The row.
    #[serde(flatten)]
    pub event: Interaction,
    /// The key under which it was recorded.
    pub idempotency_key: Option<String>,
    /// A name for the content of the request, with a key only.
    pub fingerprint: Option<Uuid>,
}

/// An entry of the registry of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The row.
    #[serde(flatten)]
    pub version: ModelVersion,
    /// Whether it is the current version of its algorithm.
    pub is_current: bool,
}

/// Checks that the pieces of a copy come in their order and to their end.
#[derive(Debug)]
pub(crate) struct ArchiveOrder {
    tenant: TenantId,
    last: Option<u8>,
}

impl ArchiveOrder {
    pub(crate) fn of(tenant: TenantId) -> Self {
        Self { tenant, last: None }
    }

    /// Checks the next piece.
    pub(crate) fn check(&mut self, piece: &ArchivePiece) -> Result<(), InvalidField> {
        if let ArchivePiece::Tenant(record) = piece
            && record.tenant.id != self.tenant
        {
            let problem = format!("is of tenant {}", record.tenant.id);
            return Err(InvalidField::new("archive", problem));
        }
        let place = place(piece);
        let follows = match self.last {
            None => place == FIRST,
            Some(last) => place > FIRST && last < LAST && last <= place,
        };
        if !follows {
            return Err(InvalidField::new("archive", "has pieces in another order"));
        }
        self.last = Some(place);
        Ok(())
    }

    /// Checks that there was a last piece.
    pub(crate) fn end(&self) -> Result<(), InvalidField> {
        if self.last == Some(LAST) {
            return Ok(());
        }
        Err(InvalidField::new("archive", "breaks off"))
    }
}

const FIRST: u8 = 0;
const LAST: u8 = 7;

fn place(piece: &ArchivePiece) -> u8 {
    match piece {
        ArchivePiece::Tenant(_) => FIRST,
        ArchivePiece::Users(_) => 1,
        ArchivePiece::Items(_) => 2,
        ArchivePiece::Deletions(_) => 3,
        ArchivePiece::Interactions(_) => 4,
        ArchivePiece::Ratings(_) => 5,
        ArchivePiece::Model(..) => 6,
        ArchivePiece::End => LAST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Role, UserId, now};

    #[test]
    fn debug_hides_the_password_hash() {
        let user = User {
            id: UserId::generate(),
            email: "ann@example.com".into(),
            username: "Ann".into(),
            role: Role::User,
            preferences: None,
            external_id: None,
            created_at: now(),
        };
        let record = UserRecord { user, password_hash: Some("$argon2id$secret".into()) };
        assert!(!format!("{record:?}").contains("secret"));
    }
}
