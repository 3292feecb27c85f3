//! The composition root: a data folder becomes storage, engine, accounts, schema and routes.

use std::{
    fmt,
    future::{Future, IntoFuture},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::{Router, http::HeaderValue};
use ipnet::IpNet;
use recsys_graphql::{Accounts, Limits, Meter, RateLimits, Rates, Schema, SchemaParts};
use recsys_store::{
    Engine, EngineError, MeasuredStorage, PostgresUrl, Storage, StoreError, memory::MemoryLimiter,
    redis::RedisConfig, traits::RateLimiter,
};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use crate::{
    auth::{
        accounts::StoredAccounts,
        jwt::TokenKeys,
        secret::{SecretError, SigningKeys},
    },
    http::{
        self, Gateway, PersistedQueries,
        websocket::{SocketGauges, SocketSettings, Sockets},
    },
    sharing::Sharing,
    shutdown::Shutdown,
    storage::{ModelOptions, Place, Rows},
    vectors::{VectorOptions, Vectors},
};

/// The file with the signing keys, inside the data folder.
const SECRET_FILE: &str = "secret.key";
/// Callers whose requests are counted at a time: users, addresses, accounts that somebody signs in to.
const COUNTS: usize = 200_000;
/// How long a shutdown waits for requests and for the training worker.
const DRAIN: Duration = Duration::from_secs(20);

/// What an [`App`] is made from.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The folder that holds everything the server writes, but for what is in `database`; created if
    /// missing.
    pub data: PathBuf,
    /// The database for rows and models; without one they are in the folder as well. Servers that share
    /// a database need the same signing keys: the same `secret.key` in their folders.
    pub database: Option<PostgresUrl>,
    /// Where the files of models are and which of them are kept.
    pub models: ModelOptions,
    /// The Redis that the server shares with others that have the same database.
    pub redis: Option<RedisConfig>,
    /// How items are found by their vectors.
    pub vectors: VectorOptions,
    /// How many servers share the limits; each keeps its part of them while Redis is away.
    pub replicas: u32,
    /// Whether queued trainings run in this process.
    pub trains: bool,
    /// Origins of pages of other sites, for example `https://shop.example.com`, whose scripts may read
    /// answers; what may open a WebSocket is in `sockets`.
    pub origins: Vec<HeaderValue>,
    /// Bounds on WebSocket connections.
    pub sockets: SocketSettings,
    /// What callers may do in a stretch of time.
    pub rates: RateLimits,
    /// Networks of proxies whose `X-Forwarded-For` or `Forwarded` is believed; of others it is ignored.
    pub proxies: Vec<IpNet>,
    /// Networks that may see `/metrics`; by default this machine.
    pub metrics_from: Vec<IpNet>,
}

impl AppOptions {
    /// Returns the default options for a data folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            database: None,
            models: ModelOptions::default(),
            redis: None,
            vectors: VectorOptions::default(),
            replicas: 1,
            trains: true,
            origins: Vec::new(),
            sockets: SocketSettings::default(),
            rates: RateLimits::default(),
            proxies: Vec::new(),
            metrics_from: this_machine(),
        }
    }

    /// Returns where rows and models are kept.
    pub fn place(&self) -> Place {
        let rows = self.database.clone();
        let rows = rows.map_or_else(|| Rows::Folder(self.data.clone()), Rows::Postgres);
        Place { rows, models: self.models.clone() }
    }
}

/// Why an [`App`] could not be opened or served. The message is one sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The engine could not be started.
    #[error("the engine cannot start")]
    Engine(#[from] EngineError),
    /// The signing keys could not be read or made.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Connections could not be accepted.
    #[error("the server cannot accept connections")]
    Serve(#[source] io::Error),
    /// The data folder or the database could not be opened.
    #[error("the storage cannot be opened")]
    Storage(#[from] StoreError),
}

/// The whole application, opened and not yet serving. Clones share everything.
#[derive(Clone)]
pub struct App {
    accounts: StoredAccounts,
    engine: Engine,
    meter: Meter,
    metrics_from: Arc<[IpNet]>,
    origins: Arc<[HeaderValue]>,
    proxies: Arc<[IpNet]>,
    rates: Arc<Rates>,
    schema: Schema,
    sharing: Option<Sharing>,
    sockets: Arc<Sockets>,
    storage: Arc<dyn Storage>,
    tokens: Arc<TokenKeys>,
    trains: bool,
    vectors: Vectors,
}

impl App {
    /// Opens data folder and database, creating what is missing and applying migrations.
    ///
    /// # Errors
    ///
    /// [`AppError`] for a folder, database or key file that cannot be used.
    pub async fn open(options: &AppOptions) -> Result<Self, AppError> {
        let storage = options.place().open().await?;
        let keys = SigningKeys::load_or_create(&options.data.join(SECRET_FILE))?;
        let tokens = Arc::new(TokenKeys::new(&keys));
        let measured: Arc<dyn Storage> = Arc::new(MeasuredStorage::new(Arc::clone(&storage)));
        let sharing = options.redis.as_ref().map(Sharing::open).transpose()?;
        let folder = options.database.is_none().then_some(&*options.data);
        let vectors = Vectors::open(&options.vectors, folder)?;
        let engine = vectors.equip(options.place().engine(Arc::clone(&measured)));
        let (engine, limiter): (_, Arc<dyn RateLimiter>) = match &sharing {
            None => (engine, Arc::new(MemoryLimiter::new(COUNTS))),
            Some(sharing) => (sharing.equip(engine), Arc::new(sharing.limiter(options.replicas))),
        };
        let engine = engine.build()?;
        let accounts = StoredAccounts::new(measured, Arc::clone(&tokens));
        let rates = Arc::new(Rates::new(engine.clone(), limiter, options.rates.clone()));
        let meter = Meter::default();
        let parts = SchemaParts {
            engine: engine.clone(),
            accounts: Some(Arc::new(accounts.clone())),
            limits: Limits::default(),
            rates: Some(Arc::clone(&rates)),
            meter: meter.clone(),
        };
        let schema = parts.build();
        let metrics_from = options.metrics_from.clone().into();
        let proxies = options.proxies.clone().into();
        let sockets = Arc::new(Sockets::new(options.sockets.clone()));
        Ok(Self {
            accounts,
            engine,
            meter,
            metrics_from,
            origins: options.origins.clone().into(),
            proxies,
            rates,
            schema,
            sharing,
            sockets,
            storage,
            tokens,
            trains: options.trains,
            vectors,
        })
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the sign-in operations.
    pub fn accounts(&self) -> &dyn Accounts {
        &self.accounts
    }

    /// Returns the GraphQL schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns how much is going on over WebSocket.
    pub fn socket_gauges(&self) -> &SocketGauges {
        self.sockets.gauges()
    }

    /// Returns the HTTP routes, to be served here or mounted elsewhere.
    pub fn router(&self) -> Router {
        http::router(Gateway {
            schema: self.schema.clone(),
            tokens: Arc::clone(&self.tokens),
            limits: Limits::default(),
            patience: http::PATIENCE,
            sockets: Arc::clone(&self.sockets),
            rates: Arc::clone(&self.rates),
            proxies: Arc::clone(&self.proxies),
            metrics_from: Arc::clone(&self.metrics_from),
            meter: self.meter.clone(),
            engine: self.engine.clone(),
            sharing: self.sharing.clone(),
            vectors: self.vectors.clone(),
            persisted: PersistedQueries::default(),
            origins: Arc::clone(&self.origins),
        })
    }

    /// Answers requests on `listener` and runs queued trainings, until `shutdown` resolves and the
    /// requests under way are answered (at most 20 seconds later). WebSockets are closed then; this
    /// application takes no new ones.
    ///
    /// # Errors
    ///
    /// [`AppError::Serve`] when connections cannot be accepted.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AppError> {
        let begins = Shutdown::new();
        let upkeep = http::metrics::recorder().map(http::metrics::keep_up).map(tokio::spawn);
        let saving = tokio::spawn(self.vectors.clone().keep_saved());
        let worker = self.trains.then(|| self.engine.spawn_worker(begins.begun()));
        let (signal, sockets) = (begins.clone(), Arc::clone(&self.sockets));
        let announced = tokio::spawn(async move {
            shutdown.await;
            signal.begin();
            sockets.shut_down();
        });
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, service).with_graceful_shutdown(begins.begun());
        let drained = tokio::select! {
            served = server.into_future() => served.map_err(AppError::Serve),
            () = async { begins.begun().await; tokio::time::sleep(DRAIN).await } => {
                tracing::warn!("requests were still under way at the end of the shutdown");
                Ok(())
            }
        };
        announced.abort();
        saving.abort();
        if let Some(upkeep) = upkeep {
            upkeep.abort();
        }
        begins.begin();
        self.sockets.shut_down();
        if timeout(DRAIN, self.sockets.closed()).await.is_err() {
            tracing::warn!("WebSockets were still open at the end of the shutdown");
        }
        if let Some(worker) = worker {
            join(worker).await;
        }
        if let Some(sharing) = &self.sharing {
            sharing.close().await;
        }
        drained
    }

    /// Saves what can be kept of the vectors, and closes the database after the work under way.
    pub async fn close(&self) {
        self.vectors.save().await;
        self.storage.close().await;
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("App").field("engine", &self.engine).finish_non_exhaustive()
    }
}

async fn join(worker: JoinHandle<()>) {
    match timeout(DRAIN, worker).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the training worker failed"),
        Err(_) => tracing::warn!("the training worker did not stop in time"),
    }
}

/// Returns the networks in which only this machine is.
fn this_machine() -> Vec<IpNet> {
    let v4 = IpNet::new_assert(Ipv4Addr::new(127, 0, 0, 0).into(), 8);
    vec![v4, IpAddr::V6(Ipv6Addr::LOCALHOST).into()]
}
