//! A name for each request: in the log, in internal errors and in the `x-request-id` header.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use recsys_graphql::RequestId;
use uuid::Uuid;

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest name that a client may choose, in characters.
const LONGEST: usize = 64;

/// Gives the request a name, the client's own if it has chosen a plain one, and repeats it in the
/// response.
pub(super) async fn name(mut request: Request, next: Next) -> Response {
    let chosen = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
    let name = match chosen.filter(|name| is_plain(name)) {
        Some(name) => name.to_owned(),
        None => Uuid::new_v4().to_string(),
    };
    let value = HeaderValue::from_str(&name).expect("the name has plain characters only");
    request.extensions_mut().insert(RequestId(name));
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, value);
    response
}

fn is_plain(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_forge_a_log_line_are_not_taken() {
        assert!(is_plain("3f2c-1_A"));
        for name in ["", "a b", "a\tb", "a=b", &"a".repeat(65)] {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
