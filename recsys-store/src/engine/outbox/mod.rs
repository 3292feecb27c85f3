//! Announcing what was not announced by whoever wrote it.
//!
//! Who writes through an engine announces after the commit. A process may die in between, and imports and
//! processes that share nothing but the database announce nothing here. But the log of events and the feed of the
//! catalogue are written in the transaction of what they tell, and their order is the order of commits: they are
//! the outbox, and no row is written twice.
//!
//! Subscribers live as long as their process, so each process sees to its own. A tenant that has subscribers has
//! a task ([`Relay`]) that listens as they do and looks once a second how far log and feed have come. What was
//! there at the look before and has not been heard of since is handed to the subscribers of this process, between
//! one and two seconds after its commit: whatever happened to its writer, to other processes, or to what
//! carries the news between them.
//!
//! - **At least once**: of what is committed while somebody subscribes, the subscriber is told, or of a gap.
//!   Somebody who announces very late is heard twice.
//! - **In order for each user**: where something of a user was lost, what was told of the user after it is told
//!   again behind it.
//! - **Bounded**: of more than a thousand changes that were lost, for example an import, all that is told is a gap, at
//!   most every five seconds.

mod heard;
mod relay;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use self::relay::Relay;
use super::Result;
use super::handle::Shared;
use crate::types::TenantId;

/// What is committed and not announced yet, of tenants that have subscribers in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxStatistics {
    /// How many events and models; most will have been announced by their writers a moment later.
    pub pending: u64,
    /// How long the oldest has waited since it was first seen.
    pub lag: Duration,
}

/// The tenants whose log is followed for subscribers.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    tenants: Mutex<HashMap<TenantId, Weak<Watched>>>,
}

/// A tenant that has subscribers: one of them, or several, hold it.
#[derive(Debug, Default)]
pub(super) struct Watched {
    begun: OnceCell<()>,
    waiting: Mutex<Waiting>,
}

/// What a look has left.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    pending: u64,
    since: Option<Instant>,
}

impl Outbox {
    /// Sees to a tenant as long as what is returned is held. What is committed from now on will be told.
    pub(super) async fn watch(
        &self,
        shared: &Arc<Shared>,
        tenant: TenantId,
    ) -> Result<Arc<Watched>> {
        let watched = self.entry(tenant);
        watched.begun.get_or_try_init(|| Relay::start(shared, tenant, &watched)).await?;
        Ok(watched)
    }

    pub(super) fn statistics(&self) -> OutboxStatistics {
        let mut statistics = OutboxStatistics::default();
        for watched in self.tenants().values().filter_map(Weak::upgrade) {
            let Waiting { pending, since } = *watched.waiting();
            statistics.pending += pending;
            let lag = since.map_or(Duration::ZERO, |since| since.elapsed());
            statistics.lag = statistics.lag.max(lag);
        }
        statistics
    }

    fn entry(&self, tenant: TenantId) -> Arc<Watched> {
        let mut tenants = self.tenants();
        if let Some(watched) = tenants.get(&tenant).and_then(Weak::upgrade) {
            return watched;
        }
        tenants.retain(|_, watched| watched.strong_count() > 0);
        let watched = Arc::<Watched>::default();
        tenants.insert(tenant, Arc::downgrade(&watched));
        watched
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, Weak<Watched>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
