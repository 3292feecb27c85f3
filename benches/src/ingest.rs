//! Events a second into the databases, in batches as an import writes them, against the database's own bulk load
//! of the same rows.

use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use futures_util::TryStreamExt as _;
use recsys_store::types::{Item, NewInteraction, NewItem, NewTenant, NewUser, Role, Tier, User};
use recsys_store::{
    PostgresConfig, PostgresStorage, SqliteConfig, SqliteStorage, Storage, TenantStores,
};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::one_query::below;

/// Users and items that are created at once.
const ROWS_AT_ONCE: usize = 5_000;
/// The foreign keys of the log, which a copy of the table leaves out.
const KEYS: &str = "FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id), \
    FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id) ON DELETE CASCADE";

/// Options of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events.
    #[arg(long, default_value_t = 1_000_000)]
    interactions: u32,
    /// Users.
    #[arg(long, default_value_t = 50_000)]
    users: u32,
    /// Items.
    #[arg(long, default_value_t = 10_000)]
    items: u32,
    /// Events of one call.
    #[arg(long, default_value_t = 20_000)]
    batch: u32,
    /// PostgreSQL server, as a superuser; a database is created and dropped. `.ci/services` starts one.
    #[arg(long, value_name = "URL", env = "RECSYS_TEST_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
}

/// Events a second, by our way and by the database's own.
struct Rates {
    append: f64,
    bulk: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        println!("{:<12}{:>12}{:>14}{:>8}", "events/s", "appended", "bulk load", "ratio");
        print("SQLite", &in_sqlite(options).await?);
        if let Some(server) = &options.postgres {
            print("PostgreSQL", &in_postgres(options, server).await?);
        }
        Ok(())
    })
}

fn print(name: &str, rates: &Rates) {
    let ratio = rates.bulk / rates.append;
    println!("{name:<12}{:>12.0}{:>14.0}{ratio:>8.2}", rates.append, rates.bulk);
}

/// The bulk load is one `INSERT … SELECT` from the table that was filled, into one with the same keys and indexes.
async fn in_sqlite(options: &Options) -> anyhow::Result<Rates> {
    let folder = tempfile::tempdir()?;
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await?;
    let append = append(&storage, options).await?;
    storage.close().await;

    let file = SqliteConnectOptions::new().filename(folder.path().join("recsys.db"));
    let mut connection: SqliteConnection = file.connect().await?;
    let like: String =
        sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE name = 'interactions'")
            .fetch_one(&mut connection)
            .await?;
    connection.execute(AssertSqlSafe(like.replacen("interactions", "copied", 1))).await?;
    for index in [
        "CREATE INDEX copied_by_user ON copied (tenant_id, user_id, at, sequence)",
        "CREATE INDEX copied_by_item ON copied (tenant_id, item_id)",
        "CREATE UNIQUE INDEX copied_by_key ON copied (tenant_id, idempotency_key) \
         WHERE idempotency_key IS NOT NULL",
    ] {
        connection.execute(index).await?;
    }
    let begun = Instant::now();
    connection.execute("INSERT INTO copied SELECT * FROM interactions").await?;
    Ok(Rates { append, bulk: rate(options, begun) })
}

/// The bulk load is `COPY` of the rows in text form, into a table with the same keys and indexes.
async fn in_postgres(options: &Options, server: &str) -> anyhow::Result<Rates> {
    let name = format!("ingest_{}", std::process::id());
    let mut admin: PgConnection = server.parse::<PgConnectOptions>()?.connect().await?;
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    let (head, _) = server.rsplit_once('/').context("the address has no database")?;
    let rates = in_database(options, &format!("{head}/{name}")).await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
    rates
}

async fn in_database(options: &Options, url: &str) -> anyhow::Result<Rates> {
    let storage = PostgresStorage::open(&PostgresConfig::new(url.parse()?)).await?;
    let append = append(&storage, options).await?;
    storage.close().await;

    let mut connection: PgConnection = url.parse::<PgConnectOptions>()?.connect().await?;
    let like = format!("CREATE TABLE copied (LIKE interactions INCLUDING ALL, {KEYS})");
    connection.execute(AssertSqlSafe(like)).await?;
    let rows = {
        let out = connection.copy_out_raw("COPY interactions TO STDOUT").await?;
        out.try_collect::<Vec<_>>().await?.concat()
    };
    let begun = Instant::now();
    let mut copy = connection.copy_in_raw("COPY copied FROM STDIN").await?;
    for part in rows.chunks(1 << 16) {
        copy.send(part).await?;
    }
    copy.finish().await?;
    let bulk = rate(options, begun);
    connection.close().await?;
    Ok(Rates { append, bulk })
}

/// Fills a tenant and returns the events a second, users and items not counted.
async fn append(storage: &dyn Storage, options: &Options) -> anyhow::Result<f64> {
    let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Enterprise };
    let stores = storage.tenant(storage.tenants().create(new).await?.id);
    let (users, items) = people_and_things(&stores, options).await?;
    let mut state = 1;
    let mut seconds = 0.0;
    for batch in (0..options.interactions).collect::<Vec<_>>().chunks(options.batch as usize) {
        let event = |number: &u32| {
            let user = users[below(&mut state, options.users) as usize].id;
            // Half of the events are about a hundredth of the items.
            let hot =
                if number.is_multiple_of(2) { options.items } else { options.items.div_ceil(100) };
            let item = items[below(&mut state, hot) as usize].id;
            let key = format!("import:{:032x}", u128::from(*number) << 64);
            let idempotency_key = Some(key);
            NewInteraction { idempotency_key, ..NewInteraction::new(user, item, "view") }
        };
        let events: Vec<NewInteraction> = batch.iter().map(event).collect();
        let begun = Instant::now();
        stores.interactions.append(&events).await?;
        seconds += begun.elapsed().as_secs_f64();
    }
    Ok(f64::from(options.interactions) / seconds)
}

async fn people_and_things(
    stores: &TenantStores,
    options: &Options,
) -> anyhow::Result<(Vec<User>, Vec<Item>)> {
    let user = |number| NewUser {
        email: format!("{number}@example.com"),
        username: format!("{number}"),
        password_hash: None,
        role: Role::User,
        external_id: Some(format!("{number}")),
    };
    let item = |number| NewItem {
        title: format!("Item {number}"),
        external_id: Some(format!("{number}")),
        ..NewItem::default()
    };
    let (mut users, mut items) = (Vec::new(), Vec::new());
    for rows in (0..options.users).collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        users.extend(stores.users.upsert_external(rows.iter().map(user).collect()).await?);
    }
    for rows in (0..options.items).collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        items.extend(stores.catalog.upsert_external(rows.iter().map(item).collect()).await?);
    }
    Ok((users, items))
}

fn rate(options: &Options, begun: Instant) -> f64 {
    f64::from(options.interactions) / begun.elapsed().as_secs_f64()
}
