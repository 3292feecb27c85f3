//! Errors of the transport: the request never became a GraphQL request.
//!
//! They have the shape of a GraphQL error all the same, so a client needs one parser.

use std::any::Any;

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use recsys_graphql::Code;
use serde_json::json;

/// An answer that says what was wrong with the HTTP request.
#[derive(Debug)]
pub(super) struct HttpError {
    status: StatusCode,
    code: Code,
    message: String,
}

impl HttpError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: Code::BadUserInput, message: message.into() }
    }

    pub(super) fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A mutation in a GET request: browsers send those without being asked.
    pub(super) fn post_only() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "GET executes queries only, use POST")
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let error = json!({"message": self.message, "extensions": {"code": self.code.as_str()}});
        let mut response = (self.status, Json(json!({"errors": [error]}))).into_response();
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

/// Answers requests for paths that are not served.
pub(super) async fn no_such_page(uri: Uri) -> HttpError {
    let message = format!("there is nothing at {}, try /graphql or /graphiql", uri.path());
    HttpError { code: Code::NotFound, ..HttpError::new(StatusCode::NOT_FOUND, message) }
}

/// Answers requests with a method that the path does not know; the router adds what it does know.
pub(super) async fn no_such_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not answer {method}", uri.path());
    let mut response = HttpError::new(StatusCode::METHOD_NOT_ALLOWED, message).into_response();
    response.headers_mut().remove(header::ALLOW);
    response
}

/// Answers when a handler panicked. The cause is for the log only.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub(super) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<&str>().copied();
    let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("unknown"), "request handler panicked");
    HttpError {
        code: Code::InternalServerError,
        ..HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error_without_its_text() {
        let response = panicked(Box::new("index 7 out of bounds"));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        let expected = json!({"errors": [
            {"message": "internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]});
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap(), expected);
    }
}
