//! Access tokens: JSON Web Tokens, HS256, with the signing key's id in `kid`.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use recsys_store::types::{Tenant, User};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret::SigningKeys;

/// How long an access token is valid, in seconds. The role in it is for clients: each request is judged by
/// the stored user.
pub const ACCESS_TOKEN_SECONDS: i64 = 3_600;

/// Difference between clocks that is forgiven, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// The value of the `type` claim; tokens made for another purpose are refused.
const ACCESS: &str = "access";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The user's tenant.
    pub tenant_id: Uuid,
    /// The user's address at the time of sign-in.
    pub email: String,
    /// `basic`, `premium` or `enterprise`.
    pub subscription_tier: String,
    /// `user` or `admin`.
    pub role: String,
    /// End of validity, seconds since 1970.
    pub exp: i64,
    /// Time of issue, seconds since 1970.
    pub iat: i64,
    /// A name for this token.
    pub jti: Uuid,
    /// Always `access`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Claims {
    /// Returns what a token for `user`, issued at `now`, says.
    pub fn new(user: &User, tenant: &Tenant, now: DateTime<Utc>) -> Self {
        Self {
            sub: user.id.0,
            tenant_id: tenant.id.0,
            email: user.email.clone(),
            subscription_tier: tenant.tier.name().to_owned(),
            role: user.role.name().to_owned(),
            exp: (now + Duration::seconds(ACCESS_TOKEN_SECONDS)).timestamp(),
            iat: now.timestamp(),
            jti: Uuid::new_v4(),
            kind: ACCESS.to_owned(),
        }
    }
}

/// Why a token is not accepted. The client learns only whether it expired.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The time in `exp` has passed.
    #[error("the access token has expired")]
    Expired,
    /// Anything else: shape, algorithm, unknown key, signature, a claim.
    #[error("the access token is not valid")]
    Invalid,
}

/// Signs and checks access tokens.
pub struct TokenKeys {
    keys: Vec<TokenKey>,
    validation: Validation,
}

struct TokenKey {
    id: String,
    sign: EncodingKey,
    verify: DecodingKey,
}

impl TokenKeys {
    /// Creates the issuer for `keys`; the first signs, all verify.
    pub fn new(keys: &SigningKeys) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let keys = keys
            .iter()
            .map(|(id, key)| TokenKey {
                id,
                sign: EncodingKey::from_secret(key),
                verify: DecodingKey::from_secret(key),
            })
            .collect();
        Self { keys, validation }
    }

    /// Returns `claims` as a signed token.
    ///
    /// # Panics
    ///
    /// Never: there is always a signing key, and claims are plain values.
    pub fn sign(&self, claims: &Claims) -> String {
        let key = self.keys.first().expect("there is always a signing key");
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &key.sign).expect("claims are plain values and the key fits HS256")
    }

    /// Returns what `token` says, if one of our keys signed it and it has not expired.
    ///
    /// # Errors
    ///
    /// [`TokenError`].
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let key = self
            .keys
            .iter()
            .find(|key| header.kid.as_deref() == Some(&key.id))
            .ok_or(TokenError::Invalid)?;
        let claims = decode::<Claims>(token, &key.verify, &self.validation)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })?
            .claims;
        if claims.kind == ACCESS { Ok(claims) } else { Err(TokenError::Invalid) }
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(folder: &tempfile::TempDir, name: &str) -> TokenKeys {
        TokenKeys::new(&SigningKeys::load_or_create(&folder.path().join(name)).unwrap())
    }

    fn claims(now: DateTime<Utc>) -> Claims {
        Claims {
            sub: Uuid::from_u128(1),
            tenant_id: Uuid::from_u128(2),
            email: "ann@example.org".into(),
            subscription_tier: "basic".into(),
            role: "user".into(),
            exp: now.timestamp() + ACCESS_TOKEN_SECONDS,
            iat: now.timestamp(),
            jti: Uuid::from_u128(3),
            kind: ACCESS.into(),
        }
    }

    #[test]
    fn a_signed_token_says_what_was_signed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(&folder, "secret.key");
        let claims = claims(Utc::now());
        assert_eq!(keys.verify(&keys.sign(&claims)).unwrap(), claims);
    }

    #[test]
    fn the_payload_has_the_names_that_clients_read() {
        let value = serde_json::to_value(claims(Utc::now())).unwrap();
        let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let expected =
            ["email", "exp", "iat", "jti", "role", "sub", "subscription_tier", "tenant_id", "type"];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_old_token_has_expired() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(&folder, "secret.key");
        let token = keys.sign(&claims(Utc::now() - Duration::hours(2)));
        assert!(matches!(keys.verify(&token), Err(TokenError::Expired)));
    }

    #[test]
    fn tokens_of_another_key_purpose_or_algorithm_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(&folder, "secret.key");
        let foreign = self::keys(&folder, "other.key").sign(&claims(Utc::now()));
        let refresh = keys.sign(&Claims { kind: "refresh".into(), ..claims(Utc::now()) });
        // {"alg":"none"} with the payload {}
        let unsigned = "eyJhbGciOiJub25lIn0.e30.";
        let good = keys.sign(&claims(Utc::now()));
        let cut = &good[..good.len() - 2];
        for token in [foreign.as_str(), &refresh, unsigned, cut, "", "a.b.c"] {
            assert!(matches!(keys.verify(token), Err(TokenError::Invalid)), "{token}");
        }
    }

    #[test]
    fn a_retired_key_still_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let token = keys(&folder, "old.key").sign(&claims(Utc::now()));
        let old = std::fs::read_to_string(folder.path().join("old.key")).unwrap();
        let new = format!("{}\n{old}", "5a".repeat(32));
        std::fs::write(folder.path().join("new.key"), new).unwrap();
        let rotated = keys(&folder, "new.key");
        assert!(rotated.verify(&token).is_ok());
        assert_ne!(
            decode_header(rotated.sign(&claims(Utc::now()))).unwrap().kid,
            decode_header(token).unwrap().kid
        );
    }
}
