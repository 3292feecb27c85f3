//! Announcements that reach every replica.
//!
//! Each tenant has a channel, which a process hears while it has subscribers of the tenant. Within a process
//! the local bus fans out, so Redis sees one subscription for each tenant and process, and what a process
//! announces reaches its own subscribers without a detour.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt as _};
use redis::{PushInfo, PushKind, Value};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::Redis;
use super::names::Purpose;
use crate::error::Result;
use crate::events::LocalBus;
use crate::traits::{Delivery, EventBus, Subscription};
use crate::types::{BusEvent, TenantId, Topic};

/// News that wait to be sent, and news that wait to be handed out. Of what does not fit, those concerned are
/// told that there is a gap.
const WAITING: usize = 8_192;
/// News sent in one round trip at most.
const BATCH: usize = 256;
/// How often to look whether Redis still hears us.
const CHECK: Duration = Duration::from_secs(1);
/// How many checks a channel without subscribers is kept.
const LINGER: u32 = 30;

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

/// What waits to be sent.
#[derive(Debug)]
enum Outgoing {
    Event(BusEvent),
    /// Somebody waits until everything before is sent.
    Mark(oneshot::Sender<()>),
}

/// What the tasks work on.
#[derive(Debug)]
struct Heard {
    /// Names this process, so that it does not hear itself.
    origin: Uuid,
    redis: Redis,
    tenants: Mutex<HashMap<TenantId, Listened>>,
    /// Held while channels are taken or given up, so that a channel is not given up that was just taken.
    channels: tokio::sync::Mutex<()>,
    /// Tenants of which news were not sent: other processes are told that there is a gap.
    unsent: Mutex<HashSet<TenantId>>,
    /// Whether some channel may not be heard.
    broken: AtomicBool,
    /// Wakes the task that repairs.
    repair: Notify,
}

/// A tenant whose channel is heard.
#[derive(Debug, Default)]
struct Listened {
    subscribers: usize,
    /// Checks since there was the last subscriber.
    idle: u32,
}

/// What travels.
#[derive(Serialize, Deserialize)]
struct Message {
    origin: Uuid,
    news: News,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum News {
    Event(BusEvent),
    /// Some events of the tenant were not sent.
    Gap(TenantId),
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

impl Heard {
    fn channel(&self, tenant: TenantId) -> String {
        self.redis.name(Some(tenant), Purpose::News, "all")
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, Listened>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsent(&self) -> MutexGuard<'_, HashSet<TenantId>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether there are subscribers for what comes in a channel.
    fn wants(&self, channel: &[u8]) -> bool {
        self.tenants().keys().any(|tenant| self.channel(*tenant).as_bytes() == channel)
    }

    fn note_unsent(&self, tenant: TenantId) {
        metrics::counter!("news_lost_total", "where" => "sending").increment(1);
        self.unsent().insert(tenant);
    }

    fn break_off(&self) {
        self.broken.store(true, Ordering::Release);
        self.repair.notify_one();
    }

    async fn publish(&self, tenant: TenantId, news: Vec<News>) {
        let channel = self.channel(tenant);
        let mut pipeline = redis::pipe();
        for news in news {
            let message = Message { origin: self.origin, news };
            let bytes = serde_json::to_vec(&message).expect("news are plain data");
            let mut command = self.redis.publish_command();
            command.arg(&channel).arg(bytes);
            pipeline.add_command(command).ignore();
        }
        let sent =
            self.redis.run("news.publish", async |link| pipeline.exec_async(link).await).await;
        if let Err(error) = sent {
            tracing::debug!(%error, "news reach this process only");
            self.note_unsent(tenant);
        }
    }
}

/// Takes what Redis says without having been asked.
fn hear(heard: &Weak<Heard>, incoming: &mpsc::Sender<(Vec<u8>, Vec<u8>)>, push: PushInfo) {
    match (push.kind, push.data.as_slice()) {
        (
            PushKind::Message | PushKind::SMessage,
            [Value::BulkString(channel), Value::BulkString(message)],
        ) => {
            if incoming.try_send((channel.clone(), message.clone())).is_ok() {
                return;
            }
            metrics::counter!("news_lost_total", "where" => "receiving").increment(1);
        }
        (PushKind::Disconnection, _) => {}
        // Given up by us, or taken from us because its slot has moved.
        (PushKind::SUnsubscribe, [Value::BulkString(channel), ..]) => {
            let wanted = heard.upgrade().is_some_and(|heard| heard.wants(channel));
            if !wanted {
                return;
            }
        }
        _ => return,
    }
    if let Some(heard) = heard.upgrade() {
        heard.break_off();
    }
}

/// Sends what this process announces, in order.
async fn send(heard: Arc<Heard>, mut outgoing: mpsc::Receiver<Outgoing>) {
    let (mut batch, mut marks) = (Vec::with_capacity(BATCH), Vec::new());
    while outgoing.recv_many(&mut batch, BATCH).await > 0 {
        let mut of_tenants: HashMap<TenantId, Vec<News>> = HashMap::new();
        for tenant in heard.unsent().drain() {
            of_tenants.insert(tenant, vec![News::Gap(tenant)]);
        }
        for waiting in batch.drain(..) {
            match waiting {
                Outgoing::Event(event) => {
                    of_tenants.entry(event.tenant).or_default().push(News::Event(event));
                }
                Outgoing::Mark(mark) => marks.push(mark),
            }
        }
        for (tenant, news) in of_tenants {
            heard.publish(tenant, news).await;
        }
        for mark in marks.drain(..) {
            // Who waited may have gone.
            let _ = mark.send(());
        }
    }
}

/// Hands out what others announce.
async fn hand_out(
    heard: Arc<Heard>,
    local: LocalBus,
    mut received: mpsc::Receiver<(Vec<u8>, Vec<u8>)>,
) {
    while let Some((channel, message)) = received.recv().await {
        let message = match serde_json::from_slice::<Message>(&message) {
            Ok(message) if message.origin == heard.origin => continue,
            Ok(message) => message,
            // Another version of the program may have sent it.
            Err(error) => {
                tracing::debug!(%error, "cannot read what another process announced");
                continue;
            }
        };
        let tenant = match &message.news {
            News::Event(event) => event.tenant,
            News::Gap(tenant) => *tenant,
        };
        if heard.channel(tenant).as_bytes() != channel {
            tracing::error!(%tenant, "news came in the channel of another tenant and are dropped");
            continue;
        }
        match message.news {
            News::Event(event) => local.publish(event),
            News::Gap(tenant) => local.missed(tenant),
        }
    }
}

/// Subscribes again after an outage, and gives up channels that nobody needs.
async fn keep(heard: Arc<Heard>, local: LocalBus) {
    loop {
        let _ = tokio::time::timeout(CHECK, heard.repair.notified()).await;
        if heard.redis.ping().await.is_err() {
            heard.broken.store(true, Ordering::Release);
            tokio::time::sleep(CHECK).await;
            continue;
        }
        let taking = heard.channels.lock().await;
        for tenant in give_up_idle(&heard) {
            if let Err(error) = heard.redis.unsubscribe(&heard.channel(tenant)).await {
                tracing::debug!(%error, %tenant, "a channel without subscribers is still heard");
            }
        }
        drop(taking);
        if heard.broken.swap(false, Ordering::AcqRel) {
            let tenants: Vec<TenantId> = heard.tenants().keys().copied().collect();
            let channels: Vec<String> =
                tenants.iter().map(|tenant| heard.channel(*tenant)).collect();
            if !channels.is_empty() && heard.redis.subscribe(&channels).await.is_err() {
                heard.broken.store(true, Ordering::Release);
                continue;
            }
            tenants.into_iter().for_each(|tenant| local.missed(tenant));
        }
    }
}

/// Forgets tenants that have had no subscriber for long, and returns them.
fn give_up_idle(heard: &Heard) -> Vec<TenantId> {
    let mut given_up = Vec::new();
    heard.tenants().retain(|tenant, listened| {
        listened.idle += u32::from(listened.subscribers == 0);
        let stays = listened.idle <= LINGER;
        if !stays {
            given_up.push(*tenant);
        }
        stays
    });
    given_up
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
