//! What people register and sign in with.

use async_graphql::InputObject;
use uuid::Uuid;

use crate::accounts::{Credentials, Registration};

/// A new user.
#[derive(InputObject)]
pub(crate) struct RegisterInput {
    email: String,
    /// Name for people, 1 to 100 characters.
    username: String,
    /// 8 to 128 characters.
    password: String,
    /// Domain of the tenant to join.
    tenant_domain: String,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self {
            email: input.email,
            username: input.username,
            password: input.password,
            tenant_domain: input.tenant_domain,
        }
    }
}

/// Proof of being a user.
#[derive(InputObject)]
pub(crate) struct LoginInput {
    email: String,
    password: String,
    tenant_domain: String,
}

impl From<LoginInput> for Credentials {
    fn from(input: LoginInput) -> Self {
        Self { email: input.email, password: input.password, tenant_domain: input.tenant_domain }
    }
}

impl LoginInput {
    /// Returns a name of the account that is meant, of bounded length whatever was typed.
    pub(crate) fn account(&self) -> String {
        let domain =
            Uuid::new_v5(&Uuid::NAMESPACE_DNS, self.tenant_domain.trim().to_lowercase().as_bytes());
        Uuid::new_v5(&domain, self.email.trim().to_lowercase().as_bytes()).to_string()
    }
}
