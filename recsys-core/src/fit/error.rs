//! Why training can fail.

/// Training that gave no model.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// The context asked to stop.
    #[error("training was cancelled")]
    Cancelled,
    /// Numbers left the finite range.
    #[error("training diverged in sweep {sweep}: {what} is not finite")]
    Diverged {
        /// Sweep over the data, from one.
        sweep: u32,
        /// What was not finite.
        what: &'static str,
    },
    /// The algorithm needs what the data set does not have.
    #[error("{algorithm} needs {what}, and the data has none")]
    Missing {
        /// Name of the algorithm.
        algorithm: &'static str,
        /// What is missing, as in "item features".
        what: &'static str,
    },
    /// The data has no entry above zero to learn from.
    #[error("the data has no positive interaction to learn from")]
    NoPositives,
}
