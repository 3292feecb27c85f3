//! How the API is doing: figures of the last minutes for each tenant and for the process, and metrics for whoever
//! has installed a recorder of the `metrics` crate.
//!
//! | metric | labels |
//! | --- | --- |
//! | `graphql_requests_total` | `operation_type`, `operation_name`, `tenant_id`, `status` |
//! | `graphql_request_duration_seconds` | the same |
//! | `recommendation_requests_total` | `algorithm`, `tenant_id`, `status` |
//! | `recommendation_duration_seconds` | `algorithm`, `tenant_id` |
//! | `rate_limit_decisions_total` | `scope`, `decision` |
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

use metrics::{counter, histogram};
use recsys_store::{
    EngineError,
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
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "error",
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
        let label = self.count(tenant, |sums| sums.add_request(seconds, status == Status::Failed));
        let labels = [
            ("operation_type", kind.to_owned()),
            ("operation_name", name),
            ("tenant_id", label),
            ("status", status.name().to_owned()),
        ];
        counter!("graphql_requests_total", &labels).increment(1);
        histogram!("graphql_request_duration_seconds", &labels).record(seconds);
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
        if counts.labelled.len() < LABELLED {
            counts.labelled.insert(tenant);
        }
        if counts.labelled.contains(&tenant) { tenant.to_string() } else { "other".to_owned() }
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
