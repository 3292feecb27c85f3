//! The traits that make the methods of estimators, models and scorers callable.

pub use crate::fit::{Estimator, EstimatorExt};
pub use crate::model::{FoldIn, ItemVectors, Model, ModelExt, Scorer, SimilarItems};
