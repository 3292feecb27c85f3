//! The one error of the storage layer: a closed kind to decide on, a sentence for people, a source
//! for the log.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::types::InvalidField;

/// Result of a storage call.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Which backend failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// In process, nothing survives it.
    Memory,
    /// The place of model files: a folder or an object store.
    ModelFiles,
    /// A service that makes vectors of texts, by the interface of OpenAI.
    OpenAi,
    /// Pinecone.
    Pinecone,
    /// A PostgreSQL database.
    Postgres,
    /// A Qdrant server.
    Qdrant,
    /// Redis, alone or as a cluster.
    Redis,
    /// One SQLite file and a folder of model files.
    Sqlite,
    /// A transformer in this process.
    Transformer,
    /// A Weaviate server.
    Weaviate,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::ModelFiles => "model files",
            Self::OpenAi => "openai",
            Self::Pinecone => "pinecone",
            Self::Postgres => "postgres",
            Self::Qdrant => "qdrant",
            Self::Redis => "redis",
            Self::Sqlite => "sqlite",
            Self::Transformer => "transformer",
            Self::Weaviate => "weaviate",
        })
    }
}

/// What kind of failure it was: everything a caller may decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// A unique value is taken.
    AlreadyExists,
    /// Stored data cannot be read back.
    Corrupt,
    /// The idempotency key was used before with other content.
    IdempotencyKeyReused,
    /// A fault of this program or of the backend.
    Internal,
    /// A value is outside its range.
    InvalidInput {
        /// Path of the field, for example `events[3].kind`.
        field: String,
    },
    /// The tenant would be left without an administrator.
    LastAdministrator,
    /// The training job is not held by this worker any more.
    LeaseLost,
    /// Something that the call needs does not exist.
    NotFound,
    /// The backend cannot be reached, is full or is busy; a retry may help.
    Unavailable,
    /// The data was written by a version of the program that this one does not understand.
    UnsupportedVersion,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyExists => f.write_str("already exists"),
            Self::Corrupt => f.write_str("stored data is damaged"),
            Self::IdempotencyKeyReused => f.write_str("idempotency key was used before"),
            Self::Internal => f.write_str("internal error"),
            Self::InvalidInput { field } => write!(f, "{field} is invalid"),
            Self::LastAdministrator => f.write_str("the last administrator is needed"),
            Self::LeaseLost => f.write_str("the training job was taken over"),
            Self::NotFound => f.write_str("not found"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::UnsupportedVersion => f.write_str("unsupported version"),
        }
    }
}

type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a storage call failed. `Display` is one sentence and never repeats the source.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    backend: Backend,
    op: &'static str,
    context: Option<String>,
    retry_after: Option<Duration>,
    source: Option<BoxError>,
}

impl StoreError {
    /// Returns an error of `op`, for example `interactions.append`.
    #[must_use]
    pub fn new(backend: Backend, op: &'static str, kind: StoreErrorKind) -> Self {
        Self { kind, backend, op, context: None, retry_after: None, source: None }
    }

    /// Adds the sentence to show instead of the general one.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Adds how long the backend asks not to be asked again.
    #[must_use]
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns an [`StoreErrorKind::InvalidInput`] with the words of `invalid`.
    #[must_use]
    pub fn invalid(backend: Backend, op: &'static str, invalid: &InvalidField) -> Self {
        let kind = StoreErrorKind::InvalidInput { field: invalid.field().to_owned() };
        Self::new(backend, op, kind).with_context(invalid.to_string())
    }

    /// Returns what a caller may decide on.
    #[must_use]
    pub fn kind(&self) -> &StoreErrorKind {
        &self.kind
    }

    /// Returns which backend failed.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Returns which call failed, for example `interactions.append`.
    #[must_use]
    pub fn op(&self) -> &'static str {
        self.op
    }

    /// Returns how long the backend asks not to be asked again, if it said.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Tells whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind == StoreErrorKind::Unavailable
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.context {
            Some(context) => f.write_str(context),
            None => write!(f, "{} {} failed: {}", self.backend, self.op, self.kind),
        }
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_context_or_names_the_call() {
        let plain = StoreError::new(Backend::Sqlite, "users.list", StoreErrorKind::Unavailable);
        assert_eq!(plain.to_string(), "sqlite users.list failed: unavailable");
        assert_eq!(plain.with_context("the disk is full").to_string(), "the disk is full");
    }
}
