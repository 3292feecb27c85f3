//! Users, in PostgreSQL.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;

use super::PostgresTenant;
use super::bulk::{column, require_tenant, storable};
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
impl UserStore for PostgresTenant {
    async fn create(&self, new: NewUser) -> Result<User> {
        const OP: &str = "users.create";
        new.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, new, move |connection, new| {
            Box::pin(async move {
                require_tenant(connection, OP, tenant).await?;
                let mut user = user_row(tenant, new, now());
                refuse_taken(connection, OP, tenant, &user).await?;
                let has_admin: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT FROM users WHERE tenant_id = $1 AND role = 'admin')",
                )
                .bind(tenant.0)
                .fetch_one(&mut *connection)
                .await
                .map_err(failed(OP))?;
                if !has_admin {
                    user.role = Role::Admin;
                }
                let row = (user, new.password_hash.clone());
                insert(connection, OP, tenant, std::slice::from_ref(&row)).await?;
                Ok(row.0)
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
        self.write_in_turn(OP, users, move |connection, users| {
            Box::pin(async move {
                require_tenant(connection, OP, tenant).await?;
                upsert(connection, OP, tenant, users.clone()).await
            })
        })
        .await
    }

    async fn get_many(&self, ids: &[UserId]) -> Result<Vec<Option<User>>> {
        const OP: &str = "users.get_many";
        let tenant = self.id;
        self.read(OP, ids.to_vec(), move |connection, ids| {
            Box::pin(async move {
                let found = find(connection, OP, tenant, ids).await?;
                Ok(ids.iter().map(|id| found.get(id).map(|row| row.user.clone())).collect())
            })
        })
        .await
    }

    async fn update(&self, id: UserId, patch: UserPatch) -> Result<User> {
        const OP: &str = "users.update";
        patch.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, patch, move |connection, patch| {
            Box::pin(membership::update(connection, OP, tenant, id, patch.clone()))
        })
        .await
    }

    async fn delete(&self, id: UserId) -> Result<bool> {
        const OP: &str = "users.delete";
        let tenant = self.id;
        self.write_in_turn(OP, (), move |connection, ()| {
            Box::pin(membership::erase(connection, OP, tenant, id))
        })
        .await
    }

    async fn by_email(&self, email: &str) -> Result<Option<Credentials>> {
        const OP: &str = "users.by_email";
        if !storable(email) {
            return Ok(None);
        }
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS u WHERE u.tenant_id = $1 AND u.email = $2"
        );
        self.read(OP, canonical_email(email), move |connection, email| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(email)
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                row.as_ref().map(sql::credentials).transpose().map_err(failed(OP))
            })
        })
        .await
    }

    async fn count(&self) -> Result<u64> {
        const OP: &str = "users.count";
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let count: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM users WHERE tenant_id = $1")
                        .bind(tenant.0)
                        .fetch_one(connection)
                        .await
                        .map_err(failed(OP))?;
                Ok(count.unsigned_abs())
            })
        })
        .await
    }

    async fn list(&self, limit: u32, offset: u32) -> Result<Vec<User>> {
        const OP: &str = "users.list";
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS u WHERE u.tenant_id = $1 ORDER BY u.created_at, u.id LIMIT $2 OFFSET $3"
        );
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(i64::from(limit))
                    .bind(i64::from(offset))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::user).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }
}

async fn refuse_taken(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    user: &User,
) -> Result<()> {
    let sql = "SELECT email FROM users WHERE tenant_id = $1 AND (email = $2 OR id = $3) LIMIT 1";
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    users: Vec<NewUser>,
) -> Result<Vec<User>> {
    let ids = external_user_ids(tenant, &users);
    let former = find(connection, op, tenant, &ids).await?;
    let rows = merged_users(tenant, &former, users, now());
    // Emails may change hands within the batch: free those of all its users first.
    sqlx::query("UPDATE users SET email = id::text WHERE tenant_id = $1 AND id = ANY ($2)")
        .bind(tenant.0)
        .bind(column(&ids, |id| id.0))
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    refuse_emails(connection, op, tenant, &rows).await?;
    insert(connection, op, tenant, &rows).await?;
    Ok(rows.into_iter().map(|(user, _)| user).collect())
}

/// Fails with `AlreadyExists` if an email of the batch comes twice or belongs to somebody else.
async fn refuse_emails(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    rows: &[UserRow],
) -> Result<()> {
    let sql = "SELECT email FROM users WHERE tenant_id = $1 AND email = ANY ($2) LIMIT 1";
    let holder: Option<String> = sqlx::query_scalar(sql)
        .bind(tenant.0)
        .bind(column(rows, |(user, _)| user.email.as_str()))
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    users: &[UserRow],
) -> Result<()> {
    let preferences = |user: &User| user.preferences.as_ref().map(ToString::to_string);
    sqlx::query(
        "INSERT INTO users (tenant_id, id, email, username, role, password_hash, preferences, \
         external_id, created_at) \
         SELECT $1, id, email, username, role, password_hash, preferences::json, external_id, \
         created_at FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], \
         $7::text[], $8::text[], $9::timestamptz[]) AS new (id, email, username, role, \
         password_hash, preferences, external_id, created_at) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET email = excluded.email, \
         username = excluded.username, password_hash = excluded.password_hash",
    )
    .bind(tenant.0)
    .bind(column(users, |(user, _)| user.id.0))
    .bind(column(users, |(user, _)| user.email.as_str()))
    .bind(column(users, |(user, _)| user.username.as_str()))
    .bind(column(users, |(user, _)| user.role.name()))
    .bind(column(users, |(_, hash)| hash.as_deref()))
    .bind(column(users, |(user, _)| preferences(user)))
    .bind(column(users, |(user, _)| user.external_id.as_deref()))
    .bind(column(users, |(user, _)| user.created_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

pub(super) async fn find(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    ids: &[UserId],
) -> Result<HashMap<UserId, Credentials>> {
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users AS u WHERE u.tenant_id = $1 AND u.id = ANY ($2)"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(column(ids, |id| id.0))
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
