//! What can go wrong in the engine, as callers see it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::error::{StoreError, StoreErrorKind};
use crate::types::InvalidField;

/// The only thing API layers match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The work was stopped because somebody asked for it.
    Cancelled,
    /// A unique value is taken, or the state does not allow the call.
    Conflict,
    /// The idempotency key was used before with other content.
    IdempotencyKeyReused,
    /// A fault of the program: its text is not for clients.
    Internal,
    /// A value is outside its range; [`EngineError::field`] says which.
    InvalidInput,
    /// Something the call needs does not exist.
    NotFound,
    /// Storage cannot be reached; a retry may help.
    Unavailable,
}

type BoxError = Box<dyn StdError + Send + Sync>;

/// Why an engine call failed. `Display` is one sentence and never repeats the source. Clones share the
/// cause.
#[derive(Clone, Debug)]
pub struct EngineError {
    code: ErrorCode,
    message: String,
    field: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl EngineError {
    /// Returns an error with its sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, source: None }
    }

    /// Returns an [`ErrorCode::InvalidInput`] about `field`; the sentence names it.
    #[must_use]
    pub fn invalid(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        let field = field.into();
        let message = format!("{field}: {problem}");
        Self { code: ErrorCode::InvalidInput, message, field: Some(field), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns what a caller may decide on.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the path of the wrong field, for example `events[3].kind`.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for EngineError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<InvalidField> for EngineError {
    fn from(invalid: InvalidField) -> Self {
        Self {
            code: ErrorCode::InvalidInput,
            message: invalid.to_string(),
            field: Some(invalid.field().to_owned()),
            source: None,
        }
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        let (code, field) = match error.kind() {
            StoreErrorKind::AlreadyExists | StoreErrorKind::LastAdministrator => {
                (ErrorCode::Conflict, None)
            }
            StoreErrorKind::IdempotencyKeyReused => (ErrorCode::IdempotencyKeyReused, None),
            StoreErrorKind::InvalidInput { field } => {
                (ErrorCode::InvalidInput, Some(field.clone()))
            }
            StoreErrorKind::LeaseLost => (ErrorCode::Cancelled, None),
            StoreErrorKind::NotFound => (ErrorCode::NotFound, None),
            StoreErrorKind::Unavailable => (ErrorCode::Unavailable, None),
            StoreErrorKind::Corrupt
            | StoreErrorKind::Internal
            | StoreErrorKind::UnsupportedVersion => (ErrorCode::Internal, None),
        };
        Self { code, message: error.to_string(), field, source: Some(Arc::new(error)) }
    }
}
