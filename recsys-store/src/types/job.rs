//! Training jobs.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::JobId;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobStatus {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease (or held it and died).
    Running,
    /// A model was published.
    Succeeded,
    /// No model was published; the job says why.
    Failed,
    /// Somebody asked to stop.
    Cancelled,
}

impl JobStatus {
    /// Returns the name used in storage.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads a [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// Tells whether the job has ended, however it did.
    #[must_use]
    pub fn is_finished(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A training job as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingJob {
    /// Identity.
    pub id: JobId,
    /// What to train.
    pub algorithm: String,
    /// Where it stands.
    pub status: JobStatus,
    /// 0 to 1.
    pub progress: f64,
    /// What the worker does now.
    pub stage: Option<String>,
    /// When it was asked for.
    pub queued_at: DateTime<Utc>,
    /// When a worker (the last one) began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
    /// The model it published.
    pub model_version: Option<Uuid>,
    /// Held-out metrics of that model.
    pub metrics: Option<Value>,
}

/// How far a running job is.
#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    /// 0 to 1.
    pub progress: f64,
    /// What the worker does now.
    pub stage: Option<String>,
}

/// The answer to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    /// The lease is renewed; go on.
    Continue,
    /// The lease is renewed, and somebody asked to stop.
    CancelRequested,
    /// Another worker has the job, or it has ended: stop and publish nothing.
    Lost,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobOutcome {
    /// The worker stopped because it was asked to.
    Cancelled,
    /// The worker gave up.
    Failed {
        /// Why, in one sentence.
        error: String,
    },
    /// A model was published.
    Succeeded {
        /// Which.
        model_version: Uuid,
        /// Its held-out metrics.
        metrics: Value,
    },
}

impl JobOutcome {
    /// Returns the status that the job ends with.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        match self {
            Self::Cancelled => JobStatus::Cancelled,
            Self::Failed { .. } => JobStatus::Failed,
            Self::Succeeded { .. } => JobStatus::Succeeded,
        }
    }
}
