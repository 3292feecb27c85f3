//! Training jobs, in PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::PostgresTenant;
use super::bulk::require_tenant;
use super::error::{failed, missing};
use crate::error::Result;
use crate::sql::{self, job_columns};
use crate::traits::JobStore;
use crate::types::{Heartbeat, JobId, JobOutcome, JobProgress, TenantId, TrainingJob, now};

#[async_trait]
impl JobStore for PostgresTenant {
    async fn enqueue(&self, algorithm: &str) -> Result<TrainingJob> {
        const OP: &str = "jobs.enqueue";
        let tenant = self.id;
        self.write_in_turn(OP, algorithm.to_owned(), move |connection, algorithm| {
            Box::pin(enqueue(connection, OP, tenant, algorithm))
        })
        .await
    }

    async fn begin(&self, algorithm: &str, owner: &str, lease: Duration) -> Result<TrainingJob> {
        const OP: &str = "jobs.begin";
        let tenant = self.id;
        let input = (algorithm.to_owned(), owner.to_owned());
        self.write_in_turn(OP, input, move |connection, (algorithm, owner)| {
            Box::pin(async move {
                require_tenant(connection, OP, tenant).await?;
                let now = now();
                let sql = concat!(
                    "INSERT INTO jobs (tenant_id, id, algorithm, status, progress, queued_at, \
                     started_at, owner, lease_until) \
                     VALUES ($1, $2, $3, 'running', 0, $4, $4, $5, $6) RETURNING ",
                    job_columns!()
                );
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(JobId::generate().0)
                    .bind(algorithm)
                    .bind(now)
                    .bind(owner)
                    .bind(now + lease)
                    .fetch_one(connection)
                    .await
                    .map_err(failed(OP))?;
                sql::job(&row).map_err(failed(OP))
            })
        })
        .await
    }

    async fn claim(&self, owner: &str, lease: Duration) -> Result<Option<TrainingJob>> {
        const OP: &str = "jobs.claim";
        let tenant = self.id;
        // Who comes at the same time looks past the row that is being taken.
        let sql = concat!(
            "UPDATE jobs SET status = 'running', owner = $2, lease_until = $4, \
             started_at = $3, progress = 0, stage = NULL \
             WHERE tenant_id = $1 AND id = (SELECT id FROM jobs WHERE tenant_id = $1 \
             AND status IN ('queued', 'running') \
             AND (status = 'queued' OR lease_until <= $3) \
             ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ",
            job_columns!()
        );
        self.write(OP, owner.to_owned(), move |connection, owner| {
            Box::pin(async move {
                let now = now();
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(owner)
                    .bind(now)
                    .bind(now + lease)
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                row.as_ref().map(sql::job).transpose().map_err(failed(OP))
            })
        })
        .await
    }

    async fn heartbeat(
        &self,
        job: JobId,
        owner: &str,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Heartbeat> {
        const OP: &str = "jobs.heartbeat";
        let tenant = self.id;
        let sql = "UPDATE jobs SET lease_until = $4, progress = $5, stage = $6 \
                   WHERE tenant_id = $1 AND id = $2 AND status = 'running' \
                   AND owner = $3 RETURNING cancel_requested";
        self.write(OP, (owner.to_owned(), progress), move |connection, (owner, progress)| {
            Box::pin(async move {
                let cancel: Option<bool> = sqlx::query_scalar(sql)
                    .bind(tenant.0)
                    .bind(job.0)
                    .bind(owner)
                    .bind(now() + lease)
                    .bind(progress.progress)
                    .bind(progress.stage.as_deref())
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                Ok(match cancel {
                    None => Heartbeat::Lost,
                    Some(true) => Heartbeat::CancelRequested,
                    Some(false) => Heartbeat::Continue,
                })
            })
        })
        .await
    }

    async fn release(&self, job: JobId, owner: &str) -> Result<bool> {
        const OP: &str = "jobs.release";
        let tenant = self.id;
        let sql = "UPDATE jobs SET status = 'queued', owner = NULL, lease_until = NULL, \
                   started_at = NULL, progress = 0, stage = NULL \
                   WHERE tenant_id = $1 AND id = $2 AND status = 'running' AND owner = $3";
        self.write(OP, owner.to_owned(), move |connection, owner| {
            Box::pin(async move {
                let updated = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(job.0)
                    .bind(owner)
                    .execute(connection)
                    .await
                    .map_err(failed(OP))?;
                Ok(updated.rows_affected() > 0)
            })
        })
        .await
    }

    async fn finish(&self, job: JobId, owner: &str, outcome: JobOutcome) -> Result<bool> {
        const OP: &str = "jobs.finish";
        let tenant = self.id;
        self.write(OP, (owner.to_owned(), outcome), move |connection, (owner, outcome)| {
            Box::pin(finish(connection, OP, tenant, job, owner, outcome))
        })
        .await
    }

    async fn cancel(&self, job: JobId) -> Result<TrainingJob> {
        const OP: &str = "jobs.cancel";
        let tenant = self.id;
        // All right-hand sides see the row as it was.
        let sql = concat!(
            "UPDATE jobs SET cancel_requested = cancel_requested OR status = 'running', \
             finished_at = CASE status WHEN 'queued' THEN $3 ELSE finished_at END, \
             status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END \
             WHERE tenant_id = $1 AND id = $2 RETURNING ",
            job_columns!()
        );
        self.write(OP, (), move |connection, ()| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(job.0)
                    .bind(now())
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                let absent = || missing(OP, format!("training job {job} does not exist"));
                sql::job(&row.ok_or_else(absent)?).map_err(failed(OP))
            })
        })
        .await
    }

    async fn get(&self, job: JobId) -> Result<Option<TrainingJob>> {
        const OP: &str = "jobs.get";
        let tenant = self.id;
        let sql = concat!("SELECT ", job_columns!(), " FROM jobs WHERE tenant_id = $1 AND id = $2");
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(job.0)
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                row.as_ref().map(sql::job).transpose().map_err(failed(OP))
            })
        })
        .await
    }

    async fn list(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        const OP: &str = "jobs.list";
        let tenant = self.id;
        let sql = concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs WHERE tenant_id = $1 ORDER BY queued_at DESC, id DESC LIMIT $2"
        );
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(i64::from(limit))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::job).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }
}

async fn enqueue(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    algorithm: &str,
) -> Result<TrainingJob> {
    require_tenant(connection, op, tenant).await?;
    let sql = concat!(
        "SELECT ",
        job_columns!(),
        " FROM jobs WHERE tenant_id = $1 AND algorithm = $2 AND status = 'queued' \
         ORDER BY queued_at, id LIMIT 1"
    );
    let waiting = sqlx::query(sql)
        .bind(tenant.0)
        .bind(algorithm)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed(op))?;
    if let Some(row) = waiting {
        return sql::job(&row).map_err(failed(op));
    }
    let sql = concat!(
        "INSERT INTO jobs (tenant_id, id, algorithm, status, progress, queued_at) \
         VALUES ($1, $2, $3, 'queued', 0, $4) RETURNING ",
        job_columns!()
    );
    let row = sqlx::query(sql)
        .bind(tenant.0)
        .bind(JobId::generate().0)
        .bind(algorithm)
        .bind(now())
        .fetch_one(connection)
        .await
        .map_err(failed(op))?;
    sql::job(&row).map_err(failed(op))
}

async fn finish(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    job: JobId,
    owner: &str,
    outcome: &JobOutcome,
) -> Result<bool> {
    let (error, model, metrics): (Option<&str>, Option<Uuid>, Option<String>) = match outcome {
        JobOutcome::Cancelled => (None, None, None),
        JobOutcome::Failed { error } => (Some(error), None, None),
        JobOutcome::Succeeded { model_version, metrics } => {
            (None, Some(*model_version), Some(metrics.to_string()))
        }
    };
    let sql = "UPDATE jobs SET status = $4, finished_at = $5, error = $6, model_version = $7, \
               metrics = $8::text::json, stage = NULL, owner = NULL, lease_until = NULL, \
               progress = CASE $4 WHEN 'succeeded' THEN 1.0 ELSE progress END \
               WHERE tenant_id = $1 AND id = $2 AND status = 'running' AND owner = $3";
    let updated = sqlx::query(sql)
        .bind(tenant.0)
        .bind(job.0)
        .bind(owner)
        .bind(outcome.status().name())
        .bind(now())
        .bind(error)
        .bind(model)
        .bind(metrics)
        .execute(connection)
        .await
        .map_err(failed(op))?;
    Ok(updated.rows_affected() > 0)
}
