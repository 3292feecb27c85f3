//! Trainings that nobody asks for: what tenants' policies say is due.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Engine, Result, TenantEngine};
use crate::types::{ModelVersion, Revisions, Tenant, TrainingJob, now};

/// How often to look for tenants whose policy asks for a training.
pub(super) const LOOK: Duration = Duration::from_secs(15);
/// After a training that failed or was cancelled, how long policies do not ask for another.
const RETRY: TimeDelta = TimeDelta::minutes(10);
/// Jobs among which the newest of an algorithm is looked for.
const RECENT_JOBS: u32 = 20;

/// Queues what the policies of all tenants ask for; returns how many trainings. One tenant's failure does not
/// keep the others from being looked at.
pub(super) async fn queue_due(engine: &Engine) -> Result<usize> {
    let mut queued = 0;
    for tenant in engine.storage().tenants().list().await? {
        let policy = &tenant.settings.training;
        let asks = policy.after_events.is_some() || policy.after_minutes.is_some();
        if !asks || !tenant.is_active {
            continue;
        }
        match engine.tenant(tenant.id).await {
            Ok(handle) => match queue_if_due(&handle, &tenant).await {
                Ok(begun) => queued += usize::from(begun),
                Err(error) => {
                    tracing::warn!(tenant = %tenant.id, %error, "cannot tell whether to train");
                }
            },
            Err(error) => tracing::debug!(tenant = %tenant.id, %error, "not looked at"),
        }
    }
    Ok(queued)
}

async fn queue_if_due(engine: &TenantEngine, tenant: &Tenant) -> Result<bool> {
    let algorithm = &tenant.settings.training.algorithm;
    let revisions = engine.shared.storage.tenants().revisions(tenant.id).await?;
    let current = engine.stores().models.current(algorithm).await?;
    if !is_due(tenant, &revisions, current.as_ref(), now()) {
        return Ok(false);
    }
    let jobs = engine.stores().jobs.list(RECENT_JOBS).await?;
    let newest = jobs.iter().find(|job| job.algorithm == *algorithm);
    if newest.is_some_and(|job| stands_in_the_way(job, now())) {
        return Ok(false);
    }
    engine.submit_training(algorithm).await?;
    Ok(true)
}

/// Tells whether the policy of a tenant asks for a training.
fn is_due(
    tenant: &Tenant,
    revisions: &Revisions,
    current: Option<&ModelVersion>,
    now: DateTime<Utc>,
) -> bool {
    let policy = &tenant.settings.training;
    let (seen, since) =
        current.map_or((0, tenant.created_at), |version| (version.watermark, version.created_at));
    let unseen = revisions.log.saturating_sub(seen);
    let enough = policy.after_events.is_some_and(|events| unseen >= events);
    let late = policy.after_minutes.is_some_and(|minutes| {
        unseen > 0 && now.signed_duration_since(since) >= TimeDelta::minutes(i64::from(minutes))
    });
    enough || late
}

/// Tells whether a job is under way, or ended badly not long ago.
fn stands_in_the_way(job: &TrainingJob, now: DateTime<Utc>) -> bool {
    match job.finished_at {
        None => true,
        Some(_) if job.model_version.is_some() => false,
        Some(ended) => now.signed_duration_since(ended) < RETRY,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use crate::types::{TenantId, TenantSettings, Tier, TrainingPolicy};

    fn tenant(after_events: Option<u64>, after_minutes: Option<u32>) -> Tenant {
        let training = TrainingPolicy { after_events, after_minutes, ..TrainingPolicy::default() };
        Tenant {
            id: TenantId::generate(),
            name: "Shop".into(),
            domain: "shop".into(),
            is_active: true,
            tier: Tier::Basic,
            settings: TenantSettings { training, ..TenantSettings::default() },
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn after(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn model(watermark: u64, minute: i64) -> ModelVersion {
        ModelVersion {
            id: Uuid::nil(),
            algorithm: "hybrid".into(),
            created_at: after(minute),
            bytes: 1,
            watermark,
            metrics: Value::Null,
        }
    }

    fn events(log: u64) -> Revisions {
        Revisions { log, ..Revisions::default() }
    }

    #[test]
    fn enough_new_events_ask_for_a_training() {
        let tenant = tenant(Some(100), None);
        assert!(!is_due(&tenant, &events(99), None, after(1_000)));
        assert!(is_due(&tenant, &events(100), None, after(0)));
        assert!(!is_due(&tenant, &events(199), Some(&model(100, 0)), after(1_000)));
        assert!(is_due(&tenant, &events(200), Some(&model(100, 0)), after(0)));
    }

    #[test]
    fn age_asks_for_a_training_if_there_is_something_new() {
        let tenant = tenant(None, Some(60));
        assert!(!is_due(&tenant, &events(0), None, after(1_000)));
        assert!(!is_due(&tenant, &events(1), None, after(59)));
        assert!(is_due(&tenant, &events(1), None, after(60)));
        assert!(!is_due(&tenant, &events(1), Some(&model(1, 0)), after(1_000)));
        assert!(!is_due(&tenant, &events(2), Some(&model(1, 50)), after(60)));
        assert!(is_due(&tenant, &events(2), Some(&model(1, 50)), after(110)));
    }

    #[test]
    fn a_policy_without_limits_asks_for_nothing() {
        assert!(!is_due(&tenant(None, None), &events(1_000_000), None, after(1_000_000)));
    }
}
