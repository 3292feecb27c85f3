//! Announcements that reach every replica.
//!
//! Each tenant has a channel, which a process hears while it has subscribers of the tenant. Within a process
//! the local bus fans out, so Redis sees one subscription for each tenant and process, and what a process
//! announces reaches its own subscribers without a detour.

mod heard;

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt as _};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use uuid::Uuid;

use self::heard::{Heard, Listened, Outgoing, hand_out, hear, keep, send};
use super::Redis;
use crate::error::Result;
use crate::events::LocalBus;
use crate::traits::{Delivery, EventBus, Subscription};
use crate::types::{BusEvent, TenantId, Topic};

/// News that wait to be sent, and news that wait to be handed out. Of what does not fit, those concerned are
/// told that there is a gap.
const WAITING: usize = 8_192;

/// An [`EventBus`] over Redis. Clones share the subscribers.
///
/// While Redis cannot be reached, news reach the subscribers of the process that has them. When it can be
/// reached again, all subscribers are told that they may have missed some.
#[derive(Clone, Debug)]
pub struct RedisBus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    local: LocalBus,
    outgoing: mpsc::Sender<Outgoing>,
    heard: Arc<Heard>,
    tasks: Vec<AbortHandle>,
}

impl RedisBus {
    /// Starts a bus with a connection of its own to where `redis` leads. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`Redis::open`].
    pub fn start(redis: &Redis) -> Result<Self> {
        let (incoming, received) = mpsc::channel(WAITING);
        let (outgoing, unsent) = mpsc::channel(WAITING);
        let local = LocalBus::new();
        let mut failed = None;
        let heard = Arc::new_cyclic(|heard: &Weak<Heard>| {
            let heard = heard.clone();
            let listener = Arc::new(move |push| hear(&heard, &incoming, push));
            let connection = redis.with_listener(listener);
            Heard {
                origin: Uuid::now_v7(),
                redis: connection.unwrap_or_else(|error| {
                    failed = Some(error);
                    redis.clone()
                }),
                tenants: Mutex::default(),
                channels: tokio::sync::Mutex::default(),
                unsent: Mutex::default(),
                broken: AtomicBool::new(false),
                repair: Notify::new(),
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let tasks = vec![
            tokio::spawn(send(Arc::clone(&heard), unsent)).abort_handle(),
            tokio::spawn(hand_out(Arc::clone(&heard), local.clone(), received)).abort_handle(),
            tokio::spawn(keep(Arc::clone(&heard), local.clone())).abort_handle(),
        ];
        Ok(Self { shared: Arc::new(Shared { local, outgoing, heard, tasks }) })
    }

    /// Waits until what was published before is sent, or could not be.
    pub async fn flush(&self) {
        let (mark, reached) = oneshot::channel();
        if self.shared.outgoing.send(Outgoing::Mark(mark)).await.is_ok() {
            // Without an answer there is nobody left who sends.
            let _ = reached.await;
        }
    }
}

#[async_trait]
impl EventBus for RedisBus {
    fn publish(&self, event: BusEvent) {
        let Shared { local, outgoing, heard, .. } = &*self.shared;
        local.publish(event.clone());
        let tenant = event.tenant;
        if outgoing.try_send(Outgoing::Event(event)).is_err() {
            heard.note_unsent(tenant);
        }
    }

    fn deliver(&self, event: BusEvent) {
        self.shared.local.publish(event);
    }

    fn miss(&self, tenant: TenantId) {
        self.shared.local.miss(tenant);
    }

    async fn subscribe(&self, topics: &[Topic]) -> Result<Subscription> {
        let Shared { local, heard, .. } = &*self.shared;
        let news = local.subscribe(topics).await?;
        let listening = Listening::of(heard, topics);
        if !listening.new.is_empty() {
            let _taking = heard.channels.lock().await;
            let channels: Vec<String> =
                listening.new.iter().map(|tenant| heard.channel(*tenant)).collect();
            if let Err(error) = heard.redis.subscribe(&channels).await {
                tracing::warn!(%error, "news of other processes are not heard yet");
                heard.break_off();
            }
        }
        Ok(Heeded { news, _listening: listening }.boxed())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Keeps the channels of some tenants heard.
struct Listening {
    heard: Weak<Heard>,
    tenants: Vec<TenantId>,
    /// Those that were not heard before.
    new: Vec<TenantId>,
}

impl Listening {
    fn of(heard: &Arc<Heard>, topics: &[Topic]) -> Self {
        let tenants: HashSet<TenantId> = topics.iter().map(|topic| topic.tenant).collect();
        let mut new = Vec::new();
        let mut known = heard.tenants();
        for &tenant in &tenants {
            let listened = known.entry(tenant).or_insert_with(|| {
                new.push(tenant);
                Listened::default()
            });
            listened.subscribers += 1;
            listened.idle = 0;
        }
        drop(known);
        Self { heard: Arc::downgrade(heard), tenants: tenants.into_iter().collect(), new }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Some(heard) = self.heard.upgrade() else { return };
        let mut known = heard.tenants();
        for tenant in &self.tenants {
            if let Some(listened) = known.get_mut(tenant) {
                listened.subscribers -= 1;
            }
        }
    }
}

/// A subscription of the local bus, and what keeps the news of others coming.
struct Heeded {
    news: Subscription,
    _listening: Listening,
}

impl Stream for Heeded {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.news.poll_next_unpin(context)
    }
}
