//! Errors of predicted ratings.

use crate::data::Row;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::RatingPrediction;

/// Summed errors of one user.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::eval) struct Errors {
    pub(in crate::eval) absolute: f64,
    pub(in crate::eval) squared: f64,
    pub(in crate::eval) count: usize,
}

impl Errors {
    /// Compares what is predicted for a user with the ratings held out. Whatever stands outside the
    /// model, or is not in `known_user` or `known_item`, is predicted as unknown.
    pub(in crate::eval) fn of(
        model: &dyn RatingPrediction,
        user: UserIdx,
        known_user: bool,
        known_item: impl Fn(ItemIdx) -> bool,
        held_out: Row<'_, ItemIdx>,
    ) -> Self {
        let mut errors = Self::default();
        for (item, rating) in held_out.iter() {
            let user = Some(user).filter(|_| known_user);
            let predicted = model.predict(user, Some(item).filter(|&item| known_item(item)));
            let error = f64::from(predicted) - f64::from(rating);
            errors.absolute += error.abs();
            errors.squared += error * error;
            errors.count += 1;
        }
        errors
    }
}
