//! Refresh-token sessions, in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::SqliteTenant;
use super::bulk::require_users;
use super::error::{failed, taken};
use crate::error::Result;
use crate::traits::SessionStore;
use crate::types::{NewSession, NextSession, Rotation, TenantId, TokenDigest, UserId, now};

#[async_trait]
impl SessionStore for SqliteTenant {
    async fn insert(&self, session: NewSession) -> Result<()> {
        const OP: &str = "sessions.insert";
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    require_users(connection, OP, tenant, std::iter::once(session.user_id)).await?;
                    sqlx::query("DELETE FROM sessions WHERE tenant_id = ?1 AND expires_at <= ?2")
                        .bind(tenant.0)
                        .bind(now().timestamp_millis())
                        .execute(&mut *connection)
                        .await
                        .map_err(failed(OP))?;
                    insert(connection, OP, tenant, &session).await
                })
            })
            .await
    }

    async fn rotate(&self, digest: &TokenDigest, next: NextSession) -> Result<Rotation> {
        const OP: &str = "sessions.rotate";
        let (tenant, digest) = (self.id, *digest);
        self.database
            .write(OP, move |connection| {
                Box::pin(async move { rotate(connection, OP, tenant, digest, next).await })
            })
            .await
    }

    async fn revoke(&self, digest: &TokenDigest) -> Result<bool> {
        const OP: &str = "sessions.revoke";
        let (tenant, digest) = (self.id, *digest);
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let sql = "DELETE FROM sessions WHERE tenant_id = ?1 AND family = \
                               (SELECT family FROM sessions WHERE tenant_id = ?1 AND digest = ?2)";
                    let deleted = sqlx::query(sql)
                        .bind(tenant.0)
                        .bind(digest.0.as_slice())
                        .execute(connection)
                        .await
                        .map_err(failed(OP))?;
                    Ok(deleted.rows_affected() > 0)
                })
            })
            .await
    }
}

async fn rotate(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    digest: TokenDigest,
    next: NextSession,
) -> Result<Rotation> {
    let sql = "SELECT family, user_id, used, expires_at FROM sessions \
               WHERE tenant_id = ?1 AND digest = ?2";
    let row: Option<(Uuid, Uuid, bool, i64)> = sqlx::query_as(sql)
        .bind(tenant.0)
        .bind(digest.0.as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed(op))?;
    let Some((family, user, used, expires_at)) = row else {
        return Ok(Rotation::Unknown);
    };
    if used {
        sqlx::query("DELETE FROM sessions WHERE tenant_id = ?1 AND family = ?2")
            .bind(tenant.0)
            .bind(family)
            .execute(connection)
            .await
            .map_err(failed(op))?;
        return Ok(Rotation::Reused);
    }
    if expires_at <= now().timestamp_millis() {
        return Ok(Rotation::Unknown);
    }
    sqlx::query("UPDATE sessions SET used = 1 WHERE tenant_id = ?1 AND digest = ?2")
        .bind(tenant.0)
        .bind(digest.0.as_slice())
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    let user_id = UserId(user);
    let NextSession { digest, expires_at } = next;
    insert(connection, op, tenant, &NewSession { digest, family, user_id, expires_at }).await?;
    Ok(Rotation::Rotated { user_id, family })
}

async fn insert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    session: &NewSession,
) -> Result<()> {
    let sql = "INSERT INTO sessions (tenant_id, digest, family, user_id, expires_at, used) \
               VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT DO NOTHING";
    let inserted = sqlx::query(sql)
        .bind(tenant.0)
        .bind(session.digest.0.as_slice())
        .bind(session.family)
        .bind(session.user_id.0)
        .bind(session.expires_at.timestamp_millis())
        .execute(connection)
        .await
        .map_err(failed(op))?;
    if inserted.rows_affected() == 0 {
        return Err(taken(op, "the refresh token is known".to_owned()));
    }
    Ok(())
}
