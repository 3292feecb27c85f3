//! Published models: files in a folder or an object store, a registry in the database.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use super::SqliteTenant;
use super::error::{failed, missing};
use super::registry::{register, require_claim, switch_to};
use crate::error::{Backend, Result};
use crate::model_files::{Seal, digest_of};
use crate::sql::{self, model_columns, shielded};
use crate::traits::ModelStore;
use crate::types::{ModelVersion, NewModel, now};

#[async_trait]
impl ModelStore for SqliteTenant {
    async fn publish(&self, model: NewModel, file: Bytes) -> Result<ModelVersion> {
        const OP: &str = "models.publish";
        let created_at = now();
        let version = ModelVersion {
            id: Uuid::now_v7(),
            algorithm: model.algorithm,
            created_at,
            activated_at: created_at,
            bytes: file.len() as u64,
            watermark: model.watermark,
            metrics: model.metrics,
        };
        let (database, tenant, claim) = (self.database.clone(), self.id, model.claim);
        shielded(Backend::Sqlite, OP, async move {
            let kept = sqlx::query_scalar("SELECT id FROM models WHERE tenant_id = ?1");
            let kept = async {
                let kept = kept.bind(tenant.0).fetch_all(database.readers()).await;
                Ok(HashSet::from_iter(kept.map_err(failed(OP))?))
            };
            database.models().sweep(tenant, Box::pin(kept)).await;
            let digest = digest_of(OP, file.clone()).await?;
            let (id, kept) = (version.id, database.models_kept());
            let register = database.write(OP, move |connection| {
                Box::pin(async move {
                    if let Some(claim) = &claim {
                        require_claim(connection, OP, tenant, claim).await?;
                    }
                    register(connection, OP, tenant, &version, &digest, kept).await
                })
            });
            database.models().publish(OP, tenant, id, &file, register).await
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
        let absent = || missing(OP, format!("model {version} does not exist"));
        let seal = self.seal(OP, version).await?.ok_or_else(absent)?;
        match self.database.models().get(OP, self.id, version, &seal).await {
            Ok(file) => Ok(file),
            // It may have made room since its row was read.
            Err(_) if self.seal(OP, version).await?.is_none() => Err(absent()),
            Err(error) => Err(error),
        }
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

    async fn switch_to(&self, version: Uuid) -> Result<ModelVersion> {
        const OP: &str = "models.switch_to";
        let tenant = self.id;
        self.database
            .write(OP, move |connection| Box::pin(switch_to(connection, OP, tenant, version)))
            .await
    }
}

impl SqliteTenant {
    /// Returns what the file of a version has to be; `None` for an unknown version.
    pub(super) async fn seal(&self, op: &'static str, version: Uuid) -> Result<Option<Seal>> {
        let sql = "SELECT bytes, digest FROM models WHERE tenant_id = ?1 AND id = ?2";
        let row: Option<(i64, Option<Vec<u8>>)> = sqlx::query_as(sql)
            .bind(self.id.0)
            .bind(version)
            .fetch_optional(self.database.readers())
            .await
            .map_err(failed(op))?;
        Ok(row.map(|(length, digest)| Seal::new(length.unsigned_abs(), digest)))
    }
}
