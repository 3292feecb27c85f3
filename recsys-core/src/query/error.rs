//! Why a model cannot answer.

use crate::ids::{ItemIdx, UserIdx};

/// A question that the model cannot answer.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The history has no item that the model can learn from.
    #[error("the history has no item known to the model")]
    EmptyHistory,
    /// An item lies outside the model.
    #[error("item {} is outside the model's {n_items} items", item.get())]
    ItemOutOfRange {
        /// The item asked for.
        item: ItemIdx,
        /// Number of items in the model.
        n_items: usize,
    },
    /// An id that the model never saw.
    #[error("unknown {entity} \"{id}\"")]
    UnknownId {
        /// "user" or "item".
        entity: &'static str,
        /// The id, as text.
        id: String,
    },
    /// The model's algorithm has no such ability.
    #[error("{algorithm} cannot {ability}")]
    Unsupported {
        /// Name of the algorithm.
        algorithm: &'static str,
        /// What was asked for, as in "recommend for an unseen user".
        ability: &'static str,
    },
    /// A user lies outside the model.
    #[error("user {} is outside the model's {n_users} users", user.get())]
    UserOutOfRange {
        /// The user asked for.
        user: UserIdx,
        /// Number of users in the model.
        n_users: usize,
    },
}
