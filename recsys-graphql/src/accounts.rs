//! The sign-in operations, as a trait: the schema has the fields, the host has the method.
//!
//! How passwords are kept and tokens are made is no business of this crate. A host that has users
//! of its own leaves it out ([`build_schema`](crate::build_schema) with `None`), fills in
//! [`Caller`](crate::Caller) itself, and `register`, `login`, `refreshToken` and `logout` answer
//! that sign-in happens elsewhere.

use std::{error::Error, fmt::Debug, time::Duration};

use async_trait::async_trait;
use recsys_store::types::{TenantId, User};

/// Registers users and keeps them signed in.
#[async_trait]
pub trait Accounts: Debug + Send + Sync {
    /// Creates a user and signs in.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a field that is not acceptable, `NotFound` for a tenant that does not
    /// exist, `Forbidden` where registration is closed, `Conflict` for an address that is taken.
    async fn register(&self, registration: Registration) -> Result<Session, AccountsError>;

    /// Signs in with address and password.
    ///
    /// # Errors
    ///
    /// `Unauthenticated`, the same for an unknown tenant, an unknown address and a wrong password.
    async fn login(&self, credentials: Credentials) -> Result<Session, AccountsError>;

    /// Exchanges a refresh token for a new session; the token stops working.
    ///
    /// A token that was exchanged before is taken as stolen: every session that descends from the
    /// same sign-in ends.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for a token that is unknown, expired, revoked or used before.
    async fn refresh(&self, refresh_token: &str) -> Result<Session, AccountsError>;

    /// Ends the session of a refresh token; returns whether there was one.
    ///
    /// # Errors
    ///
    /// Only for failures of the storage behind it.
    async fn logout(&self, refresh_token: &str) -> Result<bool, AccountsError>;
}

/// What somebody registers with. `Debug` does not show the password.
#[derive(Clone)]
pub struct Registration {
    /// Address, as typed.
    pub email: String,
    /// Name to show.
    pub username: String,
    /// Password, as typed.
    pub password: String,
    /// Domain of the tenant to join.
    pub tenant_domain: String,
}

impl Debug for Registration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("email", &self.email)
            .field("username", &self.username)
            .field("tenant_domain", &self.tenant_domain)
            .finish_non_exhaustive()
    }
}

/// What somebody signs in with. `Debug` does not show the password.
#[derive(Clone)]
pub struct Credentials {
    /// Address, as typed.
    pub email: String,
    /// Password, as typed.
    pub password: String,
    /// Domain of the user's tenant.
    pub tenant_domain: String,
}

impl Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("email", &self.email)
            .field("tenant_domain", &self.tenant_domain)
            .finish_non_exhaustive()
    }
}

/// A user who is signed in, and the tokens that prove it. `Debug` does not show the tokens.
#[derive(Clone)]
pub struct Session {
    /// Proof for the `Authorization` header.
    pub access_token: String,
    /// How long `access_token` is valid from now.
    pub expires_in: Duration,
    /// Proof for one call of [`Accounts::refresh`].
    pub refresh_token: String,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: User,
}

impl Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("tenant", &self.tenant)
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// Why a sign-in operation failed.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The address is taken.
    #[error("{0}")]
    Conflict(String),
    /// The tenant does not take registrations.
    #[error("{0}")]
    Forbidden(String),
    /// Something behind it failed; clients see no more than that.
    #[error("sign-in failed")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
    /// A field is not acceptable.
    #[error("{field} {problem}")]
    InvalidInput {
        /// Name of the field as in the schema, for example `password`.
        field: &'static str,
        /// What it must be, as the rest of the sentence.
        problem: String,
    },
    /// The tenant does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The proof is not valid.
    #[error("{0}")]
    Unauthenticated(String),
    /// Something needed is down or overloaded.
    #[error("{0}")]
    Unavailable(String),
}
