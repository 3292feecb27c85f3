//! Cases of training jobs.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{shop, tenant};
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{Heartbeat, JobId, JobOutcome, JobProgress, JobStatus};

const LONG: Duration = Duration::from_secs(3600);

fn halfway() -> JobProgress {
    JobProgress { progress: 0.5, stage: Some("sweeping".into()) }
}

/// Of many simultaneous workers one gets the job.
pub async fn a_job_is_claimed_by_exactly_one_worker(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let job = stores.jobs.enqueue("als").await.unwrap();
    assert_eq!(job.status, JobStatus::Queued);
    let owners: Vec<String> = (0..10).map(|index| format!("worker {index}")).collect();
    let claims = join_all(owners.iter().map(|owner| stores.jobs.claim(owner, LONG))).await;
    let claimed: Vec<_> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, claimed[0].status), (job.id, JobStatus::Running));
    assert!(claimed[0].started_at.is_some());
}

/// The job that waits longest goes first; lists go the other way.
pub async fn jobs_are_claimed_in_order(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let mut queued = Vec::new();
    for algorithm in ["als", "hybrid", "popularity"] {
        queued.push(stores.jobs.enqueue(algorithm).await.unwrap().id);
    }
    for expected in &queued {
        let claimed = stores.jobs.claim("worker", LONG).await.unwrap().unwrap();
        assert_eq!(claimed.id, *expected);
    }
    assert_eq!(stores.jobs.claim("worker", LONG).await.unwrap(), None);
    let listed: Vec<JobId> = stores.jobs.list(2).await.unwrap().iter().map(|job| job.id).collect();
    assert_eq!(listed, [queued[2], queued[1]]);
}

/// Asking again for what waits already gives the same job.
pub async fn a_waiting_job_is_not_queued_twice(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let first = stores.jobs.enqueue("als").await.unwrap();
    assert_eq!(stores.jobs.enqueue("als").await.unwrap(), first);
    stores.jobs.claim("worker", LONG).await.unwrap();
    assert_ne!(stores.jobs.enqueue("als").await.unwrap().id, first.id, "that one runs already");
}

/// A dead worker's job goes to another, and the dead one hears of it.
pub async fn an_expired_lease_is_taken_over(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let jobs = &stores.jobs;
    let job = jobs.enqueue("als").await.unwrap();
    jobs.claim("dead", Duration::ZERO).await.unwrap().unwrap();
    let taken = jobs.claim("alive", LONG).await.unwrap().unwrap();
    assert_eq!(taken.id, job.id);
    assert_eq!(jobs.heartbeat(job.id, "dead", LONG, halfway()).await.unwrap(), Heartbeat::Lost);
    assert!(!jobs.finish(job.id, "dead", JobOutcome::Cancelled).await.unwrap());
    assert_eq!(jobs.get(job.id).await.unwrap().unwrap(), taken);
    let alive = jobs.heartbeat(job.id, "alive", Duration::ZERO, halfway()).await.unwrap();
    assert_eq!(alive, Heartbeat::Continue);
    assert!(
        jobs.claim("third", LONG).await.unwrap().is_some(),
        "the renewed lease was of no length"
    );
}

/// A job given back is anybody's at once.
pub async fn a_released_job_waits_again(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let jobs = &stores.jobs;
    let job = jobs.enqueue("als").await.unwrap();
    jobs.claim("worker", LONG).await.unwrap().unwrap();
    assert!(!jobs.release(job.id, "stranger").await.unwrap());
    assert!(jobs.release(job.id, "worker").await.unwrap());
    assert_eq!(jobs.get(job.id).await.unwrap().unwrap(), job);
    assert!(!jobs.finish(job.id, "worker", JobOutcome::Cancelled).await.unwrap());
    assert!(jobs.claim("other", LONG).await.unwrap().is_some());
}

/// A job that is run on the spot is seen by others only when its lease runs out.
pub async fn a_begun_job_belongs_to_its_owner(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let jobs = &stores.jobs;
    let job = jobs.begin("als", "here", LONG).await.unwrap();
    assert_eq!(job.status, JobStatus::Running);
    assert_eq!(jobs.claim("worker", LONG).await.unwrap(), None);
    jobs.heartbeat(job.id, "here", Duration::ZERO, halfway()).await.unwrap();
    assert!(jobs.claim("worker", LONG).await.unwrap().is_some());
}

/// Progress, results and errors are kept with the job.
pub async fn progress_and_end_are_stored(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let jobs = &stores.jobs;
    let job = jobs.begin("als", "worker", LONG).await.unwrap();
    jobs.heartbeat(job.id, "worker", LONG, halfway()).await.unwrap();
    let running = jobs.get(job.id).await.unwrap().unwrap();
    assert_eq!(running.stage.as_deref(), Some("sweeping"));
    assert!((running.progress - 0.5).abs() < 1e-9);
    let (model_version, metrics) = (Uuid::now_v7(), json!({"ndcg": 0.5}));
    let outcome = JobOutcome::Succeeded { model_version, metrics: metrics.clone() };
    assert!(jobs.finish(job.id, "worker", outcome.clone()).await.unwrap());
    assert!(!jobs.finish(job.id, "worker", outcome).await.unwrap(), "it has ended");
    let ended = jobs.get(job.id).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.model_version), (JobStatus::Succeeded, Some(model_version)));
    assert_eq!((ended.metrics, ended.stage), (Some(metrics), None));
    assert!((ended.progress - 1.0).abs() < 1e-9);
    assert!(ended.finished_at.is_some());
    let failing = jobs.begin("als", "worker", LONG).await.unwrap();
    let outcome = JobOutcome::Failed { error: "no events".into() };
    jobs.finish(failing.id, "worker", outcome).await.unwrap();
    let ended = jobs.get(failing.id).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.error.as_deref()), (JobStatus::Failed, Some("no events")));
    assert_eq!(jobs.get(JobId::generate()).await.unwrap(), None);
}

/// A waiting job is cancelled at once, a running one hears of it, an ended one stays as it is.
pub async fn cancelling_depends_on_the_status(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let jobs = &stores.jobs;
    let waiting = jobs.enqueue("als").await.unwrap();
    let cancelled = jobs.cancel(waiting.id).await.unwrap();
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert!(cancelled.finished_at.is_some());
    assert_eq!(jobs.claim("worker", LONG).await.unwrap(), None);
    let running = jobs.begin("als", "worker", LONG).await.unwrap();
    assert_eq!(jobs.cancel(running.id).await.unwrap().status, JobStatus::Running);
    let beat = jobs.heartbeat(running.id, "worker", LONG, halfway()).await.unwrap();
    assert_eq!(beat, Heartbeat::CancelRequested);
    assert!(jobs.finish(running.id, "worker", JobOutcome::Cancelled).await.unwrap());
    let ended = jobs.get(running.id).await.unwrap().unwrap();
    assert_eq!(jobs.cancel(running.id).await.unwrap(), ended);
    let error = jobs.cancel(JobId::generate()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// Workers are told which tenants to look at.
pub async fn tenants_with_claimable_jobs_are_known(storage: &dyn Storage) {
    let (busy, _, _) = shop(storage, "busy", &[]).await;
    let (waiting, _, _) = shop(storage, "waiting", &[]).await;
    tenant(storage, "idle").await;
    busy.jobs.begin("als", "worker", LONG).await.unwrap();
    let job = waiting.jobs.enqueue("als").await.unwrap();
    assert_eq!(storage.tenants().with_claimable_jobs().await.unwrap(), [waiting.id]);
    waiting.jobs.claim("worker", LONG).await.unwrap();
    assert_eq!(storage.tenants().with_claimable_jobs().await.unwrap(), []);
    waiting.jobs.heartbeat(job.id, "worker", Duration::ZERO, halfway()).await.unwrap();
    assert_eq!(storage.tenants().with_claimable_jobs().await.unwrap(), [waiting.id]);
}
