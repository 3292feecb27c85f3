//! Published models: files beside the database, a registry in it.

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::SqliteTenant;
use super::bulk::advance;
use super::error::{corrupt, failed, file_failed, missing};
use super::files;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::MODELS_KEPT;
use crate::sql::{self, model_columns, shielded, signed};
use crate::traits::ModelStore;
use crate::types::{Claim, ModelVersion, NewModel, TenantId, now};

#[async_trait]
impl ModelStore for SqliteTenant {
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
        let (database, tenant) = (self.database.clone(), self.id);
        shielded(Backend::Sqlite, OP, async move {
            let path = files::path(database.models(), tenant, version.id);
            let target = path.clone();
            blocking(OP, move || {
                crate::files::write(&target, &file).map_err(file_failed(OP, &target))
            })
            .await?;
            let row = version.clone();
            let registered = database
                .write(OP, move |connection| {
                    Box::pin(async move {
                        if let Some(claim) = &claim {
                            require_claim(connection, OP, tenant, claim).await?;
                        }
                        register(connection, OP, tenant, &row).await
                    })
                })
                .await;
            let surplus = match registered {
                Ok(surplus) => surplus,
                Err(error) => {
                    remove(&path).await;
                    return Err(error);
                }
            };
            for id in surplus {
                remove(&files::path(database.models(), tenant, id)).await;
            }
            Ok(version)
        })
        .await
    }

    async fn current(&self, algorithm: &str) -> Result<Option<ModelVersion>> {
        const OP: &str = "models.current";
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = ?1 AND algorithm = ?2 AND is_current"
        );
        let row = sqlx::query(sql)
            .bind(self.id.0)
            .bind(algorithm)
            .fetch_optional(self.database.readers())
            .await
            .map_err(failed(OP))?;
        row.as_ref().map(sql::model).transpose().map_err(failed(OP))
    }

    async fn current_all(&self) -> Result<Vec<ModelVersion>> {
        const OP: &str = "models.current_all";
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = ?1 AND is_current ORDER BY algorithm"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        found.iter().map(sql::model).collect::<Result<_, _>>().map_err(failed(OP))
    }

    async fn fetch(&self, version: Uuid) -> Result<Bytes> {
        const OP: &str = "models.fetch";
        let sql = "SELECT bytes FROM models WHERE tenant_id = ?1 AND id = ?2";
        let size: Option<i64> = sqlx::query_scalar(sql)
            .bind(self.id.0)
            .bind(version)
            .fetch_optional(self.database.readers())
            .await
            .map_err(failed(OP))?;
        let size = size.ok_or_else(|| missing(OP, format!("model {version} does not exist")))?;
        let path = files::path(self.database.models(), self.id, version);
        let bytes = tokio::fs::read(&path).await.map_err(|error| {
            let what = format!("model file {} cannot be read", path.display());
            corrupt(OP, what).with_source(error)
        })?;
        if bytes.len() as u64 != size.unsigned_abs() {
            let (path, found) = (path.display(), bytes.len());
            let what = format!("model file {path} has {found} bytes, expected {size}");
            return Err(corrupt(OP, what));
        }
        Ok(bytes.into())
    }

    async fn versions(&self, algorithm: &str) -> Result<Vec<ModelVersion>> {
        const OP: &str = "models.versions";
        let sql = concat!(
            "SELECT ",
            model_columns!(),
            " FROM models WHERE tenant_id = ?1 AND algorithm = ?2 ORDER BY created_at DESC, id DESC"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(algorithm)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        found.iter().map(sql::model).collect::<Result<_, _>>().map_err(failed(OP))
    }
}

/// Fails with `LeaseLost` unless the job is held as claimed.
async fn require_claim(
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

/// Makes `version` current and returns the versions that are no longer kept.
async fn register(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    version: &ModelVersion,
) -> Result<Vec<Uuid>> {
    advance(connection, op, tenant, 0, 0).await?; // the tenant must exist
    let sql = "UPDATE models SET is_current = 0 WHERE tenant_id = ?1 AND algorithm = ?2 \
               AND is_current";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(&version.algorithm)
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    sqlx::query(
        "INSERT INTO models (tenant_id, id, algorithm, created_at, bytes, watermark, metrics, \
         is_current) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
    )
    .bind(tenant.0)
    .bind(version.id)
    .bind(&version.algorithm)
    .bind(version.created_at.timestamp_millis())
    .bind(signed(version.bytes))
    .bind(signed(version.watermark))
    .bind(version.metrics.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed(op))?;
    sqlx::query_scalar(
        "DELETE FROM models WHERE tenant_id = ?1 AND id IN (SELECT id FROM models \
         WHERE tenant_id = ?1 AND algorithm = ?2 ORDER BY is_current DESC, created_at DESC, \
         id DESC LIMIT -1 OFFSET ?3) RETURNING id",
    )
    .bind(tenant.0)
    .bind(&version.algorithm)
    .bind(signed(MODELS_KEPT as u64))
    .fetch_all(connection)
    .await
    .map_err(failed(op))
}

/// Removes a file that nothing refers to; a failure only costs space.
async fn remove(path: &std::path::Path) {
    if let Err(error) = tokio::fs::remove_file(path).await {
        tracing::warn!(path = %path.display(), %error, "could not remove a model file");
    }
}

async fn blocking<T: Send + 'static>(
    op: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(stopped) => {
            Err(StoreError::new(Backend::Sqlite, op, StoreErrorKind::Unavailable)
                .with_source(stopped))
        }
    }
}
