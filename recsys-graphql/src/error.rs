//! What a resolver fails with, and what the client sees of it.

use std::{error::Error as StdError, fmt, sync::Arc};

use async_graphql::Error;
use recsys_store::engine::{EngineError, ErrorCode};

use crate::{accounts::AccountsError, code::Code, rates::Refusal};

/// Result of a resolver.
pub(crate) type Result<T> = std::result::Result<T, ApiError>;

/// Why a resolver failed.
///
/// It has no `Display`: async-graphql would take it for a text and drop the code.
#[derive(Clone, Debug)]
pub(crate) enum ApiError {
    Accounts(Arc<AccountsError>),
    AdminNeeded,
    Engine(Arc<EngineError>),
    Forbidden(&'static str),
    /// A subscriber was too slow: news were lost.
    Gap,
    Input {
        field: String,
        problem: String,
    },
    Limited(Refusal),
    NoAccounts,
    NotFound(String),
    SignInNeeded,
}

/// The cause behind an error whose text is not for clients; rides on it until it is logged.
#[derive(Debug)]
pub(crate) struct Hidden(ApiError);

impl ApiError {
    /// Returns an error about one argument; `problem` ends a sentence that starts with its path.
    pub(crate) fn input(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Input { field: field.into(), problem: problem.to_string() }
    }

    /// Returns the same error in the words of the schema, where the engine's input came from the
    /// argument `base`: `events[3].kind` inside `inputs` is `inputs[3].interactionType`.
    pub(crate) fn inside(self, base: &str) -> Self {
        let Self::Engine(error) = &self else { return self };
        let Some(field) = error.field().filter(|_| error.code() == ErrorCode::InvalidInput) else {
            return self;
        };
        let message = error.to_string();
        let problem = message
            .strip_prefix(field)
            .map_or(message.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        Self::input(schema_path(field, base), problem)
    }

    /// Tells whether something that was needed does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code() == Code::NotFound
    }

    fn code(&self) -> Code {
        match self {
            Self::Accounts(error) => match error.as_ref() {
                AccountsError::Conflict(_) => Code::Conflict,
                AccountsError::Forbidden(_) => Code::Forbidden,
                AccountsError::Internal(_) => Code::InternalServerError,
                AccountsError::InvalidInput { .. } => Code::BadUserInput,
                AccountsError::NotFound(_) => Code::NotFound,
                AccountsError::Unauthenticated(_) => Code::Unauthenticated,
                AccountsError::Unavailable(_) => Code::Unavailable,
            },
            Self::AdminNeeded | Self::Forbidden(_) | Self::NoAccounts => Code::Forbidden,
            Self::Engine(error) => match error.code() {
                ErrorCode::Cancelled | ErrorCode::Unavailable => Code::Unavailable,
                ErrorCode::Conflict => Code::Conflict,
                ErrorCode::IdempotencyKeyReused => Code::IdempotencyKeyReused,
                ErrorCode::Internal => Code::InternalServerError,
                ErrorCode::InvalidInput => Code::BadUserInput,
                ErrorCode::NotFound => Code::NotFound,
            },
            Self::Gap => Code::Unavailable,
            Self::Input { .. } => Code::BadUserInput,
            Self::Limited(refusal) => refusal.code,
            Self::NotFound(_) => Code::NotFound,
            Self::SignInNeeded => Code::Unauthenticated,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Accounts(error) => error.to_string(),
            Self::AdminNeeded => "only administrators of the tenant may do this".to_owned(),
            Self::Engine(error) => error.to_string(),
            Self::Forbidden(what) => (*what).to_owned(),
            Self::Gap => {
                "events came faster than they were taken: read again, then subscribe".into()
            }
            Self::Input { field, problem } => format!("{field}: {problem}"),
            Self::Limited(refusal) => refusal.message.clone(),
            Self::NoAccounts => "this server does not sign users in".to_owned(),
            Self::NotFound(what) => format!("{what} not found"),
            Self::SignInNeeded => "sign in first".to_owned(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Engine(error) => error.field(),
            Self::Input { field, .. } => Some(field),
            Self::Accounts(_)
            | Self::AdminNeeded
            | Self::Forbidden(_)
            | Self::Gap
            | Self::Limited(_)
            | Self::NoAccounts
            | Self::NotFound(_)
            | Self::SignInNeeded => None,
        }
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let code = error.code();
        let (message, hide) = match code {
            Code::InternalServerError => ("internal error".to_owned(), true),
            Code::Unavailable if matches!(error, ApiError::Engine(_)) => {
                ("temporarily unavailable, try again".to_owned(), true)
            }
            _ => (error.message(), false),
        };
        let mut shown = Self::new(message);
        let extensions = shown.extensions.get_or_insert_default();
        extensions.set("code", code.as_str());
        if let Some(field) = error.field() {
            extensions.set("field", field);
        }
        if let ApiError::Limited(Refusal { retry_after: Some(seconds), .. }) = &error {
            extensions.set("retryAfter", *seconds);
        }
        if hide {
            shown.source = Some(Arc::new(Hidden(error)));
        }
        shown
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Arc::new(error))
    }
}

impl From<recsys_store::StoreError> for ApiError {
    fn from(error: recsys_store::StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<AccountsError> for ApiError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::InvalidInput { field, problem } => {
                Self::input(format!("input.{field}"), problem)
            }
            error => Self::Accounts(Arc::new(error)),
        }
    }
}

impl fmt::Display for Hidden {
    /// The whole chain of causes, for the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.message();
        let mut cause: Option<&dyn StdError> = match &self.0 {
            ApiError::Accounts(error) => error.source(),
            ApiError::Engine(error) => error.source(),
            _ => None,
        };
        while let Some(error) = cause {
            // A wrapper often speaks in the words of what it wraps.
            let words = error.to_string();
            if !text.contains(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            cause = error.source();
        }
        formatter.write_str(&text)
    }
}

/// Returns the engine's path of a field as the schema calls it.
fn schema_path(path: &str, base: &str) -> String {
    let (index, rest) = match path.split_once("].") {
        Some((list, rest)) => (list.split_once('[').map(|(_, index)| index), rest),
        None => (None, path),
    };
    let mut out = base.to_owned();
    if let Some(index) = index.filter(|_| base.ends_with('s') && base.starts_with("input")) {
        out.push_str(&format!("[{index}]"));
    }
    for segment in rest.split('.') {
        out.push('.');
        out.push_str(&schema_name(segment));
    }
    out
}

/// Returns the name of one field: its own word where the schema has one, else camel case.
fn schema_name(name: &str) -> String {
    match name {
        "at" => "at".to_owned(),
        "condition" => "where".to_owned(),
        "filter" => "filters".to_owned(),
        "kind" => "interactionType".to_owned(),
        "limit" => "numRecommendations".to_owned(),
        "value" => "interactionValue".to_owned(),
        _ => {
            let mut upper = false;
            let mut out = String::with_capacity(name.len());
            for char in name.chars() {
                if char == '_' {
                    upper = true;
                } else {
                    out.extend(if upper { char.to_uppercase().next() } else { Some(char) });
                    upper = false;
                }
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_fields_have_the_names_of_the_schema() {
        for (engine, base, schema) in [
            ("events[3].kind", "inputs", "inputs[3].interactionType"),
            ("events[0].idempotency_key", "input", "input.idempotencyKey"),
            ("items[12].tags[1]", "inputs", "inputs[12].tags[1]"),
            ("title", "input", "input.title"),
            ("limit", "options", "options.numRecommendations"),
            ("filter.min_rating", "options", "options.filters.minRating"),
        ] {
            assert_eq!(schema_path(engine, base), schema);
        }
    }

    #[test]
    fn the_problem_is_kept_when_the_field_is_renamed() {
        let error = ApiError::from(EngineError::invalid("events[3].kind", "has 0 characters"));
        let shown = Error::from(error.inside("inputs"));
        assert_eq!(shown.message, "inputs[3].interactionType: has 0 characters");
    }

    #[test]
    fn internal_text_does_not_reach_the_client() {
        let cause = std::io::Error::other("/var/lib/x is read-only");
        for code in [ErrorCode::Internal, ErrorCode::Unavailable] {
            let error = EngineError::new(code, "sqlite users.list failed")
                .with_source(std::io::Error::other(cause.to_string()));
            let shown = Error::from(ApiError::from(error));
            assert!(!shown.message.contains("sqlite"), "{}", shown.message);
            let hidden = shown.source.unwrap().downcast::<Hidden>().unwrap();
            assert_eq!(hidden.to_string(), "sqlite users.list failed: /var/lib/x is read-only");
        }
    }
}
