//! Refresh-token sessions, in PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::PostgresTenant;
use super::bulk::require;
use super::error::{failed, taken};
use crate::error::Result;
use crate::traits::SessionStore;
use crate::types::{NewSession, NextSession, Rotation, TenantId, TokenDigest, UserId, now};

#[async_trait]
impl SessionStore for PostgresTenant {
    async fn insert(&self, session: NewSession) -> Result<()> {
        const OP: &str = "sessions.insert";
        let tenant = self.id;
        self.write_in_turn(OP, session, move |connection, session| {
            Box::pin(async move {
                let users = std::iter::once(session.user_id);
                require(connection, OP, tenant, users, std::iter::empty()).await?;
                sqlx::query("DELETE FROM sessions WHERE tenant_id = $1 AND expires_at <= $2")
                    .bind(tenant.0)
                    .bind(now())
                    .execute(&mut *connection)
                    .await
                    .map_err(failed(OP))?;
                insert(connection, OP, tenant, session).await
            })
        })
        .await
    }

    async fn rotate(&self, digest: &TokenDigest, next: NextSession) -> Result<Rotation> {
        const OP: &str = "sessions.rotate";
        let (tenant, digest) = (self.id, *digest);
        self.write_in_turn(OP, next, move |connection, next| {
            Box::pin(rotate(connection, OP, tenant, digest, next.clone()))
        })
        .await
    }

    async fn revoke(&self, digest: &TokenDigest) -> Result<bool> {
        const OP: &str = "sessions.revoke";
        let (tenant, digest) = (self.id, *digest);
        self.write_in_turn(OP, (), move |connection, ()| {
            Box::pin(async move {
                let sql = "DELETE FROM sessions WHERE tenant_id = $1 AND family = \
                           (SELECT family FROM sessions WHERE tenant_id = $1 AND digest = $2)";
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    digest: TokenDigest,
    next: NextSession,
) -> Result<Rotation> {
    let sql = "SELECT family, user_id, used, expires_at FROM sessions \
               WHERE tenant_id = $1 AND digest = $2";
    let row: Option<(Uuid, Uuid, bool, DateTime<Utc>)> = sqlx::query_as(sql)
        .bind(tenant.0)
        .bind(digest.0.as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed(op))?;
    let Some((family, user, used, expires_at)) = row else {
        return Ok(Rotation::Unknown);
    };
    if used {
        sqlx::query("DELETE FROM sessions WHERE tenant_id = $1 AND family = $2")
            .bind(tenant.0)
            .bind(family)
            .execute(connection)
            .await
            .map_err(failed(op))?;
        return Ok(Rotation::Reused);
    }
    if expires_at <= now() {
        return Ok(Rotation::Unknown);
    }
    sqlx::query("UPDATE sessions SET used = true WHERE tenant_id = $1 AND digest = $2")
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    session: &NewSession,
) -> Result<()> {
    let sql = "INSERT INTO sessions (tenant_id, digest, family, user_id, expires_at, used) \
               VALUES ($1, $2, $3, $4, $5, false) ON CONFLICT DO NOTHING";
    let inserted = sqlx::query(sql)
        .bind(tenant.0)
        .bind(session.digest.0.as_slice())
        .bind(session.family)
        .bind(session.user_id.0)
        .bind(session.expires_at)
        .execute(connection)
        .await
        .map_err(failed(op))?;
    if inserted.rows_affected() == 0 {
        return Err(taken(op, "the refresh token is known".to_owned()));
    }
    Ok(())
}
