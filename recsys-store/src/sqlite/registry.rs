//! The registry of models: which versions there are, and which is current.

use std::num::NonZeroU32;

use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::bulk::advance;
use super::error::{failed, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::sql::{self, model_columns, signed};
use crate::types::{Claim, ModelVersion, TenantId, now};

/// Fails with `LeaseLost` unless the job is held as claimed.
pub(super) async fn require_claim(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    claim: &Claim,
) -> Result<()> {
    let sql = "SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?2 AND status = 'running' \
               AND owner = ?3";
    let held: Option<i64> = sqlx::query_scalar(sql)
        .bind(tenant.0)
        .bind(claim.job.0)
        .bind(&claim.owner)
        .fetch_optional(connection)
        .await
        .map_err(failed(op))?;
    held.map(drop).ok_or_else(|| StoreError::new(Backend::Sqlite, op, StoreErrorKind::LeaseLost))
}

/// Adds `version`, whose file has this digest, makes it current, and returns it with the versions that are no
/// longer kept.
pub(super) async fn register(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
    digest: &[u8],
    kept: NonZeroU32,
) -> Result<(ModelVersion, Vec<Uuid>)> {
    advance(connection, op, tenant, 0, 0).await?; // the tenant must exist
    insert(connection, op, tenant, version, false, digest).await?;
    let version = activate(connection, op, tenant, version).await?;
    let dropped = sqlx::query_scalar(
        "DELETE FROM models WHERE tenant_id = ?1 AND id IN (SELECT id FROM models \
         WHERE tenant_id = ?1 AND algorithm = ?2 ORDER BY is_current DESC, \
         coalesce(activated_at, created_at) DESC, id DESC LIMIT -1 OFFSET ?3) RETURNING id",
    )
    .bind(tenant.0)
    .bind(&version.algorithm)
    .bind(kept.get())
    .fetch_all(connection)
    .await
    .map_err(failed(op))?;
    Ok((version, dropped))
}

/// Adds a version as it is.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
    is_current: bool,
    digest: &[u8],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO models (tenant_id, id, algorithm, created_at, bytes, watermark, metrics, \
         activated_at, is_current, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(tenant.0)
    .bind(version.id)
    .bind(&version.algorithm)
    .bind(version.created_at.timestamp_millis())
    .bind(signed(version.bytes))
    .bind(signed(version.watermark))
    .bind(version.metrics.to_string())
    .bind(version.activated_at.timestamp_millis())
    .bind(is_current)
    .bind(digest)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

/// Makes a kept version current unless it is.
pub(super) async fn switch_to(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
) -> Result<ModelVersion> {
    let sql = concat!(
        "SELECT ",
        model_columns!(),
        ", is_current FROM models WHERE tenant_id = ?1 AND id = ?2"
    );
    let row = sqlx::query(sql)
        .bind(tenant.0)
        .bind(version)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed(op))?;
    let row = row.ok_or_else(|| missing(op, format!("model {version} does not exist")))?;
    let found = sql::model(&row).map_err(failed(op))?;
    if sqlx::Row::try_get(&row, 7).map_err(failed(op))? {
        return Ok(found);
    }
    activate(connection, op, tenant, &found).await
}

/// Makes a version current in place of the one that is. Its time is later than that of all others, whatever the
/// clock says.
async fn activate(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
) -> Result<ModelVersion> {
    let sql = "UPDATE models SET is_current = 0 WHERE tenant_id = ?1 AND algorithm = ?2 \
               AND is_current";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(&version.algorithm)
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    let sql = concat!(
        "UPDATE models SET is_current = 1, activated_at = max(?4, coalesce((SELECT \
         max(coalesce(o.activated_at, o.created_at)) + 1 FROM models AS o WHERE o.tenant_id = ?1 \
         AND o.algorithm = ?3 AND o.id <> ?2), 0)) WHERE tenant_id = ?1 AND id = ?2 RETURNING ",
        model_columns!()
    );
    let row = sqlx::query(sql)
        .bind(tenant.0)
        .bind(version.id)
        .bind(&version.algorithm)
        .bind(now().timestamp_millis())
        .fetch_one(connection)
        .await
        .map_err(failed(op))?;
    sql::model(&row).map_err(failed(op))
}
