//! Automatic persisted queries: a client sends the digest of a query instead of its text, and the text only
//! when the server does not have it.
//!
//! A text is kept under its digest after it has passed the gate, and passes the gate again whenever it is
//! used. Whoever knows the digest knows the text, so one store serves all tenants.

use async_graphql::{Request, ServerError, Value};
use moka::sync::Cache;
use recsys_graphql::{Code, Limits, gate};
use sha2::{Digest, Sha256};

/// Bytes of texts that are kept.
const BYTES: u64 = 16 * 1024 * 1024;
/// The name of the extension in a request.
const EXTENSION: &str = "persistedQuery";

type Hash = [u8; 32];

/// The texts that clients refer to. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct PersistedQueries(Cache<Hash, std::sync::Arc<str>>);

impl Default for PersistedQueries {
    fn default() -> Self {
        let weigh = |_: &Hash, text: &std::sync::Arc<str>| {
            u32::try_from(text.len() + size_of::<Hash>()).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(BYTES).weigher(weigh).build())
    }
}

impl PersistedQueries {
    /// Puts the text that the request refers to into it, or keeps the text that it has.
    pub(super) fn resolve(
        &self,
        request: &mut Request,
        limits: &Limits,
    ) -> Result<(), ServerError> {
        let Some(extension) = request.extensions.remove(EXTENSION) else { return Ok(()) };
        let hash = digest(&extension)?;
        if request.query.is_empty() {
            let known = self.0.get(&hash).ok_or_else(|| {
                let message = "the query is not known, send its text as well";
                Code::PersistedQueryNotFound.server_error(message)
            })?;
            request.query = known.to_string();
        } else if <Hash>::from(Sha256::digest(&request.query)) != hash {
            return Err(wrong("sha256Hash is not the digest of the query"));
        } else if gate::admit(request, limits).is_ok() {
            self.0.insert(hash, request.query.as_str().into());
        }
        Ok(())
    }
}

/// Tells whether a request may come without a text.
pub(super) fn is_referred_to(request: &Request) -> bool {
    request.extensions.contains_key(EXTENSION)
}

fn digest(extension: &Value) -> Result<Hash, ServerError> {
    let Value::Object(fields) = extension else { return Err(wrong("must be an object")) };
    if fields.get("version") != Some(&Value::from(1)) {
        return Err(wrong("version must be 1"));
    }
    let Some(Value::String(text)) = fields.get("sha256Hash") else {
        return Err(wrong("sha256Hash must be a text"));
    };
    parse(text).ok_or_else(|| wrong("sha256Hash must have 64 hexadecimal digits"))
}

fn parse(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(16 * digit(pair[0])? + digit(pair[1])?).ok()?;
    }
    Some(hash)
}

fn wrong(problem: &str) -> ServerError {
    Code::BadUserInput.server_error(format!("extensions.persistedQuery: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_64_hexadecimal_digits() {
        let text = "0aF1".repeat(16);
        assert_eq!(parse(&text).unwrap()[..2], [0x0a, 0xf1]);
        for wrong in
            ["", "0a", &"0g".repeat(32), &"+1".repeat(32), &"0a".repeat(33), &"é".repeat(32)]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
