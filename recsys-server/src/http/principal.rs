//! The caller of a request, out of its `Authorization` header.

use std::any::TypeId;

use async_graphql::{Request, ServerError};
use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use recsys_graphql::{Caller, Code, Principal};
use recsys_store::types::{TenantId, UserId};

use crate::auth::jwt::TokenKeys;

/// Who is calling, and until when that is proven. The default is nobody, for ever.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    pub(super) caller: Caller,
    pub(super) until: Option<DateTime<Utc>>,
}

/// Returns who is calling, as [`proof`] does.
pub(super) fn caller(headers: &HeaderMap, tokens: &TokenKeys) -> Result<Caller, ServerError> {
    proof(headers, tokens).map(|proof| proof.caller)
}

/// Returns who is calling: nobody without the header, a user with a good token in it.
///
/// A header that is there and proves nothing is an error. Whoever sends a token believes to be
/// signed in; to go on as somebody anonymous would hide that this is over.
pub(super) fn proof(headers: &HeaderMap, tokens: &TokenKeys) -> Result<Proof, ServerError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Proof::default()) };
    let token = value.to_str().ok().and_then(bearer).filter(|_| values.next().is_none());
    let token = token.ok_or_else(|| refused("the Authorization header must be: Bearer <token>"))?;
    of_token(token, tokens)
}

/// Returns whom an access token proves to be calling.
pub(super) fn of_token(token: &str, tokens: &TokenKeys) -> Result<Proof, ServerError> {
    let claims = tokens.verify(token).map_err(|error| refused(error.to_string()))?;
    let (user, tenant) = (UserId(claims.sub), TenantId(claims.tenant_id));
    let caller = Caller::signed_in(Principal { user, tenant });
    Ok(Proof { caller, until: DateTime::from_timestamp(claims.exp, 0) })
}

/// Returns the token of `Bearer <token>`.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Returns who was found to ask.
pub(super) fn found(request: &Request) -> Caller {
    let caller = request.data.get(&TypeId::of::<Caller>());
    caller.and_then(|caller| caller.downcast_ref()).copied().unwrap_or_default()
}

fn refused(message: impl Into<String>) -> ServerError {
    Code::Unauthenticated.server_error(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for value in ["", "abc", "Bearer", "Bearer ", "Basic abc"] {
            assert_eq!(bearer(value), None, "{value:?}");
        }
    }
}
