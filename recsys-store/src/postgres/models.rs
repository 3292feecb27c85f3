//! Published models: a registry in the database, files there as well or in an object store.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use super::bulk::{require_tenant, storable};
use super::database::queue_up;
use super::error::{corrupt, failed, missing};
use super::registry::{register, require_claim, switch_to};
use super::{PostgresTenant, model_parts};
use crate::error::{Backend, Result};
use crate::model_files::{ModelFiles, Seal, digest_of};
use crate::sql::{self, model_columns, shielded};
use crate::traits::ModelStore;
use crate::types::{Claim, ModelVersion, NewModel, now};

#[async_trait]
impl ModelStore for PostgresTenant {
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
        let digest = digest_of(OP, file.clone()).await?;
        let publication = Publication { version, digest, claim: model.claim };
        match self.database.models().cloned() {
            None => self.register(OP, publication, Some(file)).await.map(|(version, _)| version),
            Some(files) => {
                let tenant = Self { database: self.database.clone(), id: self.id };
                let publish = async move { tenant.publish_to(OP, &files, publication, file).await };
                shielded(Backend::Postgres, OP, publish).await
            }
        }
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
        let absent = || missing(OP, format!("model {version} does not exist"));
        let (seal, is_here) = self.seal(OP, version).await?.ok_or_else(absent)?;
        let file = match self.database.models() {
            _ if is_here => self.load(OP, version, &seal).await,
            Some(files) => files.get(OP, self.id, version, &seal).await,
            None => {
                let what = format!("the file of model {version} is not in the database");
                Err(corrupt(OP, what))
            }
        };
        match file {
            Ok(file) => Ok(file),
            // It may have made room since its row was read.
            Err(_) if self.seal(OP, version).await?.is_none() => Err(absent()),
            Err(error) => Err(error),
        }
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

    async fn switch_to(&self, version: Uuid) -> Result<ModelVersion> {
        const OP: &str = "models.switch_to";
        let tenant = self.id;
        self.write_in_turn(OP, (), move |connection, ()| {
            Box::pin(switch_to(connection, OP, tenant, version))
        })
        .await
    }
}

/// What is to be registered.
#[derive(Clone, Debug)]
struct Publication {
    version: ModelVersion,
    digest: Vec<u8>,
    claim: Option<Claim>,
}

impl PostgresTenant {
    /// Switches to a version in one transaction, which stores the file as well if it is to be in the database;
    /// other writes of the tenant do not wait while the file travels. Returns the versions that are no longer
    /// kept, too.
    async fn register(
        &self,
        op: &'static str,
        publication: Publication,
        file: Option<Bytes>,
    ) -> Result<(ModelVersion, Vec<Uuid>)> {
        let (tenant, kept) = (self.id, self.database.models_kept());
        let input = (publication, file);
        self.write(op, input, move |connection, (publication, file)| {
            Box::pin(async move {
                let Publication { version, digest, claim } = publication;
                require_tenant(connection, op, tenant).await?;
                if let Some(file) = file {
                    model_parts::store(connection, op, tenant, version.id, file).await?;
                }
                queue_up(connection, op, tenant).await?;
                if let Some(claim) = claim {
                    require_claim(connection, op, tenant, claim).await?;
                }
                register(connection, op, tenant, version, digest, kept).await
            })
        })
        .await
    }

    /// Publishes with the file outside of the database.
    async fn publish_to(
        &self,
        op: &'static str,
        files: &ModelFiles,
        publication: Publication,
        file: Bytes,
    ) -> Result<ModelVersion> {
        files.sweep(self.id, Box::pin(self.kept(op))).await;
        let version = publication.version.id;
        let register = self.register(op, publication, None);
        files.publish(op, self.id, version, &file, register).await
    }

    /// Returns the versions in the registry.
    async fn kept(&self, op: &'static str) -> Result<HashSet<Uuid>> {
        let tenant = self.id;
        self.read(op, (), move |connection, ()| {
            Box::pin(async move {
                let sql = "SELECT id FROM models WHERE tenant_id = $1";
                let ids = sqlx::query_scalar(sql).bind(tenant.0).fetch_all(connection).await;
                Ok(ids.map_err(failed(op))?.into_iter().collect())
            })
        })
        .await
    }

    /// Returns what the file of a version has to be and whether it is in the database; `None` for an unknown
    /// version.
    pub(super) async fn seal(
        &self,
        op: &'static str,
        version: Uuid,
    ) -> Result<Option<(Seal, bool)>> {
        let tenant = self.id;
        self.read(op, (), move |connection, ()| {
            Box::pin(async move {
                let row: Option<(i64, Option<Vec<u8>>, bool)> = sqlx::query_as(
                    "SELECT bytes, digest, bytes = 0 OR EXISTS (SELECT FROM model_parts \
                     WHERE tenant_id = $1 AND model_id = $2) FROM models \
                     WHERE tenant_id = $1 AND id = $2",
                )
                .bind(tenant.0)
                .bind(version)
                .fetch_optional(connection)
                .await
                .map_err(failed(op))?;
                let seal = |length: i64, digest| Seal::new(length.unsigned_abs(), digest);
                Ok(row.map(|(length, digest, is_here)| (seal(length, digest), is_here)))
            })
        })
        .await
    }

    /// Reads a file from the database.
    async fn load(&self, op: &'static str, version: Uuid, seal: &Seal) -> Result<Bytes> {
        let tenant = self.id;
        let load = self.read(op, (), move |connection, ()| {
            Box::pin(model_parts::load(connection, op, tenant, version))
        });
        seal.check(op, version, load.await?).await
    }
}
