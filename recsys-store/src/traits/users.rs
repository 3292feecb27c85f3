//! Users.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{Credentials, NewUser, User, UserId, UserPatch};

/// The users of one tenant. Emails are kept and compared in lower case.
#[async_trait]
pub trait UserStore: Debug + Send + Sync {
    /// Creates a user. In a tenant without administrator the user becomes one, decided in the same
    /// transaction, so that of two simultaneous first users exactly one does. `InvalidInput` naming
    /// the field; `AlreadyExists` if email or external id is taken.
    async fn create(&self, new: NewUser) -> Result<User>;

    /// Creates or updates users by external id, which each must have. Email, username and (if given)
    /// password hash of an existing user are replaced, its role is kept; nobody is promoted.
    /// `InvalidInput` naming index and field, also when an external id comes twice;
    /// `AlreadyExists` if an email belongs to somebody else.
    async fn upsert_external(&self, users: Vec<NewUser>) -> Result<Vec<User>>;

    /// Finds users, in the order of `ids`.
    async fn get_many(&self, ids: &[UserId]) -> Result<Vec<Option<User>>>;

    /// Changes a user. `InvalidInput` naming the field; `NotFound`; `LastAdministrator` if nobody
    /// would administer the tenant afterwards.
    async fn update(&self, id: UserId, patch: UserPatch) -> Result<User>;

    /// Erases a user with all events, ratings and sessions, and takes them off the counters of their
    /// items. False if there was none. `LastAdministrator` if others would be left without one; a
    /// user who is alone in the tenant can go.
    ///
    /// An erasure takes a place in the log of events, which stays empty: who follows the log sees a
    /// gap and knows that histories have changed.
    async fn delete(&self, id: UserId) -> Result<bool>;

    /// Finds a user with the password hash, for login.
    async fn by_email(&self, email: &str) -> Result<Option<Credentials>>;

    /// Counts the users.
    async fn count(&self) -> Result<u64>;

    /// Lists users, oldest first (creation time, then id).
    async fn list(&self, limit: u32, offset: u32) -> Result<Vec<User>>;
}
