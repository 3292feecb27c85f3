//! Range checks shared by the `check` methods of the types: each names the field and the bound.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Utc};

/// A field whose value is outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidField {
    field: String,
    problem: String,
}

impl InvalidField {
    /// Says what is wrong with `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// Returns the path of the field, for example `events[3].kind`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns what is wrong with the field.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the same problem with `prefix` in front of the field.
    #[must_use]
    pub fn within(mut self, prefix: impl fmt::Display) -> Self {
        self.field = format!("{prefix}.{}", self.field);
        self
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// Checks the number of characters of `value`, and that none of them is U+0000, which not every
/// database can keep.
pub(crate) fn text(
    field: &str,
    value: &str,
    length: RangeInclusive<usize>,
) -> Result<(), InvalidField> {
    if value.contains('\0') {
        return Err(InvalidField::new(field, "has the character U+0000"));
    }
    let found = value.chars().count();
    if length.contains(&found) {
        return Ok(());
    }
    let (low, high) = (length.start(), length.end());
    Err(InvalidField::new(field, format!("has {found} characters, expected {low} to {high}")))
}

/// Checks an optional text.
pub(crate) fn optional_text(
    field: &str,
    value: Option<&str>,
    length: RangeInclusive<usize>,
) -> Result<(), InvalidField> {
    value.map_or(Ok(()), |value| text(field, value, length))
}

/// Checks that `value` is in the years 1 to 9999, which every database and every calendar knows.
pub(crate) fn time(field: &str, value: Option<DateTime<Utc>>) -> Result<(), InvalidField> {
    match value {
        Some(time) if !(1..=9999).contains(&time.year()) => {
            let problem = format!("is {time}, expected a year from 1 to 9999");
            Err(InvalidField::new(field, problem))
        }
        _ => Ok(()),
    }
}

/// Checks that `value` is finite and within `range`.
pub(crate) fn number(
    field: &str,
    value: f64,
    range: RangeInclusive<f64>,
) -> Result<(), InvalidField> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    Err(InvalidField::new(field, format!("is {value}, expected {low} to {high}")))
}
