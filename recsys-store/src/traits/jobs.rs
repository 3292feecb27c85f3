//! Training jobs.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{Heartbeat, JobId, JobOutcome, JobProgress, TrainingJob};

/// The training jobs of one tenant. A worker holds a job by a lease, so that exactly one of many
/// workers runs it and a dead worker's job is taken over.
#[async_trait]
pub trait JobStore: Debug + Send + Sync {
    /// Queues a job. A queued job for the same algorithm that nobody has begun is returned instead.
    async fn enqueue(&self, algorithm: &str) -> Result<TrainingJob>;

    /// Creates a job that `owner` runs at once, for `lease`; other workers do not see it unless the
    /// lease runs out.
    async fn begin(&self, algorithm: &str, owner: &str, lease: Duration) -> Result<TrainingJob>;

    /// Takes the oldest job that is queued or whose lease has run out, for `lease`. Of concurrent
    /// callers one gets it.
    async fn claim(&self, owner: &str, lease: Duration) -> Result<Option<TrainingJob>>;

    /// Renews the lease and stores how far the job is.
    async fn heartbeat(
        &self,
        job: JobId,
        owner: &str,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Heartbeat>;

    /// Gives a job that `owner` holds back to the queue. False as for [`Self::finish`].
    async fn release(&self, job: JobId, owner: &str) -> Result<bool>;

    /// Ends a job that `owner` holds. False if another worker has it or it has ended: nothing is
    /// changed then.
    async fn finish(&self, job: JobId, owner: &str, outcome: JobOutcome) -> Result<bool>;

    /// Cancels a queued job, or asks the worker of a running one to stop. A finished job is returned
    /// as it is. `NotFound`.
    async fn cancel(&self, job: JobId) -> Result<TrainingJob>;

    /// Finds a job.
    async fn get(&self, job: JobId) -> Result<Option<TrainingJob>>;

    /// Lists jobs, newest first.
    async fn list(&self, limit: u32) -> Result<Vec<TrainingJob>>;
}
