//! The fan-out of changes.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::error::Result;
use crate::types::{BusEvent, TenantId, Topic};

/// Tells subscribers what has changed. Every implementation keeps these promises, and
/// [`event_bus_suite!`](crate::event_bus_suite) (feature `testing`) checks them:
///
/// - **Never in the way**: publishing returns at once, whatever subscribers do. It cannot fail: the
///   change is committed, and who missed the news of it can read it.
/// - **Heard**: what is published (in this process) after [`Self::subscribe`] has returned is
///   delivered to the subscriber, once for each event, whatever the number of its topics. Events that
///   one thread publishes arrive in order.
/// - **Bounded**: of what a subscriber does not take, some events are kept for it and the others are
///   dropped; it is told so ([`Delivery::Missed`]) and hears the later ones again.
/// - **Scoped**: a topic names its tenant, and nothing crosses tenants.
///
/// Nothing is kept for those who subscribe later, and nothing survives the process.
#[async_trait]
pub trait EventBus: Debug + Send + Sync + 'static {
    /// Announces a change that is committed.
    fn publish(&self, event: BusEvent);

    /// Tells the subscribers of this process, and no others, of a change that is committed and that they have not
    /// been told of. It arrives as what is published does.
    fn deliver(&self, event: BusEvent);

    /// Tells the subscribers of a tenant in this process that there is a gap ([`Delivery::Missed`]).
    fn miss(&self, tenant: TenantId);

    /// Subscribes to all of `topics` at once; dropping the subscription ends it. `Unavailable` if
    /// what carries the events cannot be reached.
    async fn subscribe(&self, topics: &[Topic]) -> Result<Subscription>;
}

/// What a subscriber is told. It ends when there is no bus any more.
pub type Subscription = BoxStream<'static, Delivery>;

/// One piece of news for a subscriber.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// Something has changed.
    Event(Arc<BusEvent>),
    /// So many events (at least) could not be kept: somewhere since the last delivery there is a gap.
    Missed(u64),
}
