//! The registry of models: which versions there are, and which is current.

use std::num::NonZeroU32;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::{failed, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::sql::{self, model_columns, signed};
use crate::types::{Claim, ModelVersion, TenantId, now};

/// Fails with `LeaseLost` unless the job is held as claimed, which it then is until the transaction ends.
pub(super) async fn require_claim(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    claim: &Claim,
) -> Result<()> {
    let sql = "SELECT true FROM jobs WHERE tenant_id = $1 AND id = $2 AND status = 'running' \
               AND owner = $3 FOR UPDATE";
    let held: Option<bool> = sqlx::query_scalar(sql)
        .bind(tenant.0)
        .bind(claim.job.0)
        .bind(&claim.owner)
        .fetch_optional(connection)
        .await
        .map_err(failed(op))?;
    held.map(drop).ok_or_else(|| StoreError::new(Backend::Postgres, op, StoreErrorKind::LeaseLost))
}

/// Adds `version`, whose file has this digest, makes it current, and returns it with the versions that are no
/// longer kept.
pub(super) async fn register(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
    digest: &[u8],
    kept: NonZeroU32,
) -> Result<(ModelVersion, Vec<Uuid>)> {
    insert(connection, op, tenant, version, false, digest).await?;
    let version = activate(connection, op, tenant, version).await?;
    let dropped = sqlx::query_scalar(
        "DELETE FROM models WHERE tenant_id = $1 AND id IN (SELECT id FROM models \
         WHERE tenant_id = $1 AND algorithm = $2 ORDER BY is_current DESC, \
         coalesce(activated_at, created_at) DESC, id DESC OFFSET $3) RETURNING id",
    )
    .bind(tenant.0)
    .bind(&version.algorithm)
    .bind(i64::from(kept.get()))
    .fetch_all(connection)
    .await
    .map_err(failed(op))?;
    Ok((version, dropped))
}

/// Adds a version as it is.
pub(super) async fn insert(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
    is_current: bool,
    digest: &[u8],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO models (tenant_id, id, algorithm, created_at, bytes, watermark, metrics, \
         activated_at, is_current, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7::text::json, $8, $9, $10)",
    )
    .bind(tenant.0)
    .bind(version.id)
    .bind(&version.algorithm)
    .bind(version.created_at)
    .bind(signed(version.bytes))
    .bind(signed(version.watermark))
    .bind(version.metrics.to_string())
    .bind(version.activated_at)
    .bind(is_current)
    .bind(digest)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

/// Makes a kept version current unless it is.
pub(super) async fn switch_to(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
) -> Result<ModelVersion> {
    let sql = concat!(
        "SELECT ",
        model_columns!(),
        ", is_current FROM models WHERE tenant_id = $1 AND id = $2"
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
) -> Result<ModelVersion> {
    let sql = "UPDATE models SET is_current = false WHERE tenant_id = $1 AND algorithm = $2 \
               AND is_current";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(&version.algorithm)
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    let sql = concat!(
        "UPDATE models SET is_current = true, activated_at = greatest($4, (SELECT \
         max(coalesce(o.activated_at, o.created_at)) + interval '1 millisecond' FROM models AS o \
         WHERE o.tenant_id = $1 AND o.algorithm = $3 AND o.id <> $2)) \
         WHERE tenant_id = $1 AND id = $2 RETURNING ",
        model_columns!()
    );
    let row = sqlx::query(sql)
        .bind(tenant.0)
        .bind(version.id)
        .bind(&version.algorithm)
        .bind(now())
        .fetch_one(connection)
        .await
        .map_err(failed(op))?;
    sql::model(&row).map_err(failed(op))
}
