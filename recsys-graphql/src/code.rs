//! The values of `extensions.code`: what a client may branch on.

use async_graphql::{ErrorExtensionValues, ServerError};

/// A code of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// An argument has a value that is not acceptable; the message names it.
    BadUserInput,
    /// The state of the data forbids it, for example an address that is taken.
    Conflict,
    /// The caller is known and may not do this.
    Forbidden,
    /// The text is no GraphQL document.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// A bug or a failure behind the API; the message holds nothing but a request id.
    InternalServerError,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// The document has no operation of that name, or several and no name was given.
    OperationResolutionFailure,
    /// The store of persisted queries does not have this one: send it with its text.
    PersistedQueryNotFound,
    /// The query would cost more than one request may.
    QueryTooComplex,
    /// The tenant has used up what its tier includes.
    QuotaExceeded,
    /// Too much was asked in too short a time; `extensions.retryAfter` says how many seconds to wait.
    RateLimited,
    /// The work took too long.
    Timeout,
    /// There is no valid sign-in.
    Unauthenticated,
    /// Something needed is down or overloaded; trying again later may help.
    Unavailable,
}

impl Code {
    /// Returns the code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::Forbidden => "FORBIDDEN",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::OperationResolutionFailure => "OPERATION_RESOLUTION_FAILURE",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// Returns an error of the whole request with this code.
    pub fn server_error(self, message: impl Into<String>) -> ServerError {
        let mut error = ServerError::new(message, None);
        self.stamp(&mut error);
        error
    }

    /// Returns the code of `error`, if it has one of ours.
    pub fn of(error: &ServerError) -> Option<&str> {
        match error.extensions.as_ref()?.get("code")? {
            async_graphql::Value::String(code) => Some(code),
            _ => None,
        }
    }

    /// Gives `error` this code.
    pub(crate) fn stamp(self, error: &mut ServerError) {
        error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default)
            .set("code", self.as_str());
    }
}
