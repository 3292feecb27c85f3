//! Users, in SQLite.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::sqlite::SqliteConnection;

use super::SqliteTenant;
use super::bulk::{advance, hex, hex_list};
use super::error::{failed, invalid, taken};
use super::membership;
use crate::error::Result;
use crate::rules::{canonical_email, check_external_ids, check_users, user_row};
use crate::sql::{
    self, UserRow, external_user_ids, first_repeated_email, merged_users, user_columns,
};
use crate::traits::UserStore;
use crate::types::{Credentials, NewUser, Role, TenantId, User, UserId, UserPatch, now};

#[async_trait]
impl UserStore for SqliteTenant {
    async fn create(&self, new: NewUser) -> Result<User> {
        const OP: &str = "users.create";
        new.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    advance(connection, OP, tenant, 0, 0).await?; // the tenant must exist
                    let mut user = user_row(tenant, &new, now());
                    refuse_taken(connection, OP, tenant, &user).await?;
                    let has_admin: bool = sqlx::query_scalar(
                        "SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = ?1 AND role = 'admin')",
                    )
                    .bind(tenant.0)
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(failed(OP))?;
                    if !has_admin {
                        user.role = Role::Admin;
                    }
                    insert(connection, OP, tenant, &[(user.clone(), new.password_hash)]).await?;
                    Ok(user)
                })
            })
            .await
    }

    async fn upsert_external(&self, users: Vec<NewUser>) -> Result<Vec<User>> {
        const OP: &str = "users.upsert_external";
        check_users(&users).map_err(invalid(OP))?;
        check_external_ids("users", users.iter().map(|user| user.external_id.as_deref()))
            .map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    advance(connection, OP, tenant, 0, 0).await?; // the tenant must exist
                    upsert(connection, OP, tenant, users).await
                })
            })
            .await
    }

    async fn get_many(&self, ids: &[UserId]) -> Result<Vec<Option<User>>> {
        const OP: &str = "users.get_many";
        let mut connection = self.database.readers().acquire().await.map_err(failed(OP))?;
        let found = find(&mut connection, OP, self.id, ids).await?;
        Ok(ids.iter().map(|id| found.get(id).map(|row| row.user.clone())).collect())
    }

    async fn update(&self, id: UserId, patch: UserPatch) -> Result<User> {
        const OP: &str = "users.update";
        patch.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move { membership::update(connection, OP, tenant, id, patch).await })
            })
            .await
    }

    async fn delete(&self, id: UserId) -> Result<bool> {
        const OP: &str = "users.delete";
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move { membership::erase(connection, OP, tenant, id).await })
            })
            .await
    }

    async fn by_email(&self, email: &str) -> Result<Option<Credentials>> {
        const OP: &str = "users.by_email";
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS u WHERE u.tenant_id = ?1 AND u.email = ?2"
        );
        let row = sqlx::query(sql)
            .bind(self.id.0)
            .bind(canonical_email(email))
            .fetch_optional(self.database.readers())
            .await
            .map_err(failed(OP))?;
        row.as_ref().map(sql::credentials).transpose().map_err(failed(OP))
    }

    async fn count(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE tenant_id = ?1")
            .bind(self.id.0)
            .fetch_one(self.database.readers())
            .await
            .map_err(failed("users.count"))?;
        Ok(count.unsigned_abs())
    }

    async fn list(&self, limit: u32, offset: u32) -> Result<Vec<User>> {
        const OP: &str = "users.list";
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS u WHERE u.tenant_id = ?1 ORDER BY u.created_at, u.id LIMIT ?2 OFFSET ?3"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(limit)
            .bind(offset)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        found.iter().map(sql::user).collect::<Result<_, _>>().map_err(failed(OP))
    }
}

async fn refuse_taken(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    user: &User,
) -> Result<()> {
    let sql = "SELECT email FROM users WHERE tenant_id = ?1 AND (email = ?2 OR id = ?3) LIMIT 1";
    let holder: Option<String> = sqlx::query_scalar(sql)
        .bind(tenant.0)
        .bind(&user.email)
        .bind(user.id.0)
        .fetch_optional(connection)
        .await
        .map_err(failed(op))?;
    match (holder, user.external_id.as_deref()) {
        (None, _) => Ok(()),
        (Some(email), Some(id)) if email != user.email => {
            Err(taken(op, format!("a user with external id {id:?} exists")))
        }
        (Some(_), _) => Err(taken(op, format!("a user with email {:?} exists", user.email))),
    }
}

async fn upsert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    users: Vec<NewUser>,
) -> Result<Vec<User>> {
    let ids = external_user_ids(tenant, &users);
    let former = find(connection, op, tenant, &ids).await?;
    let rows = merged_users(tenant, &former, users, now());
    // Emails may change hands within the batch: free those of all its users first.
    sqlx::query(
        "UPDATE users SET email = hex(id) WHERE tenant_id = ?1 \
         AND id IN (SELECT unhex(value) FROM json_each(?2))",
    )
    .bind(tenant.0)
    .bind(hex_list(ids.iter().map(|id| id.0)))
    .execute(&mut *connection)
    .await
    .map_err(failed(op))?;
    refuse_emails(connection, op, tenant, &rows).await?;
    insert(connection, op, tenant, &rows).await?;
    Ok(rows.into_iter().map(|(user, _)| user).collect())
}

/// Fails with `AlreadyExists` if an email of the batch comes twice or belongs to somebody else.
async fn refuse_emails(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    rows: &[UserRow],
) -> Result<()> {
    let emails = json!(rows.iter().map(|(user, _)| user.email.as_str()).collect::<Vec<_>>());
    let sql = "SELECT value FROM json_each(?2) WHERE EXISTS \
               (SELECT 1 FROM users WHERE tenant_id = ?1 AND email = value) LIMIT 1";
    let holder: Option<String> = sqlx::query_scalar(sql)
        .bind(tenant.0)
        .bind(emails.to_string())
        .fetch_optional(connection)
        .await
        .map_err(failed(op))?;
    let twice = first_repeated_email(rows).map(str::to_owned);
    match holder.or(twice) {
        Some(email) => Err(taken(op, format!("a user with email {email:?} exists"))),
        None => Ok(()),
    }
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    users: &[UserRow],
) -> Result<()> {
    let rows = users.iter().map(|(user, hash)| {
        json!([
            hex(user.id.0),
            user.email,
            user.username,
            user.role.name(),
            hash,
            user.preferences.as_ref().map(ToString::to_string),
            user.external_id,
            user.created_at.timestamp_millis(),
        ])
    });
    let rows = serde_json::Value::from_iter(rows).to_string();
    sqlx::query(
        "INSERT INTO users (tenant_id, id, email, username, role, password_hash, preferences, \
         external_id, created_at) \
         SELECT ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, \
         value ->> 5, value ->> 6, value ->> 7 FROM json_each(?2) WHERE true \
         ON CONFLICT (tenant_id, id) DO UPDATE SET email = excluded.email, \
         username = excluded.username, password_hash = excluded.password_hash",
    )
    .bind(tenant.0)
    .bind(rows)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    ids: &[UserId],
) -> Result<HashMap<UserId, Credentials>> {
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        " FROM json_each(?2) AS k CROSS JOIN users AS u \
         WHERE u.tenant_id = ?1 AND u.id = unhex(k.value)"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(hex_list(ids.iter().map(|id| id.0)))
        .fetch_all(connection)
        .await
        .map_err(failed(op))?;
    let mut users = HashMap::with_capacity(found.len());
    for row in &found {
        let row = sql::credentials(row).map_err(failed(op))?;
        users.insert(row.user.id, row);
    }
    Ok(users)
}
