//! Training jobs, in memory.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::state::{JobRow, TenantState};
use super::{MemoryTenant, count, missing};
use crate::error::Result;
use crate::traits::JobStore;
use crate::types::{Heartbeat, JobId, JobOutcome, JobProgress, JobStatus, TrainingJob, now};

#[async_trait]
impl JobStore for MemoryTenant {
    async fn enqueue(&self, algorithm: &str) -> Result<TrainingJob> {
        self.write("jobs.enqueue", |state| {
            let waiting = state
                .jobs
                .iter()
                .find(|row| row.job.status == JobStatus::Queued && row.job.algorithm == algorithm);
            if let Some(row) = waiting {
                return Ok(row.job.clone());
            }
            let row = JobRow::queued(algorithm);
            let job = row.job.clone();
            state.jobs.push(row);
            Ok(job)
        })
    }

    async fn begin(&self, algorithm: &str, owner: &str, lease: Duration) -> Result<TrainingJob> {
        self.write("jobs.begin", |state| {
            let mut row = JobRow::queued(algorithm);
            row.start(owner, lease);
            let job = row.job.clone();
            state.jobs.push(row);
            Ok(job)
        })
    }

    async fn claim(&self, owner: &str, lease: Duration) -> Result<Option<TrainingJob>> {
        self.write("jobs.claim", |state| {
            let now = now();
            let Some(row) = state.jobs.iter_mut().find(|row| row.is_claimable(now)) else {
                return Ok(None);
            };
            row.start(owner, lease);
            Ok(Some(row.job.clone()))
        })
    }

    async fn heartbeat(
        &self,
        job: JobId,
        owner: &str,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Heartbeat> {
        self.write("jobs.heartbeat", |state| {
            let Some(row) = held(state, job, owner) else {
                return Ok(Heartbeat::Lost);
            };
            row.lease_until = Some(now() + lease);
            row.job.progress = progress.progress;
            row.job.stage = progress.stage;
            Ok(if row.cancel_requested { Heartbeat::CancelRequested } else { Heartbeat::Continue })
        })
    }

    async fn release(&self, job: JobId, owner: &str) -> Result<bool> {
        self.write("jobs.release", |state| {
            let Some(row) = held(state, job, owner) else {
                return Ok(false);
            };
            row.owner = None;
            row.lease_until = None;
            row.job.status = JobStatus::Queued;
            row.job.started_at = None;
            row.job.progress = 0.0;
            row.job.stage = None;
            Ok(true)
        })
    }

    async fn finish(&self, job: JobId, owner: &str, outcome: JobOutcome) -> Result<bool> {
        self.write("jobs.finish", |state| {
            let Some(row) = held(state, job, owner) else {
                return Ok(false);
            };
            row.owner = None;
            row.lease_until = None;
            row.job.status = outcome.status();
            row.job.finished_at = Some(now());
            row.job.stage = None;
            match outcome {
                JobOutcome::Cancelled => {}
                JobOutcome::Failed { error } => row.job.error = Some(error),
                JobOutcome::Succeeded { model_version, metrics } => {
                    row.job.progress = 1.0;
                    row.job.model_version = Some(model_version);
                    row.job.metrics = Some(metrics);
                }
            }
            Ok(true)
        })
    }

    async fn cancel(&self, job: JobId) -> Result<TrainingJob> {
        const OP: &str = "jobs.cancel";
        self.write(OP, |state| {
            let Some(row) = state.jobs.iter_mut().find(|row| row.job.id == job) else {
                return Err(missing(OP, format!("training job {job} does not exist")));
            };
            match row.job.status {
                JobStatus::Queued => {
                    row.job.status = JobStatus::Cancelled;
                    row.job.finished_at = Some(now());
                }
                JobStatus::Running => row.cancel_requested = true,
                JobStatus::Succeeded | JobStatus::Failed | JobStatus::Cancelled => {}
            }
            Ok(row.job.clone())
        })
    }

    async fn get(&self, job: JobId) -> Result<Option<TrainingJob>> {
        Ok(self.read(|state| {
            state.jobs.iter().find(|row| row.job.id == job).map(|row| row.job.clone())
        }))
    }

    async fn list(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        Ok(self.read(|state| {
            state.jobs.iter().rev().take(count(limit)).map(|row| row.job.clone()).collect()
        }))
    }
}

impl JobRow {
    fn queued(algorithm: &str) -> Self {
        let job = TrainingJob {
            id: JobId::generate(),
            algorithm: algorithm.to_owned(),
            status: JobStatus::Queued,
            progress: 0.0,
            stage: None,
            queued_at: now(),
            started_at: None,
            finished_at: None,
            error: None,
            model_version: None,
            metrics: None,
        };
        Self { job, owner: None, lease_until: None, cancel_requested: false }
    }

    fn start(&mut self, owner: &str, lease: Duration) {
        let now = now();
        self.owner = Some(owner.to_owned());
        self.lease_until = Some(now + lease);
        self.job.status = JobStatus::Running;
        self.job.started_at = Some(now);
        self.job.progress = 0.0;
        self.job.stage = None;
    }

    pub(super) fn is_claimable(&self, now: DateTime<Utc>) -> bool {
        match self.job.status {
            JobStatus::Queued => true,
            JobStatus::Running => self.lease_until.is_none_or(|until| until <= now),
            JobStatus::Succeeded | JobStatus::Failed | JobStatus::Cancelled => false,
        }
    }
}

pub(super) fn held<'a>(
    state: &'a mut TenantState,
    job: JobId,
    owner: &str,
) -> Option<&'a mut JobRow> {
    state.jobs.iter_mut().find(|row| {
        row.job.id == job
            && row.job.status == JobStatus::Running
            && row.owner.as_deref() == Some(owner)
    })
}
