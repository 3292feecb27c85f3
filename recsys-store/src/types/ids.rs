//! Ids of the stored entities: one newtype each, so that a user cannot be passed for an item.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! entity_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Returns a new id (version 7: later ids sort after earlier ones).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Returns the 16 bytes of the id, the form in which models know it.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads the form written by [`Self::as_bytes`]; `None` unless there are exactly 16 bytes.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

entity_id! {
    /// Id of a tenant.
    TenantId
}
entity_id! {
    /// Id of a user within a tenant.
    UserId
}
entity_id! {
    /// Id of a catalogue item within a tenant.
    ItemId
}
entity_id! {
    /// Id of one recorded event.
    InteractionId
}
entity_id! {
    /// Id of a rating; it stays the same when the user rates the item again.
    RatingId
}
entity_id! {
    /// Id of a training job.
    JobId
}

impl UserId {
    /// Returns the id of the user that the tenant knows as `external_id`.
    ///
    /// It is a version 5 id of (tenant, kind, external id): importing the same file again meets the
    /// same users.
    #[must_use]
    pub fn from_external(tenant: TenantId, external_id: &str) -> Self {
        Self(derived(tenant, "user", external_id))
    }
}

impl ItemId {
    /// Returns the id of the item that the tenant knows as `external_id`.
    ///
    /// It is a version 5 id of (tenant, kind, external id): importing the same file again meets the
    /// same items.
    #[must_use]
    pub fn from_external(tenant: TenantId, external_id: &str) -> Self {
        Self(derived(tenant, "item", external_id))
    }
}

fn derived(tenant: TenantId, kind: &str, external_id: &str) -> Uuid {
    Uuid::new_v5(&tenant.0, format!("{kind}\u{0}{external_id}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_stable_and_differ_by_kind_and_tenant() {
        let (one, two) = (TenantId::generate(), TenantId::generate());
        assert_eq!(ItemId::from_external(one, "7"), ItemId::from_external(one, "7"));
        assert_ne!(ItemId::from_external(one, "7"), ItemId::from_external(two, "7"));
        assert_ne!(ItemId::from_external(one, "7").0, UserId::from_external(one, "7").0);
    }

    #[test]
    fn bytes_round_trip() {
        let id = ItemId::generate();
        assert_eq!(ItemId::from_slice(id.as_bytes()), Some(id));
        assert_eq!(ItemId::from_slice(b"short"), None);
    }
}
