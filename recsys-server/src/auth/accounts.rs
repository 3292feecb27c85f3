//! Registration and sign-in over the stored users.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use recsys_graphql::{Accounts, AccountsError, Credentials, Registration, Session};
use recsys_store::{
    Storage, StoreError, StoreErrorKind,
    types::{NewSession, NewUser, NextSession, Role, Rotation, Tenant, User},
};
use uuid::Uuid;

use super::{
    email,
    jwt::{ACCESS_TOKEN_SECONDS, Claims, TokenKeys},
    password::{PasswordError, Passwords},
    refresh::RefreshToken,
};

/// How long a refresh token is valid.
const REFRESH_TOKEN_DAYS: i64 = 30;
/// Length of a password, in characters.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

type Result<T> = std::result::Result<T, AccountsError>;

/// The users of a [`Storage`], with Argon2id passwords and JSON Web Tokens.
#[derive(Clone, Debug)]
pub struct StoredAccounts {
    storage: Arc<dyn Storage>,
    tokens: Arc<TokenKeys>,
    passwords: Passwords,
}

impl StoredAccounts {
    /// Creates the accounts of `storage`, whose access tokens `tokens` signs.
    pub fn new(storage: Arc<dyn Storage>, tokens: Arc<TokenKeys>) -> Self {
        Self { storage, tokens, passwords: Passwords::new() }
    }

    async fn active_tenant(&self, domain: &str) -> Result<Option<Tenant>> {
        let found = self.storage.tenants().by_domain(domain.trim()).await.map_err(failed)?;
        Ok(found.filter(|tenant| tenant.is_active))
    }

    /// Begins a family of refresh tokens: one sign-in.
    async fn begin(&self, tenant: &Tenant, user: User) -> Result<Session> {
        let token = fresh_token(tenant)?;
        let session = NewSession {
            digest: token.digest(),
            family: Uuid::new_v4(),
            user_id: user.id,
            expires_at: refresh_expiry(),
        };
        self.storage.tenant(tenant.id).sessions.insert(session).await.map_err(failed)?;
        Ok(self.session(tenant, user, token))
    }

    fn session(&self, tenant: &Tenant, user: User, token: RefreshToken) -> Session {
        Session {
            access_token: self.tokens.sign(&Claims::new(&user, tenant, Utc::now())),
            expires_in: Duration::from_secs(ACCESS_TOKEN_SECONDS.unsigned_abs()),
            refresh_token: token.into_text(),
            tenant: tenant.id,
            user,
        }
    }
}

#[async_trait]
impl Accounts for StoredAccounts {
    async fn register(&self, registration: Registration) -> Result<Session> {
        let Registration { email, username, password, tenant_domain } = registration;
        let email = email::normalize(&email).map_err(|problem| invalid("email", problem))?;
        if !PASSWORD_LENGTH.contains(&password.chars().count()) {
            return Err(invalid("password", "must have 8 to 128 characters"));
        }
        let tenant = self.active_tenant(&tenant_domain).await?.ok_or_else(|| {
            AccountsError::NotFound(format!("there is no tenant {:?}", tenant_domain.trim()))
        })?;
        if !tenant.settings.registration_open {
            return Err(AccountsError::Forbidden("the tenant takes no registrations".into()));
        }
        let new = NewUser {
            email,
            username: username.trim().to_owned(),
            password_hash: None,
            role: Role::User,
            external_id: None,
        };
        // The shape first: a hash is dear.
        new.check().map_err(|error| invalid_user(error.field(), &error.to_string()))?;
        let hash = self.passwords.hash(password).await.map_err(busy)?;
        let new = NewUser { password_hash: Some(hash), ..new };
        let user = self.storage.tenant(tenant.id).users.create(new).await.map_err(not_created)?;
        self.begin(&tenant, user).await
    }

    async fn login(&self, credentials: Credentials) -> Result<Session> {
        let Credentials { email, password, tenant_domain } = credentials;
        let tenant = self.active_tenant(&tenant_domain).await?;
        let email = email.trim().to_lowercase();
        let stored = match &tenant {
            Some(tenant) => self.storage.tenant(tenant.id).users.by_email(&email).await,
            None => Ok(None),
        };
        let stored = stored.map_err(failed)?;
        let hash = stored.as_ref().and_then(|stored| stored.password_hash.clone());
        // A longer text is nobody's password; it is not worth hashing as a whole.
        let fits = password.chars().count() <= *PASSWORD_LENGTH.end();
        let password = if fits { password } else { String::new() };
        let matches = self.passwords.verify(password, hash).await.map_err(busy)?;
        match (tenant, stored) {
            (Some(tenant), Some(stored)) if matches => self.begin(&tenant, stored.user).await,
            _ => Err(AccountsError::Unauthenticated(
                "the email, the password or the tenant is wrong".into(),
            )),
        }
    }

    async fn refresh(&self, refresh_token: &str) -> Result<Session> {
        let refused = || AccountsError::Unauthenticated("the refresh token is not valid".into());
        let old = RefreshToken::parse(refresh_token).ok_or_else(refused)?;
        let tenant = self.storage.tenants().get(old.tenant()).await.map_err(failed)?;
        let tenant = tenant.filter(|tenant| tenant.is_active).ok_or_else(refused)?;
        let stores = self.storage.tenant(tenant.id);
        let token = fresh_token(&tenant)?;
        let next = NextSession { digest: token.digest(), expires_at: refresh_expiry() };
        let rotation = stores.sessions.rotate(&old.digest(), next).await.map_err(failed)?;
        let user = match rotation {
            Rotation::Rotated { user_id, .. } => user_id,
            Rotation::Reused => {
                tracing::warn!(tenant = %tenant.id, "refresh token was used twice, family revoked");
                return Err(refused());
            }
            Rotation::Unknown => return Err(refused()),
        };
        let found = stores.users.get_many(&[user]).await.map_err(failed)?;
        let user = found.into_iter().flatten().next().ok_or_else(refused)?;
        Ok(self.session(&tenant, user, token))
    }

    async fn logout(&self, refresh_token: &str) -> Result<bool> {
        let Some(token) = RefreshToken::parse(refresh_token) else { return Ok(false) };
        let sessions = self.storage.tenant(token.tenant()).sessions;
        sessions.revoke(&token.digest()).await.map_err(failed)
    }
}

fn fresh_token(tenant: &Tenant) -> Result<RefreshToken> {
    RefreshToken::generate(tenant.id).map_err(|error| AccountsError::Internal(error.into()))
}

fn refresh_expiry() -> DateTime<Utc> {
    Utc::now() + chrono::Duration::days(REFRESH_TOKEN_DAYS)
}

fn invalid(field: &'static str, problem: impl Into<String>) -> AccountsError {
    AccountsError::InvalidInput { field, problem: problem.into() }
}

/// The store's words about a user, as a problem of the field that the client gave.
fn invalid_user(field: &str, message: &str) -> AccountsError {
    let problem =
        message.strip_prefix(field).map_or(message, |rest| rest.trim_start_matches([':', ' ']));
    match field {
        "email" => invalid("email", problem),
        _ => invalid("username", problem),
    }
}

fn not_created(error: StoreError) -> AccountsError {
    match error.kind() {
        StoreErrorKind::AlreadyExists => {
            AccountsError::Conflict("the tenant has a user with this email already".into())
        }
        StoreErrorKind::InvalidInput { field } => invalid_user(field, &error.to_string()),
        _ => failed(error),
    }
}

fn failed(error: StoreError) -> AccountsError {
    if error.is_retryable() {
        tracing::error!(%error, "sign-in storage is unavailable");
        return AccountsError::Unavailable("temporarily unavailable, try again".into());
    }
    AccountsError::Internal(error.into())
}

fn busy(error: PasswordError) -> AccountsError {
    match error {
        PasswordError::Busy => {
            AccountsError::Unavailable("too many sign-ins at once, try again".into())
        }
        PasswordError::Hash(_) => AccountsError::Internal(error.into()),
    }
}
