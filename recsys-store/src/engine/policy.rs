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
    // The last that was trained, also if somebody went back to an older one since: who did that did not ask
    // for the same training again.
    let versions = engine.stores().models.versions(algorithm).await?;
    if !is_due(tenant, &revisions, versions.first(), now()) {
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
    newest: Option<&ModelVersion>,
    now: DateTime<Utc>,
) -> bool {
    let policy = &tenant.settings.training;
    let (seen, since) =
        newest.map_or((0, tenant.created_at), |version| (version.watermark, version.created_at));
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
    use std::sync::Arc;

    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use crate::types::{
        NewInteraction, NewItem, NewTenant, NewUser, Role, TenantId, TenantPatch, TenantSettings,
        Tier, TrainingPolicy,
    };
    use crate::{MemoryStorage, Storage as _};

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
            activated_at: after(minute),
            bytes: 1,
            watermark,
            metrics: Value::Null,
        }
    }

    fn events(log: u64) -> Revisions {
        Revisions { log, ..Revisions::default() }
    }

    #[tokio::test]
    async fn going_back_to_an_older_model_asks_for_no_training() {
        let storage = Arc::new(MemoryStorage::new());
        let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
        let id = storage.tenants().create(new).await.unwrap().id;
        let settings = tenant(Some(2), None).settings;
        storage.tenants().update(id, TenantPatch::of_settings(settings)).await.unwrap();
        let engine = Engine::builder(storage).training_threads(1).build().unwrap();
        let shop = engine.tenant(id).await.unwrap();
        let user = NewUser {
            email: "ann@example.com".into(),
            username: "Ann".into(),
            password_hash: None,
            role: Role::User,
            external_id: None,
        };
        let user = shop.stores().users.create(user).await.unwrap().id;
        let item = NewItem { title: "Lamp".into(), ..NewItem::default() };
        let item = shop.create_items(vec![item]).await.unwrap()[0].id;
        let views = || vec![NewInteraction::new(user, item, "view"); 2];
        for _ in 0..2 {
            shop.record(views()).await.unwrap();
            shop.train("hybrid", |_| {}).await.unwrap();
        }
        shop.roll_back("hybrid", None).await.unwrap();
        assert_eq!(queue_due(&engine).await.unwrap(), 0);
        shop.record(views()).await.unwrap();
        assert_eq!(queue_due(&engine).await.unwrap(), 1);
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
