//! Changing and erasing users, in SQLite: a tenant never loses its last administrator.

use sqlx::sqlite::SqliteConnection;

use super::bulk::advance;
use super::error::{failed, missing};
use super::users::find;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::LAST_ADMINISTRATOR;
use crate::sql::signed;
use crate::types::{Role, TenantId, User, UserId, UserPatch};

/// Takes what a user did off the counters of the items. Materialised, as in [`super::counters`].
const TAKE_OFF: &str = "WITH c AS MATERIALIZED (SELECT item_id AS id, sum(events) AS events, \
     sum(ratings) AS ratings, sum(points) AS points FROM ( \
     SELECT item_id, 1 AS events, 0 AS ratings, 0.0 AS points FROM interactions \
     WHERE tenant_id = ?1 AND user_id = ?2 UNION ALL \
     SELECT item_id, 0, 1, rating FROM ratings WHERE tenant_id = ?1 AND user_id = ?2) \
     GROUP BY item_id) \
     UPDATE items SET interaction_count = interaction_count - c.events, \
     rating_count = rating_count - c.ratings, rating_sum = rating_sum - c.points, \
     revision = ?3 FROM c WHERE items.tenant_id = ?1 AND items.id = c.id";

/// What goes with a user; the last statement is the user.
const ERASE: [&str; 4] = [
    "DELETE FROM sessions WHERE tenant_id = ?1 AND user_id = ?2",
    "DELETE FROM ratings WHERE tenant_id = ?1 AND user_id = ?2",
    "DELETE FROM interactions WHERE tenant_id = ?1 AND user_id = ?2",
    "DELETE FROM users WHERE tenant_id = ?1 AND id = ?2",
];

pub(super) async fn update(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    id: UserId,
    patch: UserPatch,
) -> Result<User> {
    let found = find(connection, op, tenant, &[id]).await?.remove(&id);
    let mut user = found.ok_or_else(|| missing(op, format!("user {id} does not exist")))?.user;
    let was_admin = user.role == Role::Admin;
    patch.apply(&mut user);
    if was_admin && user.role != Role::Admin {
        require_other_admin(connection, op, tenant, id).await?;
    }
    sqlx::query("UPDATE users SET role = ?3, preferences = ?4 WHERE tenant_id = ?1 AND id = ?2")
        .bind(tenant.0)
        .bind(id.0)
        .bind(user.role.name())
        .bind(user.preferences.as_ref().map(ToString::to_string))
        .execute(connection)
        .await
        .map_err(failed(op))?;
    Ok(user)
}

pub(super) async fn erase(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    id: UserId,
) -> Result<bool> {
    let Some(found) = find(connection, op, tenant, &[id]).await?.remove(&id) else {
        return Ok(false);
    };
    if found.user.role == Role::Admin && has_others(connection, op, tenant, id).await? {
        require_other_admin(connection, op, tenant, id).await?;
    }
    // The log moves on by an empty place, which tells those who follow it.
    let (_, revision) = advance(connection, op, tenant, 1, 1).await?;
    sqlx::query(TAKE_OFF)
        .bind(tenant.0)
        .bind(id.0)
        .bind(signed(revision))
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    for sql in ERASE {
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(id.0)
            .execute(&mut *connection)
            .await
            .map_err(failed(op))?;
    }
    Ok(true)
}

async fn has_others(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    id: UserId,
) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = ?1 AND id <> ?2)")
        .bind(tenant.0)
        .bind(id.0)
        .fetch_one(connection)
        .await
        .map_err(failed(op))
}

/// Fails unless somebody else administers the tenant as well.
async fn require_other_admin(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    id: UserId,
) -> Result<()> {
    let other: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = ?1 AND role = 'admin' AND id <> ?2)",
    )
    .bind(tenant.0)
    .bind(id.0)
    .fetch_one(connection)
    .await
    .map_err(failed(op))?;
    if other {
        return Ok(());
    }
    Err(StoreError::new(Backend::Sqlite, op, StoreErrorKind::LastAdministrator)
        .with_context(LAST_ADMINISTRATOR))
}
