//! `recsys train`.

use std::sync::Arc;

use anyhow::bail;
use recsys_server::storage::Place;
use recsys_store::types::{JobStatus, TrainingJob};
use recsys_store::{TenantEngine, engine::TrainingProgress};
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::TrainArgs;
use crate::terminal::{Output, Progress, Unit};

/// Length of the progress bar.
const FULL: u64 = 1_000;

pub(super) async fn run(place: &Place, args: TrainArgs, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open_shared(place, super::redis(&args.sharing)).await?;
    let tenant = workspace.tenant(&args.tenant).await?;
    let job = train(&tenant, &args.algorithm).await?;
    let domain = tenant.tenant().domain.clone();
    drop(tenant);
    workspace.close().await;
    output.result(&described(&job), || {
        format!("trained {} for {domain} in {:.1} s{}", job.algorithm, seconds(&job), metrics(&job))
    })?;
    Ok(())
}

/// Trains and shows how far it is.
pub(super) async fn train(tenant: &TenantEngine, algorithm: &str) -> anyhow::Result<TrainingJob> {
    let bar = Arc::new(Progress::new(Unit::Percent));
    let shown = Arc::clone(&bar);
    let trained = tenant
        .train(algorithm, move |progress: TrainingProgress| {
            let done = (progress.fraction * FULL as f64).round();
            shown.update(&progress.stage, done as u64, FULL);
        })
        .await;
    bar.finish();
    let job = trained?;
    match job.status {
        JobStatus::Succeeded => Ok(job),
        JobStatus::Failed | JobStatus::Cancelled | JobStatus::Queued | JobStatus::Running => {
            bail!(
                "training ended as {}{}",
                job.status,
                job.error.map(|e| format!(": {e}")).unwrap_or_default()
            )
        }
    }
}

fn seconds(job: &TrainingJob) -> f64 {
    let span = job.started_at.zip(job.finished_at);
    span.map_or(0.0, |(begun, ended)| (ended - begun).as_seconds_f64())
}

/// The numbers among the metrics, as far as they are not nested.
fn metrics(job: &TrainingJob) -> String {
    let Some(Value::Object(metrics)) = &job.metrics else { return String::new() };
    let number = |(name, value): (&String, &Value)| {
        let value = value.as_f64()?;
        let text = if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.4}") };
        Some(format!("{name} {text}"))
    };
    let numbers: Vec<String> = metrics.iter().filter_map(number).collect();
    if numbers.is_empty() { String::new() } else { format!("; {}", numbers.join(", ")) }
}

fn described(job: &TrainingJob) -> Value {
    json!({
        "id": job.id,
        "algorithm": job.algorithm,
        "status": job.status.name(),
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        "seconds": seconds(job),
        "modelVersion": job.model_version,
        "metrics": job.metrics,
    })
}
