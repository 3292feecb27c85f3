//! Prediction of ratings from neighbours, centred: the rating mode of user-based and item-based CF.
//!
//! Two rows (of users, or of items) are as alike as the cosine over the columns that both have rated,
//!
//! ```text
//! sim(x, y) = Σ r_xc · r_yc / √(Σ r_xc² · Σ r_yc²) · n_xy / (n_xy + shrinkage)      c rated in both
//! prediction(x, c) = mean_x + Σ_y sim(x, y) · (r_yc − mean_y) / Σ_y sim(x, y)
//! ```
//!
//! where `y` runs over the `neighbors` most similar rows that have rated `c`, as far as their similarity
//! is above zero; of equally similar ones those that stand first. Without any the prediction is the mean.
//! With shrinkage 0 this is `KNNWithMeans` of Surprise with the similarity `cosine` and its defaults.
//!
//! Nothing is learnt but the means: similarities are computed from the ratings when a user is bound, so a
//! folded-in history is treated exactly like a row of the training data.
//!
//! # References
//!
//! * P. Resnick and others: *GroupLens: an open architecture for collaborative filtering of netnews*,
//!   CSCW 1994 (users).
//! * B. Sarwar, G. Karypis, J. Konstan, J. Riedl: *Item-based collaborative filtering recommendation
//!   algorithms*, WWW 2001 (items).

mod item_based;
mod similarities;
#[cfg(test)]
mod tests;
mod user_based;

pub(super) use item_based::ItemBasedScorer;
pub(super) use user_based::UserBasedScorer;

use crate::data::{Csr, Interactions};
use crate::ids::{ItemIdx, UserIdx};

/// What a prediction starts from.
#[derive(Clone, Debug)]
pub(super) struct Means {
    users: Vec<f64>,
    items: Vec<f64>,
    all: f64,
    scale: (f32, f32),
}

impl Means {
    /// The mean of each user, of each item, and of all; the mean of all stands in for those without
    /// ratings.
    pub(super) fn new(data: &Interactions) -> Self {
        let by_user = data.user_csr();
        let values = by_user.values;
        let all = mean(values).unwrap_or(0.0);
        let of_rows = |csr: Csr<'_>| -> Vec<f64> {
            (0..csr.n_rows()).map(|row| mean(csr.row(row).1).unwrap_or(all)).collect()
        };
        let lowest = values.iter().copied().reduce(f32::min).unwrap_or(0.0);
        let highest = values.iter().copied().reduce(f32::max).unwrap_or(0.0);
        Self {
            users: of_rows(by_user),
            items: of_rows(data.item_csr()),
            all,
            scale: (lowest, highest),
        }
    }

    /// The lowest and the highest rating.
    pub(super) fn scale(&self) -> (f32, f32) {
        self.scale
    }

    /// Predicts by `score` what a user with ratings gives an item with ratings, and the mean of all
    /// ratings for everybody else; within the scale.
    pub(super) fn predict(
        &self,
        data: &Interactions,
        user: Option<UserIdx>,
        item: Option<ItemIdx>,
        score: impl FnOnce(UserIdx, ItemIdx) -> f32,
    ) -> f32 {
        let user = user.filter(|&user| !data.user(user).is_empty());
        let item = item.filter(|&item| !data.item(item).is_empty());
        let rating = match (user, item) {
            (Some(user), Some(item)) => score(user, item),
            _ => finite(self.all),
        };
        rating.clamp(self.scale.0, self.scale.1)
    }
}

/// The mean; `None` of nothing.
fn mean(values: &[f32]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a count of ratings")]
    let count = values.len() as f64;
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    (!values.is_empty()).then(|| sum / count)
}

/// Returns `value` in single precision, within its range.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range")]
fn finite(value: f64) -> f32 {
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
