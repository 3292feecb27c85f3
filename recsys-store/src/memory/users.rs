//! Users, in memory.

use async_trait::async_trait;

use super::state::TenantState;
use super::{MemoryTenant, count, invalid, missing, taken};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::{
    LAST_ADMINISTRATOR, canonical_email, check_external_ids, check_users, user_row,
};
use crate::traits::UserStore;
use crate::types::{Credentials, NewUser, Role, User, UserId, UserPatch, now};

#[async_trait]
impl UserStore for MemoryTenant {
    async fn create(&self, new: NewUser) -> Result<User> {
        const OP: &str = "users.create";
        new.check().map_err(invalid(OP))?;
        self.write(OP, |state| {
            let mut user = user_row(self.id, &new, now());
            if state.emails.contains_key(&user.email) {
                return Err(taken(OP, format!("a user with email {:?} exists", user.email)));
            }
            if state.users.contains_key(&user.id) {
                let id = new.external_id.as_deref().unwrap_or_default();
                return Err(taken(OP, format!("a user with external id {id:?} exists")));
            }
            let mut users = state.users.values();
            if !users.any(|credentials| credentials.user.role == Role::Admin) {
                user.role = Role::Admin;
            }
            put(state, user.clone(), new.password_hash);
            Ok(user)
        })
    }

    async fn upsert_external(&self, users: Vec<NewUser>) -> Result<Vec<User>> {
        const OP: &str = "users.upsert_external";
        check_users(&users).map_err(invalid(OP))?;
        check_external_ids("users", users.iter().map(|user| user.external_id.as_deref()))
            .map_err(invalid(OP))?;
        self.write(OP, |state| {
            let now = now();
            let mut emails = state.emails.clone();
            let mut rows = Vec::with_capacity(users.len());
            for new in users {
                let mut user = user_row(self.id, &new, now);
                let mut hash = new.password_hash;
                if let Some(former) = state.users.get(&user.id) {
                    emails.remove(&former.user.email);
                    user.role = former.user.role;
                    user.preferences.clone_from(&former.user.preferences);
                    user.created_at = former.user.created_at;
                    hash = hash.or_else(|| former.password_hash.clone());
                }
                rows.push((user, hash));
            }
            for (user, _) in &rows {
                if emails.insert(user.email.clone(), user.id).is_some() {
                    return Err(taken(OP, format!("a user with email {:?} exists", user.email)));
                }
            }
            state.emails = emails;
            let mut users = Vec::with_capacity(rows.len());
            for (user, password_hash) in rows {
                users.push(user.clone());
                state.users.insert(user.id, Credentials { user, password_hash });
            }
            Ok(users)
        })
    }

    async fn get_many(&self, ids: &[UserId]) -> Result<Vec<Option<User>>> {
        Ok(self.read(|state| {
            ids.iter().map(|id| state.users.get(id).map(|found| found.user.clone())).collect()
        }))
    }

    async fn update(&self, id: UserId, patch: UserPatch) -> Result<User> {
        const OP: &str = "users.update";
        patch.check().map_err(invalid(OP))?;
        self.write(OP, |state| {
            let steps_down = patch.role == Some(Role::User);
            if steps_down && administers_alone(state, id) {
                return Err(needed(OP));
            }
            let found = state.users.get_mut(&id);
            let found = found.ok_or_else(|| missing(OP, format!("user {id} does not exist")))?;
            patch.apply(&mut found.user);
            Ok(found.user.clone())
        })
    }

    async fn delete(&self, id: UserId) -> Result<bool> {
        const OP: &str = "users.delete";
        self.write(OP, |state| {
            if state.users.len() > 1 && administers_alone(state, id) {
                return Err(needed(OP));
            }
            Ok(state.remove_user(id))
        })
    }

    async fn by_email(&self, email: &str) -> Result<Option<Credentials>> {
        let email = canonical_email(email);
        Ok(self.read(|state| state.users.get(state.emails.get(&email)?).cloned()))
    }

    async fn count(&self) -> Result<u64> {
        Ok(self.read(|state| state.users.len() as u64))
    }

    async fn list(&self, limit: u32, offset: u32) -> Result<Vec<User>> {
        Ok(self.read(|state| {
            let mut users: Vec<&User> = state.users.values().map(|found| &found.user).collect();
            users.sort_by_key(|user| (user.created_at, user.id));
            users.into_iter().skip(count(offset)).take(count(limit)).cloned().collect()
        }))
    }
}

/// Tells whether a user is the only administrator.
fn administers_alone(state: &TenantState, id: UserId) -> bool {
    let mut admins = state.users.values().filter(|found| found.user.role == Role::Admin);
    admins.next().is_some_and(|found| found.user.id == id) && admins.next().is_none()
}

fn needed(op: &'static str) -> StoreError {
    StoreError::new(Backend::Memory, op, StoreErrorKind::LastAdministrator)
        .with_context(LAST_ADMINISTRATOR)
}

fn put(state: &mut TenantState, user: User, password_hash: Option<String>) {
    state.emails.insert(user.email.clone(), user.id);
    state.users.insert(user.id, Credentials { user, password_hash });
}
