//! Users of a tenant.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::UserId;
use super::validate::{InvalidField, optional_text, text};

/// What a user may do within the tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Own data only.
    #[default]
    User,
    /// Everything of the tenant.
    Admin,
}

impl Role {
    /// Returns the name used in storage and tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// Reads a [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::Admin].into_iter().find(|role| role.name() == name)
    }
}

/// A user as stored, without any secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Lower case, unique within the tenant.
    pub email: String,
    /// Name for people.
    pub username: String,
    /// What the user may do.
    pub role: Role,
    /// Whatever the user's applications keep here.
    pub preferences: Option<Value>,
    /// The id under which an import knows the user.
    pub external_id: Option<String>,
    /// When the user was created.
    pub created_at: DateTime<Utc>,
}

/// A user together with the password hash; only login asks for it.
#[derive(Clone, PartialEq)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The hash in PHC form; `None` for users who cannot log in (imported ones).
    pub password_hash: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A user to create.
#[derive(Clone, PartialEq)]
pub struct NewUser {
    /// 3 to 254 characters with an `@`; kept in lower case.
    pub email: String,
    /// 1 to 100 characters.
    pub username: String,
    /// The hash in PHC form; `None` for users who cannot log in.
    pub password_hash: Option<String>,
    /// Wanted role. The first user created in a tenant without administrator becomes one anyway.
    pub role: Role,
    /// The id under which an import knows the user, 1 to 255 characters; decides [`UserId`].
    pub external_id: Option<String>,
}

impl NewUser {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming `email`, `username` or `external_id`.
    pub fn check(&self) -> Result<(), InvalidField> {
        text("email", &self.email, 3..=254)?;
        let parts = self.email.split_once('@');
        let well_formed = parts.is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && !host.contains('@')
        });
        if !well_formed || self.email.contains(char::is_whitespace) {
            return Err(InvalidField::new("email", format!("{:?} is no address", self.email)));
        }
        text("username", &self.username, 1..=100)?;
        optional_text("external_id", self.external_id.as_deref(), 1..=255)
    }
}

/// A change of a user: `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserPatch {
    /// New role.
    pub role: Option<Role>,
    /// New preferences, in place of the old ones; at most 16 KiB as JSON. `Some(None)` clears them.
    pub preferences: Option<Option<Value>>,
}

impl UserPatch {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming `preferences`.
    pub fn check(&self) -> Result<(), InvalidField> {
        const LIMIT: usize = 16 * 1024;
        let preferences = self.preferences.as_ref().and_then(Option::as_ref);
        let size = preferences.map_or(0, |preferences| preferences.to_string().len());
        if size > LIMIT {
            let problem = format!("has {size} bytes, at most {LIMIT}");
            return Err(InvalidField::new("preferences", problem));
        }
        Ok(())
    }

    /// Writes the present fields into `user`.
    pub fn apply(self, user: &mut User) {
        let Self { role, preferences } = self;
        if let Some(role) = role {
            user.role = role;
        }
        if let Some(preferences) = preferences {
            user.preferences = preferences;
        }
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("email", &self.email)
            .field("username", &self.username)
            .field("role", &self.role)
            .field("external_id", &self.external_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(email: &str) -> NewUser {
        NewUser {
            email: email.into(),
            username: "Ada".into(),
            password_hash: Some("$argon2id$secret".into()),
            role: Role::User,
            external_id: None,
        }
    }

    #[test]
    fn addresses_have_one_at_sign_and_no_spaces() {
        assert!(user("ada@example.com").check().is_ok());
        for wrong in ["ada", "@example.com", "ada@", "a@b@c", "a b@c.d"] {
            assert_eq!(user(wrong).check().unwrap_err().field(), "email", "{wrong:?}");
        }
    }

    #[test]
    fn debug_hides_the_password_hash() {
        assert!(!format!("{:?}", user("ada@example.com")).contains("secret"));
    }
}
