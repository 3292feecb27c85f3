//! Entries of the model registry.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::JobId;

/// A published model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelVersion {
    /// Identity of the version.
    pub id: Uuid,
    /// Which algorithm made it, for example `hybrid`.
    pub algorithm: String,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When it became the current version of its algorithm, for the last time: when it was published, unless
    /// somebody went back to it since.
    pub activated_at: DateTime<Utc>,
    /// Size of the model file.
    pub bytes: u64,
    /// [`Interaction::sequence`](super::Interaction::sequence) of the last event it was trained on.
    pub watermark: u64,
    /// Held-out metrics and facts about the training.
    pub metrics: Value,
}

/// What is known of a model before it is published.
#[derive(Clone, Debug, PartialEq)]
pub struct NewModel {
    /// Which algorithm made it.
    pub algorithm: String,
    /// Sequence of the last event it was trained on.
    pub watermark: u64,
    /// Held-out metrics and facts about the training.
    pub metrics: Value,
    /// The training job that made it, and who holds the job: only the holder may publish. `None` for a model
    /// that no job made.
    pub claim: Option<Claim>,
}

/// That a worker holds a training job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which job.
    pub job: JobId,
    /// The worker.
    pub owner: String,
}
