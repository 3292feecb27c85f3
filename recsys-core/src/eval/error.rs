//! Why something cannot be evaluated.

use crate::data::DataError;
use crate::fit::FitError;
use crate::param::ParamError;
use crate::query::QueryError;

/// An evaluation that gave no figures.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// The caller asked to stop.
    #[error("the evaluation was cancelled")]
    Cancelled,
    /// The events cannot become a matrix.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training failed for another reason than cancellation.
    #[error("training failed: {0}")]
    Fit(FitError),
    /// A setting is out of range.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The protocol contradicts itself or what it is run on.
    #[error("the protocol cannot be followed: {0}")]
    Protocol(String),
    /// The model cannot answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The log is too small or has not what the split goes by.
    #[error("the log cannot be split: {0}")]
    Split(&'static str),
}

impl From<FitError> for EvalError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled => Self::Cancelled,
            error => Self::Fit(error),
        }
    }
}
