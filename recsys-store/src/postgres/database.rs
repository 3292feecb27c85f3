//! Connections and transactions.
//!
//! Every transaction says first whose rows it is about; policies hide all others. Writes then take the
//! row of their tenant: those of one tenant queue up, as all do in SQLite, and see the newest state
//! (READ COMMITTED takes a snapshot for each statement). So the order of sequences is the order of
//! commits, and what was checked stays true until the end. Writes of different tenants do not meet.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _};

use super::error::{failed, is_away, is_conflict, open_failed};
use super::schema::{self, Role};
use super::{PostgresConfig, PostgresUrl};
use crate::breaker::Breaker;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::model_files::ModelFiles;
use crate::sql::shielded;
use crate::types::TenantId;

/// How often a transaction is run before a conflict with others is reported.
const ATTEMPTS: u32 = 5;
/// How long to wait before the second attempt; twice as long before each further one.
const BACKOFF: Duration = Duration::from_millis(10);
/// A connection that was unused for longer is asked whether it is alive before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// Calls in a row that nobody answered, after which others are refused at once. An attempt to connect goes on until its
/// time is over, also while connections are refused, and nobody should wait for that in vain again and again.
const FAILURES: u32 = 2;
/// For how long calls are refused, all but one, which tries again.
const PAUSE: Duration = Duration::from_millis(500);

/// Whose rows a transaction is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// The directory of tenants, and which of them have jobs waiting.
    Directory,
    /// The rows of one tenant.
    Tenant(TenantId),
}

/// What a transaction may do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Read.
    Read,
    /// Read everything as it was at the first statement.
    Snapshot,
    /// Write beside other writes of the tenant.
    Write,
    /// Write when the tenant's writes that began before have ended.
    WriteInTurn,
}

/// What is done in a transaction, more than once if others are in the way.
pub(super) trait Work<I, T>:
    for<'c> Fn(&'c mut PgConnection, &'c I) -> BoxFuture<'c, Result<T>> + Send + Sync + 'static
{
}

impl<I, T, F> Work<I, T> for F where
    F: for<'c> Fn(&'c mut PgConnection, &'c I) -> BoxFuture<'c, Result<T>> + Send + Sync + 'static
{
}

/// The open database. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pool: PgPool,
    url: PostgresUrl,
    breaker: Arc<Breaker>,
    /// The place of the model files if it is not the database.
    models: Option<ModelFiles>,
    models_kept: NonZeroU32,
}

impl Database {
    pub(super) async fn open(config: &PostgresConfig) -> Result<Self> {
        const OP: &str = "open";
        let url = &config.url;
        let models = match &config.models {
            None => None,
            Some(place) => Some(ModelFiles::open(OP, place).await?),
        };
        schema::prepare(OP, url).await?;
        let role = schema::role(OP, url).await?;
        let session = session(config, &role);
        let options = url.options().clone().application_name(&config.application_name);
        let pool = PgPoolOptions::new()
            .max_connections(config.connections.max(1))
            .acquire_timeout(config.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > FRESH {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                let session = session.clone();
                Box::pin(async move {
                    sqlx::raw_sql(AssertSqlSafe(session)).execute(connection).await.map(drop)
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| open_failed(OP, url, error))?;
        let breaker = Arc::new(Breaker::new(FAILURES, PAUSE));
        Ok(Self { pool, url: url.clone(), breaker, models, models_kept: config.models_kept })
    }

    /// Applies missing migrations and returns the newest version.
    pub(super) async fn migrate(&self) -> Result<u64> {
        schema::prepare("migrate", &self.url).await
    }

    /// Returns the place of the model files if it is not the database.
    pub(super) fn models(&self) -> Option<&ModelFiles> {
        self.models.as_ref()
    }

    /// Returns how many versions of each model are kept.
    pub(super) fn models_kept(&self) -> NonZeroU32 {
        self.models_kept
    }

    /// Answers when the database does.
    pub(super) async fn health(&self) -> Result<()> {
        let (op, pool) = ("health", self.pool.clone());
        let ask = async move {
            sqlx::query("SELECT 1").execute(&pool).await.map(drop).map_err(failed(op))
        };
        self.watched(op, shielded(Backend::Postgres, op, ask)).await
    }

    /// Makes a call unless the database has just not answered others.
    async fn watched<T>(
        &self,
        op: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if !self.breaker.admits(Instant::now()) {
            let error = StoreError::new(Backend::Postgres, op, StoreErrorKind::Unavailable);
            return Err(error.with_source("the database did not answer the calls before"));
        }
        let outcome = call.await;
        match &outcome {
            Err(error) if is_away(error) => {
                if self.breaker.failed(Instant::now()) {
                    tracing::warn!(op, %error, "the database does not answer");
                }
            }
            _ => self.breaker.answered(),
        }
        outcome
    }

    /// Runs `work` on `input` in a transaction, and again if it fails only because of other
    /// transactions; rolls back if it fails. Dropping the returned future does not stop it: the
    /// transaction ends one way or the other. That holds for reading too: a transaction whose beginning
    /// is cut off could leave its connection inside it, and the next write there would not be committed.
    pub(super) async fn run<I, T, F>(
        &self,
        op: &'static str,
        scope: Scope,
        access: Access,
        input: I,
        work: F,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Work<I, T>,
    {
        let queue = match (scope, access) {
            (Scope::Tenant(tenant), Access::WriteInTurn) => Some(tenant),
            _ => None,
        };
        let begin = begin(scope, access);
        let pool = self.pool.clone();
        let connections = pool.options().get_max_connections();
        // Callers hold it until it is spawned: better a pointer than all of it.
        let call = Box::pin(async move {
            let (mut pause, mut conflicts, mut stale) = (BACKOFF, 1, 0);
            loop {
                let error = match attempt(&pool, op, &begin, queue, &input, &work).await {
                    Ok(value) => return Ok(value),
                    Err(Failed::Before(error)) if is_away(&error) && stale < connections => {
                        // The server has ended this connection, perhaps all that were open. Another one may be alive,
                        // and a new one says whether the server is.
                        stale += 1;
                        continue;
                    }
                    Err(Failed::Before(error) | Failed::Within(error)) => error,
                };
                if !is_conflict(&error) || conflicts == ATTEMPTS {
                    return Err(error);
                }
                tracing::debug!(op, "a transaction was in the way; trying again");
                tokio::time::sleep(pause).await;
                pause *= 2;
                conflicts += 1;
            }
        });
        self.watched(op, shielded(Backend::Postgres, op, call)).await
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Makes the tenant's writes wait until this transaction has ended; nothing for an unknown tenant.
pub(super) async fn queue_up(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
) -> Result<()> {
    sqlx::query("SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE")
        .bind(tenant.0)
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed(op))
}

/// When an attempt failed.
enum Failed {
    /// On a connection that was idle, before the transaction began.
    Before(StoreError),
    Within(StoreError),
}

async fn attempt<I, T, F>(
    pool: &PgPool,
    op: &'static str,
    begin: &str,
    queue: Option<TenantId>,
    input: &I,
    work: &F,
) -> Result<T, Failed>
where
    F: Work<I, T>,
{
    let acquired = pool.acquire().await.map_err(failed(op));
    let mut connection = acquired.map_err(Failed::Within)?;
    let mut begun = false;
    let outcome = async {
        let begin = AssertSqlSafe(begin.to_owned());
        let mut transaction = connection.begin_with(begin).await.map_err(failed(op))?;
        begun = true;
        if let Some(tenant) = queue {
            queue_up(&mut transaction, op, tenant).await?;
        }
        let value = work(&mut transaction, input).await?;
        transaction.commit().await.map_err(failed(op))?;
        Ok(value)
    }
    .await;
    if !begun {
        // Nobody knows whether it is inside a transaction now.
        connection.close_on_drop();
    }
    outcome.map_err(if begun { Failed::Within } else { Failed::Before })
}

/// Begins a transaction and says whose rows it is about, in one message to the server. Ids consist of
/// hexadecimal digits and dashes.
fn begin(scope: Scope, access: Access) -> String {
    let mode = match access {
        Access::Read => "READ COMMITTED READ ONLY",
        Access::Snapshot => "REPEATABLE READ READ ONLY",
        Access::Write | Access::WriteInTurn => "READ COMMITTED READ WRITE",
    };
    let (setting, value) = match scope {
        Scope::Directory => ("recsys.directory", "on".to_owned()),
        Scope::Tenant(tenant) => ("recsys.tenant", tenant.to_string()),
    };
    format!(
        "BEGIN ISOLATION LEVEL {mode}; \
         SELECT set_config('{setting}', '{value}', true)"
    )
}

/// Returns the statements that set up a new connection.
fn session(config: &PostgresConfig, role: &Role) -> String {
    let statement = config.statement_timeout.as_millis();
    let idle = config.idle_in_transaction_timeout.as_millis();
    let timeouts = format!(
        "SET statement_timeout = {statement}; SET idle_in_transaction_session_timeout = {idle}"
    );
    match role {
        Role::Login => timeouts,
        Role::Below(name) => format!("SET ROLE \"{}\"; {timeouts}", name.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests;
