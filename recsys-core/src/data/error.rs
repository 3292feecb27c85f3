//! What can be wrong with data.

use crate::param::ParamError;

/// Data that cannot become a log or a matrix.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A setting of the aggregation is out of range.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// An event's value is not a finite number.
    #[error("event {position} has the value {value}, expected a finite number")]
    NotFinite {
        /// Position of the event in its log, from zero.
        position: usize,
        /// The value as given.
        value: f32,
    },
    /// Arrays that claim to be a sparse matrix are not one.
    #[error("interaction matrix is malformed: {0}")]
    Structure(&'static str),
    /// There are more than 2³² − 2 users, items or event kinds.
    #[error("too many {0} for one dataset")]
    TooMany(&'static str),
}
