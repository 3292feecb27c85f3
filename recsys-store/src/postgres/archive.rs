//! Copies of tenants, from PostgreSQL and to it.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::bulk::column;
use super::database::{Access, Scope};
use super::error::{corrupt, failed, invalid, missing, taken};
use super::{PostgresTenant, catalog, interactions, model_parts, ratings, registry, users};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::model_files::{ModelFiles, Seal, digest_of};
use crate::rules::tenant_exists;
use crate::sql::{
    self, KeyedEvent, Outlet, interaction_columns, item_columns, made_room, model_columns, pass_on,
    pass_rows_on, rating_columns, signed, tenant_columns, user_columns,
};
use crate::traits::{Archive, ArchiveStore};
use crate::types::{
    ArchiveOrder, ArchivePiece, DeletionRecord, EventRecord, ModelRecord, TenantId, TenantRecord,
};

#[async_trait]
impl ArchiveStore for PostgresTenant {
    async fn dump(&self) -> Result<Archive> {
        const OP: &str = "archive.dump";
        let source = Self { database: self.database.clone(), id: self.id };
        Ok(sql::archive(|outlet| async move {
            let database = source.database.clone();
            let (scope, input) = (Scope::Tenant(source.id), (source, Once::new(outlet)));
            database
                .run(OP, scope, Access::Snapshot, input, |connection, (source, outlet)| {
                    Box::pin(async move { dump(connection, OP, source, &outlet.take(OP)?).await })
                })
                .await
        }))
    }

    async fn restore(&self, archive: Archive) -> Result<()> {
        const OP: &str = "archive.restore";
        let (tenant, files) = (self.id, self.database.models().cloned());
        self.write(OP, Once::new(archive), move |connection, archive| {
            let files = files.clone();
            let archive = archive.take(OP);
            Box::pin(async move {
                let mut placed = Vec::new();
                let archive = archive?;
                let files = files.as_ref();
                let restored = restore(connection, OP, tenant, files, archive, &mut placed).await;
                if let (Err(_), Some(files)) = (&restored, files) {
                    files.delete_all(tenant, placed).await;
                }
                restored
            })
        })
        .await
    }
}

/// What can be used once: a transaction that is run again finds it gone.
struct Once<T>(Mutex<Option<T>>);

impl<T> Once<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    fn take(&self, op: &'static str) -> Result<T> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| {
            StoreError::new(Backend::Postgres, op, StoreErrorKind::Unavailable)
                .with_context("another transaction was in the way of the copy: try again")
        })
    }
}

/// A copy takes as long as it takes: no statement of it, and no waiting for who takes or gives it.
async fn take_time(connection: &mut PgConnection, op: &'static str) -> Result<()> {
    let sql = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
    sqlx::raw_sql(sql).execute(connection).await.map(drop).map_err(failed(op))
}

async fn dump(
    connection: &mut PgConnection,
    op: &'static str,
    source: &PostgresTenant,
    outlet: &Outlet,
) -> Result<()> {
    take_time(connection, op).await?;
    let tenant = source.id;
    let found = sqlx::query(concat!(
        "SELECT ",
        tenant_columns!(),
        ", last_sequence, catalog_revision FROM tenants WHERE id = $1"
    ))
    .bind(tenant.0)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed(op))?;
    let row = found.ok_or_else(|| missing(op, format!("tenant {tenant} does not exist")))?;
    let record = sql::tenant_record(&row).map_err(failed(op))?;
    pass_on(Backend::Postgres, op, outlet, ArchivePiece::Tenant(Box::new(record))).await?;
    /// Passes the rows of a table on.
    macro_rules! rows {
        ($read:path, $piece:path, $($sql:expr),+) => {
            let rows = sqlx::query(concat!($($sql),+)).bind(tenant.0).fetch(&mut *connection);
            let at = (Backend::Postgres, op);
            pass_rows_on(at, outlet, rows, $read, $piece, failed(op)).await?;
        };
    }
    rows!(
        sql::user_record,
        ArchivePiece::Users,
        "SELECT ",
        user_columns!(),
        " FROM users AS u WHERE u.tenant_id = $1 ORDER BY u.id"
    );
    rows!(
        sql::item,
        ArchivePiece::Items,
        "SELECT ",
        item_columns!(),
        " FROM items AS i WHERE i.tenant_id = $1 ORDER BY i.id"
    );
    rows!(
        sql::deletion,
        ArchivePiece::Deletions,
        "SELECT item_id, revision FROM item_deletions WHERE tenant_id = $1 ORDER BY item_id"
    );
    rows!(
        sql::event_record,
        ArchivePiece::Interactions,
        "SELECT ",
        interaction_columns!(),
        ", e.idempotency_key, e.fingerprint FROM interactions AS e WHERE e.tenant_id = $1 \
         ORDER BY e.sequence"
    );
    rows!(
        sql::rating,
        ArchivePiece::Ratings,
        "SELECT ",
        rating_columns!(),
        " FROM ratings AS r WHERE r.tenant_id = $1 ORDER BY r.user_id, r.item_id"
    );
    dump_models(connection, op, source, outlet).await
}

async fn dump_models(
    connection: &mut PgConnection,
    op: &'static str,
    source: &PostgresTenant,
    outlet: &Outlet,
) -> Result<()> {
    let tenant = source.id;
    let found = sqlx::query(concat!(
        "SELECT ",
        model_columns!(),
        ", is_current, digest FROM models WHERE tenant_id = $1 \
         ORDER BY algorithm COLLATE \"C\", created_at, id"
    ))
    .bind(tenant.0)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(op))?;
    for row in &found {
        let record = sql::model_record(row).map_err(failed(op))?;
        let digest = sqlx::Row::try_get(row, 8).map_err(failed(op))?;
        let (id, seal) = (record.version.id, Seal::new(record.version.bytes, digest));
        let stored = model_parts::load(connection, op, tenant, id).await?;
        let file = match source.database.models() {
            _ if !stored.is_empty() || record.version.bytes == 0 => {
                seal.check(op, id, stored).await?
            }
            Some(files) => match files.get(op, tenant, id, &seal).await {
                Err(_) if source.seal(op, id).await?.is_none() => {
                    return Err(made_room(Backend::Postgres, op, id));
                }
                file => file?,
            },
            None => {
                return Err(corrupt(op, format!("the file of model {id} is not in the database")));
            }
        };
        pass_on(Backend::Postgres, op, outlet, ArchivePiece::Model(Box::new(record), file)).await?;
    }
    Ok(())
}

/// Writes all pieces; names the files that are in their place outside of the database in `placed`.
async fn restore(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    files: Option<&ModelFiles>,
    mut archive: Archive,
    placed: &mut Vec<Uuid>,
) -> Result<()> {
    take_time(connection, op).await?;
    let mut order = ArchiveOrder::of(tenant);
    while let Some(piece) = archive.try_next().await? {
        order.check(&piece).map_err(invalid(op))?;
        match piece {
            ArchivePiece::Tenant(record) => insert_tenant(connection, op, &record).await?,
            ArchivePiece::Users(records) => {
                let rows = records.into_iter().map(|it| (it.user, it.password_hash));
                users::insert(connection, op, tenant, &rows.collect::<Vec<_>>()).await?;
            }
            ArchivePiece::Items(items) => catalog::put(connection, op, tenant, &items).await?,
            ArchivePiece::Deletions(records) => {
                insert_deletions(connection, op, tenant, &records).await?;
            }
            ArchivePiece::Interactions(records) => {
                let events: Vec<KeyedEvent<'_>> = records.iter().map(keyed).collect();
                interactions::insert(connection, op, tenant, &events).await?;
            }
            ArchivePiece::Ratings(rows) => {
                let rows: Vec<_> = rows.iter().collect();
                ratings::put_ratings(connection, op, tenant, &rows).await?;
            }
            ArchivePiece::Model(record, file) => {
                let digest = digest_of(op, file.clone()).await?;
                let ModelRecord { version, is_current } = *record;
                place(connection, op, tenant, files, version.id, &file, placed).await?;
                registry::insert(connection, op, tenant, &version, is_current, &digest).await?;
            }
            ArchivePiece::End => {}
        }
    }
    order.end().map_err(invalid(op))
}

async fn place(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    files: Option<&ModelFiles>,
    version: Uuid,
    file: &Bytes,
    placed: &mut Vec<Uuid>,
) -> Result<()> {
    match files {
        None => model_parts::store(connection, op, tenant, version, file).await,
        Some(files) => {
            placed.push(version);
            files.put(op, tenant, version, file).await
        }
    }
}

fn keyed(record: &EventRecord) -> KeyedEvent<'_> {
    (record.event.clone(), record.idempotency_key.as_deref().zip(record.fingerprint))
}

/// Inserts the row of the tenant, for which the transaction works on the directory meanwhile.
async fn insert_tenant(
    connection: &mut PgConnection,
    op: &'static str,
    record: &TenantRecord,
) -> Result<()> {
    let TenantRecord { tenant, last_sequence, catalog_revision } = record;
    let directory = "SELECT set_config('recsys.directory', $1, true)";
    sqlx::query(directory).bind("on").execute(&mut *connection).await.map_err(failed(op))?;
    let inserted = sqlx::query(
        "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at, \
         last_sequence, catalog_revision) VALUES ($1, $2, $3, $4, $5, $6::text::json, $7, $8, $9) \
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.id.0)
    .bind(&tenant.name)
    .bind(&tenant.domain)
    .bind(tenant.is_active)
    .bind(tenant.tier.name())
    .bind(super::tenants::settings_json(&tenant.settings))
    .bind(tenant.created_at)
    .bind(signed(*last_sequence))
    .bind(signed(*catalog_revision))
    .execute(&mut *connection)
    .await
    .map_err(failed(op))?;
    if inserted.rows_affected() == 0 {
        return Err(taken(op, tenant_exists(tenant)));
    }
    sqlx::query(directory).bind("").execute(connection).await.map(drop).map_err(failed(op))
}

async fn insert_deletions(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    records: &[DeletionRecord],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO item_deletions (tenant_id, item_id, revision) \
         SELECT $1, item_id, revision FROM unnest($2::uuid[], $3::bigint[]) AS new (item_id, revision)",
    )
    .bind(tenant.0)
    .bind(column(records, |record| record.item_id.0))
    .bind(column(records, |record| signed(record.revision)))
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}
