//! The schema and its second lock: migrations, and a role for which the policies hold.

#[cfg(feature = "testing")]
use sha2::{Digest as _, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::PostgresUrl;
use super::error::{failed, migration_failed, open_failed, unfit};
use crate::error::Result;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");
/// Makes a role to step down to, for a login that policies do not hold for.
const ROLE: &str = include_str!("role.sql");
/// `server_version_num` of the oldest version that understands the migrations.
const OLDEST: i32 = 140_000;

/// All tables with rows of tenants.
const TABLES: [&str; 12] = [
    "tenants",
    "users",
    "items",
    "item_deletions",
    "item_words",
    "interactions",
    "ratings",
    "models",
    "model_parts",
    "jobs",
    "sessions",
    "word_backlog",
];

/// As whom the application works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// As the login itself.
    Login,
    /// As a role with fewer rights than the login.
    Below(String),
}

/// Returns a word that is another one for another schema.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> String {
    let mut digest = Sha256::new();
    MIGRATIONS.iter().for_each(|migration| digest.update(&migration.checksum));
    digest.update(ROLE);
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Applies missing migrations as the login and returns the newest version.
///
/// A login that may not create tables, because somebody else migrates, takes the schema as it is if
/// that is the newest one.
pub(super) async fn prepare(op: &'static str, url: &PostgresUrl) -> Result<u64> {
    let mut connection = connect(op, url).await?;
    let prepared = prepare_with(&mut connection, op, url).await;
    // What was done is committed; a farewell that fails changes nothing.
    let _ = connection.close().await;
    prepared
}

/// Decides as whom to work. Fails if the policies would not hold.
pub(super) async fn role(op: &'static str, url: &PostgresUrl) -> Result<Role> {
    let mut connection = connect(op, url).await?;
    let role = role_with(&mut connection, op, url).await;
    let _ = connection.close().await;
    role
}

async fn connect(op: &'static str, url: &PostgresUrl) -> Result<PgConnection> {
    url.options().connect().await.map_err(|error| open_failed(op, url, error))
}

async fn prepare_with(
    connection: &mut PgConnection,
    op: &'static str,
    url: &PostgresUrl,
) -> Result<u64> {
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), \
         to_regclass('_sqlx_migrations') IS NOT NULL",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(failed(op))?;
    let get = |error| failed(op)(error);
    let number: i32 = row.try_get(0).map_err(get)?;
    if number < OLDEST {
        let version: String = row.try_get(1).map_err(get)?;
        let what = format!("{url} is PostgreSQL {version}, and 14 or newer is needed");
        return Err(unfit(op, what));
    }
    let (may_create, exists): (bool, bool) =
        (row.try_get(2).map_err(get)?, row.try_get(3).map_err(get)?);
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    if !may_create && exists && version(connection, op).await? == newest {
        return Ok(newest.unsigned_abs());
    }
    let migrating = PgPoolOptions::new().max_connections(1).connect_with(url.options().clone());
    let migrating = migrating.await.map_err(|error| open_failed(op, url, error))?;
    let run = MIGRATIONS.run(&migrating).await;
    migrating.close().await;
    run.map_err(|error| migration_failed(op, url, error))?;
    sqlx::raw_sql(ROLE)
        .execute(&mut *connection)
        .await
        .map_err(|error| open_failed(op, url, error))?;
    Ok(version(connection, op).await?.unsigned_abs())
}

async fn version(connection: &mut PgConnection, op: &'static str) -> Result<i64> {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
        .map_err(failed(op))
}

async fn role_with(
    connection: &mut PgConnection,
    op: &'static str,
    url: &PostgresUrl,
) -> Result<Role> {
    let get = |error| failed(op)(error);
    let row = sqlx::query(
        "SELECT login.rolsuper OR login.rolbypassrls, app.rolname::text, \
         ARRAY(SELECT name FROM unnest($1::text[]) AS t (name) WHERE NOT EXISTS ( \
               SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
               AND relname = name AND relrowsecurity AND relforcerowsecurity)) \
         FROM pg_roles AS login LEFT JOIN pg_roles AS app \
         ON app.rolname = left(session_user, 59) || '_app' \
         AND NOT app.rolsuper AND NOT app.rolbypassrls \
         AND pg_has_role(session_user, app.oid, 'MEMBER') \
         WHERE login.rolname = session_user",
    )
    .bind(TABLES.as_slice())
    .fetch_one(connection)
    .await
    .map_err(failed(op))?;
    let unlocked: Vec<String> = row.try_get(2).map_err(get)?;
    if !unlocked.is_empty() {
        let tables = unlocked.join(", ");
        let what = format!("row-level security is not forced in {url} for: {tables}");
        return Err(unfit(op, what));
    }
    let (bypasses, below): (bool, Option<String>) =
        (row.try_get(0).map_err(get)?, row.try_get(1).map_err(get)?);
    match (bypasses, below) {
        (false, _) => Ok(Role::Login),
        (true, Some(name)) => Ok(Role::Below(name)),
        (true, None) => {
            let what = format!(
                "{url} is opened by a role that row-level security does not hold for, and there is \
                 no role to step down to: use one without SUPERUSER and BYPASSRLS"
            );
            Err(unfit(op, what))
        }
    }
}
