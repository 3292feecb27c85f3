//! Refresh tokens: what the client holds, and the digest that the database holds.
//!
//! A token is `rt_<tenant>_<secret>` with 256 random bits in the secret. The tenant in it says
//! which tenant's sessions to ask; it grants nothing by itself.

use recsys_store::types::{TenantId, TokenDigest};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::secret::hex;

const PREFIX: &str = "rt_";

/// A refresh token as the client sends it. `Debug` does not show it.
#[derive(Clone)]
pub struct RefreshToken {
    tenant: TenantId,
    text: String,
}

impl RefreshToken {
    /// Creates a token for a user of `tenant`.
    ///
    /// # Errors
    ///
    /// The operating system's error when it has no random bytes to give.
    pub fn generate(tenant: TenantId) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let text = format!("{PREFIX}{}_{}", tenant.0.simple(), hex(&secret));
        Ok(Self { tenant, text })
    }

    /// Returns the token in `text`, or nothing when it has not the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let tenant = TenantId(Uuid::try_parse(tenant).ok()?);
        let well_formed = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        well_formed.then(|| Self { tenant, text: text.to_owned() })
    }

    /// Returns the tenant whose sessions know this token.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns what is stored: the SHA-256 digest of the whole token.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.text.as_bytes()).into())
    }

    /// Returns the token's text.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RefreshToken").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId(Uuid::from_u128(7))
    }

    #[test]
    fn a_token_survives_the_trip_to_the_client() {
        let token = RefreshToken::generate(tenant()).unwrap();
        let back = RefreshToken::parse(&token.clone().into_text()).unwrap();
        assert_eq!(back.tenant(), tenant());
        assert_eq!(back.digest(), token.digest());
    }

    #[test]
    fn two_tokens_differ() {
        let digest = || RefreshToken::generate(tenant()).unwrap().digest();
        assert_ne!(digest(), digest());
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let good = RefreshToken::generate(tenant()).unwrap().into_text();
        for text in ["", "rt_", "rt_x_y", &good[1..], &good[..good.len() - 1], &format!("{good}0")]
        {
            assert!(RefreshToken::parse(text).is_none(), "{text:?}");
        }
    }
}
