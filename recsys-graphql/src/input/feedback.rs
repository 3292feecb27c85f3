//! What users did and what they think.

use async_graphql::InputObject;
use recsys_store::types::{ItemId, NewInteraction, NewRating, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::types::DateTime;

/// Something that the caller did with an item.
#[derive(InputObject)]
pub(crate) struct InteractionInput {
    item_id: Uuid,
    /// 1 to 64 characters of a-z 0-9 _, for example view, click, like, cart, purchase, dislike.
    interaction_type: String,
    /// How much.
    #[graphql(default = 1.0)]
    interaction_value: Option<f64>,
    /// Anything to keep with it.
    context: Option<Value>,
    /// When it happened; now if absent.
    at: Option<DateTime>,
    /// The id of the list that led to it.
    recommendation_id: Option<Uuid>,
    /// A retry with the same key returns the first result.
    idempotency_key: Option<String>,
}

impl InteractionInput {
    pub(crate) fn by(self, user: UserId) -> NewInteraction {
        NewInteraction {
            value: self.interaction_value.unwrap_or(1.0),
            context: self.context.filter(|context| !context.is_null()),
            at: self.at.map(|at| at.0),
            recommendation_id: self.recommendation_id,
            idempotency_key: self.idempotency_key,
            ..NewInteraction::new(user, ItemId(self.item_id), self.interaction_type)
        }
    }
}

/// What the caller thinks of an item; replaces what the caller thought before.
#[derive(InputObject)]
pub(crate) struct RatingInput {
    item_id: Uuid,
    /// 0 to 10; a tenant uses one scale for all its items.
    rating: f64,
    review: Option<String>,
}

impl RatingInput {
    pub(crate) fn by(self, user: UserId) -> NewRating {
        NewRating {
            user_id: user,
            item_id: ItemId(self.item_id),
            rating: self.rating,
            review: self.review,
            at: None,
        }
    }
}
