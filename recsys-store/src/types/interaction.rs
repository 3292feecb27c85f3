//! Events and ratings.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::validate::{InvalidField, number, optional_text, text, time};
use super::{InteractionId, ItemId, RatingId, UserId};

/// The event kind that a rating writes; clients cannot record it directly.
pub const RATING_KIND: &str = "rating";

/// A recorded event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Identity.
    pub id: InteractionId,
    /// Who.
    pub user_id: UserId,
    /// With which item.
    pub item_id: ItemId,
    /// What, for example `view` or `purchase`.
    pub kind: String,
    /// How much; the tenant's settings give each kind a weight.
    pub value: f64,
    /// Whatever the caller wants to keep with the event.
    pub context: Option<Value>,
    /// The list of recommendations that led to the event.
    pub recommendation_id: Option<Uuid>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// Position in the tenant's log: 1, 2, 3 … in commit order, with gaps where items or users
    /// were deleted.
    pub sequence: u64,
}

/// An event to record.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInteraction {
    /// Who; must exist.
    pub user_id: UserId,
    /// With which item; must exist.
    pub item_id: ItemId,
    /// 1 to 64 characters of `a-z 0-9 _`.
    pub kind: String,
    /// Finite, between −1,000,000 and 1,000,000.
    pub value: f64,
    /// At most 16 KiB as JSON.
    pub context: Option<Value>,
    /// When it happened; `None` means now.
    pub at: Option<DateTime<Utc>>,
    /// The list of recommendations that led to the event.
    pub recommendation_id: Option<Uuid>,
    /// 1 to 255 characters; a second event with the same key and content returns the first one.
    pub idempotency_key: Option<String>,
}

impl NewInteraction {
    /// Returns an event of `kind` with value 1, happening now.
    #[must_use]
    pub fn new(user_id: UserId, item_id: ItemId, kind: impl Into<String>) -> Self {
        Self {
            user_id,
            item_id,
            kind: kind.into(),
            value: 1.0,
            context: None,
            at: None,
            recommendation_id: None,
            idempotency_key: None,
        }
    }

    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming `kind`, `value`, `context` or `idempotency_key`.
    pub fn check(&self) -> Result<(), InvalidField> {
        const CONTEXT_LIMIT: usize = 16 * 1024;
        text("kind", &self.kind, 1..=64)?;
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if let Some(c) = self.kind.chars().find(|c| !allowed(*c)) {
            let problem = format!("{:?} has the character {c:?}; allowed are a-z 0-9 _", self.kind);
            return Err(InvalidField::new("kind", problem));
        }
        number("value", self.value, -1e6..=1e6)?;
        time("at", self.at)?;
        let size = self.context.as_ref().map_or(0, |context| context.to_string().len());
        if size > CONTEXT_LIMIT {
            let problem = format!("has {size} bytes, at most {CONTEXT_LIMIT}");
            return Err(InvalidField::new("context", problem));
        }
        optional_text("idempotency_key", self.idempotency_key.as_deref(), 1..=255)
    }

    /// Returns a fingerprint of everything but the key, to tell a retry from a reused key.
    pub(crate) fn fingerprint(&self) -> Uuid {
        let content = serde_json::json!([
            self.user_id,
            self.item_id,
            self.kind,
            self.value,
            self.context,
            self.at.map(|at| at.timestamp_millis()),
            self.recommendation_id,
        ]);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, content.to_string().as_bytes())
    }
}

/// What a user thinks of an item; one per user and item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Identity.
    pub id: RatingId,
    /// Who.
    pub user_id: UserId,
    /// Which item.
    pub item_id: ItemId,
    /// How good, 0 to 10.
    pub rating: f64,
    /// In words.
    pub review: Option<String>,
    /// When the user rated (the last time).
    pub created_at: DateTime<Utc>,
}

/// A rating to store in place of the user's former one.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRating {
    /// Who; must exist.
    pub user_id: UserId,
    /// Which item; must exist.
    pub item_id: ItemId,
    /// 0 to 10; a tenant uses one scale for all its items.
    pub rating: f64,
    /// At most 10,000 characters.
    pub review: Option<String>,
    /// When it happened; `None` means now.
    pub at: Option<DateTime<Utc>>,
}

impl NewRating {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming `rating` or `review`.
    pub fn check(&self) -> Result<(), InvalidField> {
        number("rating", self.rating, 0.0..=10.0)?;
        time("at", self.at)?;
        optional_text("review", self.review.as_deref(), 0..=10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> NewInteraction {
        NewInteraction::new(UserId::generate(), ItemId::generate(), "view")
    }

    #[test]
    fn kinds_and_values_have_ranges() {
        assert!(event().check().is_ok());
        for kind in ["", "View", "a b", &"x".repeat(65)] {
            let wrong = NewInteraction { kind: kind.into(), ..event() };
            assert_eq!(wrong.check().unwrap_err().field(), "kind", "{kind:?}");
        }
        for value in [f64::NAN, f64::INFINITY, 2e6] {
            let wrong = NewInteraction { value, ..event() };
            assert_eq!(wrong.check().unwrap_err().field(), "value", "{value}");
        }
    }

    #[test]
    fn a_fingerprint_depends_on_the_content_and_not_on_the_key() {
        let first = event();
        let keyed = NewInteraction { idempotency_key: Some("k".into()), ..first.clone() };
        let other = NewInteraction { value: 2.0, ..first.clone() };
        assert_eq!(first.fingerprint(), keyed.fingerprint());
        assert_ne!(first.fingerprint(), other.fingerprint());
    }
}
