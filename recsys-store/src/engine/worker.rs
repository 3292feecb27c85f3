//! The task that runs queued trainings.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::jobs::Control;
use super::{Engine, Result, TenantEngine, policy};
use crate::types::TrainingJob;

/// How often to look for jobs that other processes queued or lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(engine: Engine, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = pin!(shutdown);
    let mut looked: Option<Instant> = None;
    loop {
        if looked.is_none_or(|looked| looked.elapsed() >= policy::LOOK) {
            if let Err(error) = policy::queue_due(&engine).await {
                tracing::warn!(%error, "could not look for trainings that are due");
            }
            looked = Some(Instant::now());
        }
        let job = match next(&engine).await {
            Ok(job) => job,
            Err(error) => {
                tracing::warn!(%error, "could not look for training jobs");
                None
            }
        };
        let Some((tenant, job)) = job else {
            tokio::select! {
                () = &mut shutdown => return,
                () = engine.shared().queued.notified() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
            continue;
        };
        let control = Control::default();
        let mut running = pin!(tenant.run_job(&job, &control));
        tokio::select! {
            outcome = &mut running => report(&job, &outcome),
            () = &mut shutdown => {
                // Once given back, what the training stores at its end is refused.
                control.cancel();
                let jobs = &tenant.stores().jobs;
                if let Err(error) = jobs.release(job.id, &engine.shared().owner).await {
                    tracing::warn!(job = %job.id, %error, "could not hand a training job back");
                }
                report(&job, &running.await);
                return;
            }
        }
    }
}

/// Takes the next job of any tenant.
async fn next(engine: &Engine) -> Result<Option<(TenantEngine, TrainingJob)>> {
    for id in engine.storage().tenants().with_claimable_jobs().await? {
        let Ok(tenant) = engine.tenant(id).await else {
            continue; // inactive: its jobs wait
        };
        let owner = &engine.shared().owner;
        if let Some(job) = tenant.stores().jobs.claim(owner, engine.shared().lease).await? {
            return Ok(Some((tenant, job)));
        }
    }
    Ok(None)
}

fn report(job: &TrainingJob, outcome: &Result<()>) {
    match outcome {
        Ok(()) => tracing::info!(job = %job.id, algorithm = job.algorithm, "training ended"),
        Err(error) => {
            tracing::warn!(job = %job.id, algorithm = job.algorithm, %error, "training failed");
        }
    }
}
