//! Published models: files in parts and a registry, both in the database.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::PostgresTenant;
use super::bulk::{require_tenant, storable};
use super::database::queue_up;
use super::error::{corrupt, failed, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::MODELS_KEPT;
use crate::sql::{self, model_columns, signed};
use crate::traits::ModelStore;
use crate::types::{Claim, ModelVersion, NewModel, TenantId, now};

/// Length of a part of a file.
const PART: usize = 4 << 20;

#[async_trait]
impl ModelStore for PostgresTenant {
    async fn publish(&self, model: NewModel, file: Bytes) -> Result<ModelVersion> {
        const OP: &str = "models.publish";
        let claim = model.claim;
        let version = ModelVersion {
            id: Uuid::now_v7(),
            algorithm: model.algorithm,
            created_at: now(),
            bytes: file.len() as u64,
            watermark: model.watermark,
            metrics: model.metrics,
        };
        let tenant = self.id;
        // One transaction, so that no part is left without its model; other writes of the tenant do not
        // wait while the file travels.
        let input = (version.clone(), file, claim);
        self.write(OP, input, move |connection, (version, file, claim)| {
            Box::pin(async move {
                require_tenant(connection, OP, tenant).await?;
                store(connection, OP, tenant, version.id, file).await?;
                queue_up(connection, OP, tenant).await?;
                if let Some(claim) = claim {
                    require_claim(connection, OP, tenant, claim).await?;
                }
                register(connection, OP, tenant, version).await
            })
        })
        .await?;
        Ok(version)
    }

    async fn current(&self, algorithm: &str) -> Result<Option<ModelVersion>> {
        const OP: &str = "models.current";
        if !storable(algorithm) {
            return Ok(None);
        }
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = $1 AND algorithm = $2 AND is_current"
        );
        self.read(OP, algorithm.to_owned(), move |connection, algorithm| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(algorithm)
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                row.as_ref().map(sql::model).transpose().map_err(failed(OP))
            })
        })
        .await
    }

    async fn current_all(&self) -> Result<Vec<ModelVersion>> {
        const OP: &str = "models.current_all";
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = $1 AND is_current ORDER BY algorithm COLLATE \"C\""
        );
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::model).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }

    async fn fetch(&self, version: Uuid) -> Result<Bytes> {
        const OP: &str = "models.fetch";
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let sql = "SELECT bytes FROM models WHERE tenant_id = $1 AND id = $2";
                let size: Option<i64> = sqlx::query_scalar(sql)
                    .bind(tenant.0)
                    .bind(version)
                    .fetch_optional(&mut *connection)
                    .await
                    .map_err(failed(OP))?;
                let absent = || missing(OP, format!("model {version} does not exist"));
                let size = size.ok_or_else(absent)?.unsigned_abs();
                load(connection, OP, tenant, version, size).await
            })
        })
        .await
    }

    async fn versions(&self, algorithm: &str) -> Result<Vec<ModelVersion>> {
        const OP: &str = "models.versions";
        if !storable(algorithm) {
            return Ok(Vec::new());
        }
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = $1 AND algorithm = $2 ORDER BY created_at DESC, id DESC"
        );
        self.read(OP, algorithm.to_owned(), move |connection, algorithm| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(algorithm)
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::model).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }
}

/// Fails with `LeaseLost` unless the job is held as claimed, which it then is until the transaction ends.
async fn require_claim(
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

async fn store(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
    file: &Bytes,
) -> Result<()> {
    for (part, bytes) in (0_i32..).zip(file.chunks(PART)) {
        let sql = "INSERT INTO model_parts (tenant_id, model_id, part, bytes) \
                   VALUES ($1, $2, $3, $4)";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(version)
            .bind(part)
            .bind(bytes)
            .execute(&mut *connection)
            .await
            .map_err(failed(op))?;
    }
    Ok(())
}

/// Reads the parts one after another. A version that is replaced meanwhile may lose them.
async fn load(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: Uuid,
    size: u64,
) -> Result<Bytes> {
    let mut file = BytesMut::new();
    for part in 0_i32.. {
        let sql = "SELECT bytes FROM model_parts \
                   WHERE tenant_id = $1 AND model_id = $2 AND part = $3";
        let bytes: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(tenant.0)
            .bind(version)
            .bind(part)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed(op))?;
        match bytes {
            Some(bytes) => file.extend_from_slice(&bytes),
            None => break,
        }
    }
    if file.len() as u64 != size {
        let found = file.len();
        return Err(corrupt(op, format!("model {version} has {found} bytes, expected {size}")));
    }
    Ok(file.freeze())
}

/// Makes `version` current and removes the versions that are no longer kept.
async fn register(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
) -> Result<()> {
    let sql = "UPDATE models SET is_current = false WHERE tenant_id = $1 AND algorithm = $2 \
               AND is_current";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(&version.algorithm)
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    sqlx::query(
        "INSERT INTO models (tenant_id, id, algorithm, created_at, bytes, watermark, metrics, \
         is_current) VALUES ($1, $2, $3, $4, $5, $6, $7::text::json, true)",
    )
    .bind(tenant.0)
    .bind(version.id)
    .bind(&version.algorithm)
    .bind(version.created_at)
    .bind(signed(version.bytes))
    .bind(signed(version.watermark))
    .bind(version.metrics.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed(op))?;
    sqlx::query(
        "DELETE FROM models WHERE tenant_id = $1 AND id IN (SELECT id FROM models \
         WHERE tenant_id = $1 AND algorithm = $2 ORDER BY is_current DESC, created_at DESC, \
         id DESC OFFSET $3)",
    )
    .bind(tenant.0)
    .bind(&version.algorithm)
    .bind(signed(MODELS_KEPT as u64))
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}
