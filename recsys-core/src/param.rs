//! Errors and range checks for configuration values.

use std::fmt::Display;

/// A setting that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {given}, expected {expected}")]
pub struct ParamError {
    name: &'static str,
    given: String,
    expected: &'static str,
}

impl ParamError {
    /// Reports that the setting `name` (as in `als.factors`) is `given`, where `expected` is allowed.
    pub fn new(name: &'static str, given: impl Display, expected: &'static str) -> Self {
        Self { name, given: given.to_string(), expected }
    }

    /// Returns the setting's name, algorithm first: `als.factors`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Passes when `holds`; the error names the setting otherwise.
pub(crate) fn require(
    holds: bool,
    name: &'static str,
    given: impl Display,
    expected: &'static str,
) -> Result<(), ParamError> {
    if holds { Ok(()) } else { Err(ParamError::new(name, given, expected)) }
}
