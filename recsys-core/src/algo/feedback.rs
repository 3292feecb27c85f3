//! What the values of the training data mean to an algorithm that can take them both ways.

use serde::{Deserialize, Serialize};

/// What the values of the training data are.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// Signs of interest: the more, the stronger; what is absent is unknown. The model ranks.
    #[default]
    Implicit,
    /// Ratings: the value says how good, being there says nothing. The model predicts ratings, and
    /// ranks by them.
    Ratings,
}
