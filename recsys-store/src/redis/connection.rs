//! One connection, whatever is behind it, and what is done when it fails.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClientBuilder, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, Pipeline, ProtocolVersion, PushInfo, RedisError,
    RedisFuture, RedisResult, Value,
};
use tokio::sync::Mutex;

use super::RedisConfig;
use super::config::{Login, Place};
use super::names::{Names, Purpose};
use crate::breaker::Breaker;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::types::TenantId;

/// Failures in a row after which Redis is left alone for a while.
const FAILURES: u32 = 5;
/// Attempts at a connection within one call; the circuit breaker decides about the next call.
const RETRIES: usize = 1;

/// A connection to Redis that is made when it is first needed and made again when it was lost. Clones share
/// it.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    config: RedisConfig,
    names: Names,
    link: Link,
    breaker: Breaker,
}

/// Takes what Redis says without having been asked; must not block.
pub(super) type Listener = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// Something that commands are sent to. Clones share the connection.
#[derive(Clone)]
enum Link {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
    Sentinel(Arc<Watched>),
}

/// The primary that sentinels name at the time.
struct Watched {
    client: Mutex<SentinelClient>,
    known: Mutex<Option<ConnectionManager>>,
    settings: ConnectionManagerConfig,
}

impl Redis {
    /// Prepares a connection. It is made in the background, and again when it is lost, so this does not wait
    /// and does not fail because Redis is away.
    ///
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// `InvalidInput` naming `redis` for addresses that cannot be read.
    pub fn open(config: &RedisConfig) -> Result<Self> {
        Self::listening(config, None)
    }

    /// Prepares another connection to the same place, with somebody who listens.
    pub(super) fn with_listener(&self, listener: Listener) -> Result<Self> {
        Self::listening(&self.shared.config, Some(listener))
    }

    fn listening(config: &RedisConfig, listener: Option<Listener>) -> Result<Self> {
        // The first to choose a provider of cryptography wins, and all are the same here.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let link = Link::new(config, config.place()?, listener).map_err(|error| {
            StoreError::new(Backend::Redis, "redis.open", StoreErrorKind::Internal)
                .with_source(error)
        })?;
        let names = Names::new(&config.prefix);
        let shared = Shared {
            config: config.clone(),
            names,
            link,
            breaker: Breaker::new(FAILURES, config.pause),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Finds out whether Redis answers.
    ///
    /// # Errors
    /// `Unavailable` if it does not.
    pub async fn ping(&self) -> Result<()> {
        let command = redis::cmd("PING");
        self.run("redis.ping", async |link| command.exec_async(link).await).await
    }

    pub(super) fn name(&self, tenant: Option<TenantId>, purpose: Purpose, name: &str) -> String {
        self.shared.names.of(tenant, purpose, name)
    }

    /// Runs commands, unless Redis has not answered for a while. `Unavailable` if it does not answer.
    pub(super) async fn run<T>(
        &self,
        op: &'static str,
        work: impl AsyncFnOnce(&mut RedisLink) -> RedisResult<T>,
    ) -> Result<T> {
        let breaker = &self.shared.breaker;
        if !breaker.admits(Instant::now()) {
            let refused = StoreError::new(Backend::Redis, op, StoreErrorKind::Unavailable);
            return Err(
                refused.with_context("redis has not answered and is left alone for a while")
            );
        }
        let mut link = RedisLink(self.shared.link.clone());
        // A lost connection is made again within a call; who waits for that waits no longer than for an answer.
        let patience = 2 * self.shared.config.response_timeout;
        let answer = tokio::time::timeout(patience, work(&mut link)).await.unwrap_or_else(|_| {
            Err(RedisError::from((ErrorKind::Io, "timed out while connecting")))
        });
        match answer {
            Ok(value) => {
                breaker.answered();
                Ok(value)
            }
            Err(error) => Err(self.explain(op, error).await),
        }
    }

    async fn explain(&self, op: &'static str, error: RedisError) -> StoreError {
        let kind =
            if is_outage(&error) { StoreErrorKind::Unavailable } else { StoreErrorKind::Internal };
        if kind == StoreErrorKind::Unavailable {
            if let Link::Sentinel(watched) = &self.shared.link {
                watched.forget().await;
            }
            if self.shared.breaker.failed(Instant::now()) {
                tracing::warn!(op, %error, "redis does not answer");
            }
        } else {
            self.shared.breaker.answered();
        }
        StoreError::new(Backend::Redis, op, kind).with_source(error)
    }

    /// Asks to be told what is published in a channel. Asking again is harmless.
    pub(super) async fn subscribe(&self, channels: &[String]) -> Result<()> {
        self.run("redis.subscribe", async |link| match &mut link.0 {
            Link::Single(manager) => manager.subscribe(channels).await,
            Link::Sentinel(watched) => watched.connection().await?.subscribe(channels).await,
            Link::Cluster(cluster) => {
                // The channels of one command have to live in one slot.
                for channel in channels {
                    cluster.ssubscribe(channel).await?;
                }
                Ok(())
            }
        })
        .await
    }

    pub(super) async fn unsubscribe(&self, channel: &str) -> Result<()> {
        self.run("redis.unsubscribe", async |link| match &mut link.0 {
            Link::Single(manager) => manager.unsubscribe(channel).await,
            Link::Sentinel(watched) => watched.connection().await?.unsubscribe(channel).await,
            Link::Cluster(cluster) => cluster.sunsubscribe(channel).await,
        })
        .await
    }

    /// Returns the command that publishes: within its slot in a cluster, so that not every node hears it.
    pub(super) fn publish_command(&self) -> Cmd {
        match &self.shared.link {
            Link::Cluster(_) => redis::cmd("SPUBLISH"),
            Link::Single(_) | Link::Sentinel(_) => redis::cmd("PUBLISH"),
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

/// Tells whether a failure may be over later, without anything being done about it.
fn is_outage(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_cluster_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || matches!(
            error.kind(),
            ErrorKind::ClusterConnectionNotFound
                | ErrorKind::MasterNameNotFoundBySentinel
                | ErrorKind::Server(
                    redis::ServerErrorKind::BusyLoading
                        | redis::ServerErrorKind::MasterDown
                        | redis::ServerErrorKind::ReadOnly
                        | redis::ServerErrorKind::ClusterDown
                        | redis::ServerErrorKind::TryAgain
                )
        )
}

impl Link {
    fn new(config: &RedisConfig, place: Place, listener: Option<Listener>) -> RedisResult<Self> {
        match place {
            Place::Single(info) => {
                let client = Client::open(tuned(info))?;
                let settings = manager(config, listener);
                ConnectionManager::new_lazy_with_config(client, settings).map(Self::Single)
            }
            Place::Cluster(nodes) => {
                let builder = ClusterClientBuilder::new(nodes)
                    .use_protocol(ProtocolVersion::RESP3)
                    .tcp_settings(TcpSettings::default().set_nodelay(true))
                    .connection_timeout(config.connection_timeout)
                    .response_timeout(config.response_timeout)
                    .overall_response_timeout(Some(4 * config.response_timeout))
                    .retries(2);
                let builder = match listener {
                    Some(listener) => builder.push_sender(quietly(listener)),
                    None => builder,
                };
                let client = builder.build()?;
                let pending = client.get_pending_async_connection_with_config(ClusterConfig::new());
                Ok(Self::Cluster(pending))
            }
            Place::Sentinel { sentinels, primary, login } => {
                let client = watcher(sentinels, primary, login)?;
                let settings = manager(config, listener);
                let known = Mutex::default();
                Ok(Self::Sentinel(Arc::new(Watched {
                    client: Mutex::new(client),
                    known,
                    settings,
                })))
            }
        }
    }

    async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Single(manager) => manager.req_packed_command(command).await,
            Self::Cluster(cluster) => cluster.req_packed_command(command).await,
            Self::Sentinel(watched) => {
                watched.connection().await?.req_packed_command(command).await
            }
        }
    }

    async fn send_all(
        &mut self,
        pipeline: &Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        match self {
            Self::Single(manager) => manager.req_packed_commands(pipeline, offset, count).await,
            Self::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count).await,
            Self::Sentinel(watched) => {
                let mut manager = watched.connection().await?;
                manager.req_packed_commands(pipeline, offset, count).await
            }
        }
    }
}

/// The form in which the library's helpers take a connection.
pub(super) struct RedisLink(Link);

impl ConnectionLike for RedisLink {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.0.send(command))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.0.send_all(pipeline, offset, count))
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl Watched {
    /// Returns the connection to the primary, which the sentinels are asked for if it is not known.
    async fn connection(&self) -> RedisResult<ConnectionManager> {
        let mut known = self.known.lock().await;
        if let Some(manager) = &*known {
            return Ok(manager.clone());
        }
        let client = self.client.lock().await.async_get_client().await?;
        let info = tuned(client.get_connection_info().clone());
        let settings = self.settings.clone();
        let manager = ConnectionManager::new_with_config(Client::open(info)?, settings).await?;
        *known = Some(manager.clone());
        Ok(manager)
    }

    /// Asks the sentinels again next time: they may have chosen another primary.
    async fn forget(&self) {
        *self.known.lock().await = None;
    }
}

fn watcher(
    sentinels: Vec<redis::ConnectionAddr>,
    primary: String,
    login: Login,
) -> RedisResult<SentinelClient> {
    let mut builder = SentinelClientBuilder::new(sentinels, primary, SentinelServerType::Master)?;
    if let Some(username) = login.username {
        builder = builder.set_client_to_redis_username(username);
    }
    if let Some(password) = login.password {
        builder = builder.set_client_to_redis_password(password);
    }
    builder.set_client_to_redis_protocol(ProtocolVersion::RESP3).build()
}

/// The protocol in which Redis may speak without being asked, and packets that do not wait for more.
fn tuned(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true))
}

fn manager(config: &RedisConfig, listener: Option<Listener>) -> ConnectionManagerConfig {
    let settings = ConnectionManagerConfig::new()
        .set_number_of_retries(RETRIES)
        .set_connection_timeout(Some(config.connection_timeout))
        .set_response_timeout(Some(config.response_timeout));
    match listener {
        Some(listener) => {
            settings.set_push_sender(quietly(listener)).set_automatic_resubscription()
        }
        None => settings,
    }
}

/// A listener that is never gone.
fn quietly(listener: Listener) -> impl Fn(PushInfo) -> std::result::Result<(), ()> {
    move |push| {
        listener(push);
        Ok(())
    }
}
