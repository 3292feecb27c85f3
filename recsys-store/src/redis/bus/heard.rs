//! What the tasks of the bus do: sending, handing out, and keeping channels heard.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};
use uuid::Uuid;

use super::super::Redis;
use super::super::names::Purpose;
use crate::events::LocalBus;
use crate::traits::EventBus as _;
use crate::types::{BusEvent, TenantId};

/// News sent in one round trip at most.
const BATCH: usize = 256;
/// How often to look whether Redis still hears us.
const CHECK: Duration = Duration::from_secs(1);
/// How many checks a channel without subscribers is kept.
const LINGER: u32 = 30;

/// What waits to be sent.
#[derive(Debug)]
pub(super) enum Outgoing {
    Event(BusEvent),
    /// Somebody waits until everything before is sent.
    Mark(oneshot::Sender<()>),
}

/// What the tasks work on.
#[derive(Debug)]
pub(super) struct Heard {
    /// Names this process, so that it does not hear itself.
    pub(super) origin: Uuid,
    pub(super) redis: Redis,
    pub(super) tenants: Mutex<HashMap<TenantId, Listened>>,
    /// Held while channels are taken or given up, so that a channel is not given up that was just taken.
    pub(super) channels: tokio::sync::Mutex<()>,
    /// Tenants of which news were not sent: other processes are told that there is a gap.
    pub(super) unsent: Mutex<HashSet<TenantId>>,
    /// Whether some channel may not be heard.
    pub(super) broken: AtomicBool,
    /// Wakes the task that repairs.
    pub(super) repair: Notify,
}

/// A tenant whose channel is heard.
#[derive(Debug, Default)]
pub(super) struct Listened {
    pub(super) subscribers: usize,
    /// Checks since there was the last subscriber.
    pub(super) idle: u32,
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

impl Heard {
    pub(super) fn channel(&self, tenant: TenantId) -> String {
        self.redis.name(Some(tenant), Purpose::News, "all")
    }

    pub(super) fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, Listened>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsent(&self) -> MutexGuard<'_, HashSet<TenantId>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether there are subscribers for what comes in a channel.
    fn wants(&self, channel: &[u8]) -> bool {
        self.tenants().keys().any(|tenant| self.channel(*tenant).as_bytes() == channel)
    }

    pub(super) fn note_unsent(&self, tenant: TenantId) {
        metrics::counter!("news_lost_total", "where" => "sending").increment(1);
        self.unsent().insert(tenant);
    }

    pub(super) fn break_off(&self) {
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
pub(super) fn hear(
    heard: &Weak<Heard>,
    incoming: &mpsc::Sender<(Vec<u8>, Vec<u8>)>,
    push: PushInfo,
) {
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
pub(super) async fn send(heard: Arc<Heard>, mut outgoing: mpsc::Receiver<Outgoing>) {
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
pub(super) async fn hand_out(
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
            News::Gap(tenant) => local.miss(tenant),
        }
    }
}

/// Subscribes again after an outage, and gives up channels that nobody needs.
pub(super) async fn keep(heard: Arc<Heard>, local: LocalBus) {
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
            tenants.into_iter().for_each(|tenant| local.miss(tenant));
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
