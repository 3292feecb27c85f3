//! What models of ratings by biases and vectors share, however they are trained.
//!
//! ```text
//! rating(u, i) = μ + b_u + b_i + p_u · q_i
//! ```
//!
//! A history is folded in by the best bias and vector for it with the items as they are, a ridge regression
//! solved exactly. It also says what each rating of a history adds to a score. For lists the score is the
//! expected rating, not cut to the scale.

mod model;
mod scorer;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use model::RatingModel;
pub(super) use model::joined;

use crate::model::ModelKind;
use crate::param::ParamError;

/// Settings of an algorithm whose model is a [`RatingModel`].
pub trait RatingConfig:
    Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The algorithm.
    const KIND: ModelKind;

    /// Returns the length of the vectors.
    fn factors(&self) -> usize;

    /// Returns the penalty on the squares of a bias and a vector for each rating that they explain; above
    /// zero.
    fn penalty(&self) -> f32;

    /// Passes when every setting is in range.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is not.
    fn check(&self) -> Result<(), ParamError>;
}
