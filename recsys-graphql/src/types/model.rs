//! Algorithms, their models, and the jobs that train them.

use async_graphql::{Enum, SimpleObject};
use recsys_store::{engine, types};
use serde_json::Value;
use uuid::Uuid;

use super::DateTime;

/// An algorithm, and the tenant's model of it.
#[derive(SimpleObject)]
pub(crate) struct AlgorithmInfo {
    /// What to ask for.
    name: String,
    title: String,
    description: String,
    /// Whether a model can answer.
    trained: bool,
    model_version: Option<String>,
    trained_at: Option<DateTime>,
    /// Held-out metrics of the model.
    metrics: Option<Value>,
}

impl From<engine::AlgorithmStatus> for AlgorithmInfo {
    fn from(status: engine::AlgorithmStatus) -> Self {
        Self {
            name: status.name,
            title: status.title,
            description: status.description,
            trained: status.trained,
            model_version: status.model_version.map(|id| id.to_string()),
            trained_at: status.trained_at.map(DateTime),
            metrics: status.metrics,
        }
    }
}

/// Where a training stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum TrainingStatus {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// A model was published.
    Succeeded,
    /// No model was published; the job says why.
    Failed,
    /// Somebody asked to stop.
    Cancelled,
}

impl From<types::JobStatus> for TrainingStatus {
    fn from(status: types::JobStatus) -> Self {
        match status {
            types::JobStatus::Queued => Self::Queued,
            types::JobStatus::Running => Self::Running,
            types::JobStatus::Succeeded => Self::Succeeded,
            types::JobStatus::Failed => Self::Failed,
            types::JobStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// One training of one algorithm.
#[derive(SimpleObject)]
pub(crate) struct TrainingJob {
    id: Uuid,
    algorithm: String,
    status: TrainingStatus,
    /// 0 to 1.
    progress: f64,
    /// What the worker does now.
    stage: Option<String>,
    queued_at: DateTime,
    started_at: Option<DateTime>,
    finished_at: Option<DateTime>,
    /// Why it failed.
    error: Option<String>,
    /// The model it published.
    model_version: Option<String>,
    /// Held-out metrics of that model.
    metrics: Option<Value>,
}

impl From<types::TrainingJob> for TrainingJob {
    fn from(job: types::TrainingJob) -> Self {
        Self {
            id: job.id.0,
            algorithm: job.algorithm,
            status: job.status.into(),
            progress: job.progress,
            stage: job.stage,
            queued_at: DateTime(job.queued_at),
            started_at: job.started_at.map(DateTime),
            finished_at: job.finished_at.map(DateTime),
            error: job.error,
            model_version: job.model_version.map(|id| id.to_string()),
            metrics: job.metrics,
        }
    }
}
