//! How the API is doing: figures of the last minutes for each tenant and for the process, and metrics for whoever
//! has installed a recorder of the `metrics` crate.
//!
//! | metric | labels |
//! | --- | --- |
//! | `graphql_requests_total` | `operation_type`, `operation_name`, `tenant_id`, `status` |
//! | `graphql_request_duration_seconds` | the same |
//! | `recommendation_requests_total` | `algorithm`, `tenant_id`, `status` |
//! | `recommendation_duration_seconds` | `algorithm`, `tenant_id` |
//! | `event_to_recommendation_seconds` | |
//! | `model_trained_timestamp_seconds` | `algorithm`, `tenant_id` |
//! | `rate_limit_decisions_total` | `scope`, `decision` |
//!
//! A status is `ok`, `refused`, `error` or, for queries that took too long, `cut`. The second but last is the time from
//! the news of a user's event to the list that counts it, of users who follow their lists; the last but one, less than now, is
//! the age of the models that serve.
//!
//! No label has a value that a client makes up: an operation is named after its field (`several` for more
//! than one, `none` where it was refused), an algorithm that is not answered for is `unknown`, and past a
//! thousand tenants the others are `other`.

mod health;
mod rolling;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::{counter, gauge, histogram};
use recsys_store::{
    Engine, EngineError,
    engine::{ErrorCode, Recommendations},
    types::TenantId,
};
use tokio::time::Instant;

pub use self::health::{Figures, Health};
use self::rolling::{Rolling, Sums};

/// Tenants with a label of their own.
const LABELLED: usize = 1_000;
/// Tenants that are followed at a time, at most.
const FOLLOWED: usize = 10_000;

/// Counts requests. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Counts>>);

#[derive(Debug)]
struct Counts {
    began: Instant,
    all: Rolling,
    tenants: HashMap<TenantId, Rolling>,
    labelled: HashSet<TenantId>,
    subscriptions: HashMap<TenantId, u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            all: Rolling::default(),
            tenants: HashMap::new(),
            labelled: HashSet::new(),
            subscriptions: HashMap::new(),
        }
    }
}

impl Counts {
    /// Returns the label of a tenant; `None` for those past a thousand.
    fn label(&mut self, tenant: TenantId) -> Option<String> {
        if self.labelled.len() < LABELLED {
            self.labelled.insert(tenant);
        }
        self.labelled.contains(&tenant).then(|| tenant.to_string())
    }
}

/// One request that has been answered.
pub(crate) struct Answered {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) status: Status,
    pub(crate) elapsed: Duration,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    /// It was not what it should be.
    Refused,
    /// It failed through no fault of its sender.
    Failed,
    /// It took longer than a query may.
    Cut,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "error",
            Self::Cut => "cut",
        }
    }
}

impl Meter {
    /// Returns how the whole process has done in the last five minutes.
    pub fn figures(&self) -> Figures {
        let mut counts = self.lock();
        let at = counts.began.elapsed();
        let subscriptions = counts.subscriptions.values().sum();
        Figures::new(&counts.all.sums(at), subscriptions)
    }

    /// Returns how a tenant's requests have done in the last five minutes.
    pub(crate) fn figures_of(&self, tenant: TenantId) -> Figures {
        let mut counts = self.lock();
        let at = counts.began.elapsed();
        let subscriptions = counts.subscriptions.get(&tenant).copied().unwrap_or(0);
        let sums = counts.tenants.get_mut(&tenant).map_or_else(Sums::default, |own| own.sums(at));
        Figures::new(&sums, subscriptions)
    }

    pub(crate) fn request(&self, answered: Answered) {
        let Answered { kind, name, tenant, status, elapsed } = answered;
        let seconds = elapsed.as_secs_f64();
        let failed = matches!(status, Status::Failed | Status::Cut);
        let label = self.count(tenant, |sums| sums.add_request(seconds, failed));
        let labels = [
            ("operation_type", kind.to_owned()),
            ("operation_name", name),
            ("tenant_id", label),
            ("status", status.name().to_owned()),
        ];
        counter!("graphql_requests_total", &labels).increment(1);
        histogram!("graphql_request_duration_seconds", &labels).record(seconds);
    }

    /// Counts a query that the host has cut off after `elapsed`; the schema never hears of its end.
    pub fn cut(&self, tenant: Option<TenantId>, elapsed: Duration) {
        let (kind, name) = ("query", "none".to_owned());
        self.request(Answered { kind, name, tenant, status: Status::Cut, elapsed });
    }

    pub(crate) fn recommended(
        &self,
        tenant: TenantId,
        answer: Result<&Recommendations, &EngineError>,
    ) {
        let (algorithm, status) = match answer {
            Ok(list) => (list.algorithm.clone(), Status::Ok),
            Err(error) if error.code() == ErrorCode::Internal => ("unknown".into(), Status::Failed),
            Err(_) => ("unknown".into(), Status::Refused),
        };
        let label = self.count(Some(tenant), |sums| {
            if let Ok(list) = answer {
                sums.lists += 1;
                sums.list_seconds += list.elapsed.as_secs_f64();
                sums.kept += u64::from(list.is_kept);
            }
        });
        let labels = [("algorithm", algorithm), ("tenant_id", label)];
        if let Ok(list) = answer {
            histogram!("recommendation_duration_seconds", &labels).record(list.elapsed);
        }
        let [algorithm, tenant] = labels;
        let labels = [algorithm, tenant, ("status", status.name().to_owned())];
        counter!("recommendation_requests_total", &labels).increment(1);
    }

    /// Says when the models that are loaded were published, of tenants with a label of their own.
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
    pub fn models(&self, engine: &Engine) {
        for (tenant, version) in engine.loaded_models() {
            let Some(label) = self.lock().label(tenant) else { continue };
            let labels = [("algorithm", version.algorithm), ("tenant_id", label)];
            let at = version.created_at.timestamp_millis() as f64 / 1e3;
            gauge!("model_trained_timestamp_seconds", &labels).set(at);
        }
    }

    /// Counts a subscription of a tenant as long as what is returned lives.
    pub(crate) fn subscription(&self, tenant: TenantId) -> ActiveSubscription {
        *self.lock().subscriptions.entry(tenant).or_default() += 1;
        ActiveSubscription { meter: self.clone(), tenant }
    }

    /// Counts for the process and for a tenant, and returns the tenant's label.
    fn count(&self, tenant: Option<TenantId>, add: impl Fn(&mut Sums)) -> String {
        let mut counts = self.lock();
        let at = counts.began.elapsed();
        add(counts.all.slot(at));
        let Some(tenant) = tenant else { return "none".to_owned() };
        if counts.tenants.len() >= FOLLOWED && !counts.tenants.contains_key(&tenant) {
            counts.tenants.retain(|_, rolling| !rolling.is_idle(at));
        }
        if counts.tenants.len() < FOLLOWED || counts.tenants.contains_key(&tenant) {
            add(counts.tenants.entry(tenant).or_default().slot(at));
        }
        counts.label(tenant).unwrap_or_else(|| "other".to_owned())
    }

    /// A panic while the lock is held leaves sums that are a little wrong, which is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscription under way.
#[derive(Debug)]
pub(crate) struct ActiveSubscription {
    meter: Meter,
    tenant: TenantId,
}

impl Drop for ActiveSubscription {
    fn drop(&mut self) {
        let mut counts = self.meter.lock();
        if let Some(active) = counts.subscriptions.get_mut(&self.tenant) {
            *active -= 1;
            if *active == 0 {
                counts.subscriptions.remove(&self.tenant);
            }
        }
    }
}
