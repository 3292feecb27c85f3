//! Copies of tenants, from SQLite and to it.

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::error::{failed, invalid, missing, taken};
use super::{SqliteTenant, catalog, interactions, registry, users};
use crate::error::{Backend, Result};
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
impl ArchiveStore for SqliteTenant {
    async fn dump(&self) -> Result<Archive> {
        const OP: &str = "archive.dump";
        let source = Self { database: self.database.clone(), id: self.id };
        Ok(sql::archive(|outlet| async move {
            // What a transaction reads first it reads until its end.
            let begun = source.database.readers().begin().await;
            let mut transaction = begun.map_err(failed(OP))?;
            dump(&mut transaction, OP, &source, &outlet).await
        }))
    }

    async fn restore(&self, archive: Archive) -> Result<()> {
        const OP: &str = "archive.restore";
        let (tenant, files) = (self.id, self.database.models().clone());
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let mut placed = Vec::new();
                    let restored =
                        restore(connection, OP, tenant, &files, archive, &mut placed).await;
                    if restored.is_err() {
                        files.delete_all(tenant, placed).await;
                    }
                    restored
                })
            })
            .await
    }
}

async fn dump(
    connection: &mut SqliteConnection,
    op: &'static str,
    source: &SqliteTenant,
    outlet: &Outlet,
) -> Result<()> {
    let tenant = source.id;
    let found = sqlx::query(concat!(
        "SELECT ",
        tenant_columns!(),
        ", last_sequence, catalog_revision FROM tenants WHERE id = ?1"
    ))
    .bind(tenant.0)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed(op))?;
    let row = found.ok_or_else(|| missing(op, format!("tenant {tenant} does not exist")))?;
    let record = sql::tenant_record(&row).map_err(failed(op))?;
    pass_on(Backend::Sqlite, op, outlet, ArchivePiece::Tenant(Box::new(record))).await?;
    /// Passes the rows of a table on.
    macro_rules! rows {
        ($read:path, $piece:path, $($sql:expr),+) => {
            let rows = sqlx::query(concat!($($sql),+)).bind(tenant.0).fetch(&mut *connection);
            let at = (Backend::Sqlite, op);
            pass_rows_on(at, outlet, rows, $read, $piece, failed(op)).await?;
        };
    }
    rows!(
        sql::user_record,
        ArchivePiece::Users,
        "SELECT ",
        user_columns!(),
        " FROM users AS u WHERE u.tenant_id = ?1 ORDER BY u.id"
    );
    rows!(
        sql::item,
        ArchivePiece::Items,
        "SELECT ",
        item_columns!(),
        " FROM items AS i WHERE i.tenant_id = ?1 ORDER BY i.id"
    );
    rows!(
        sql::deletion,
        ArchivePiece::Deletions,
        "SELECT item_id, revision FROM item_deletions WHERE tenant_id = ?1 ORDER BY item_id"
    );
    rows!(
        sql::event_record,
        ArchivePiece::Interactions,
        "SELECT ",
        interaction_columns!(),
        ", e.idempotency_key, e.fingerprint FROM interactions AS e WHERE e.tenant_id = ?1 \
         ORDER BY e.sequence"
    );
    rows!(
        sql::rating,
        ArchivePiece::Ratings,
        "SELECT ",
        rating_columns!(),
        " FROM ratings AS r WHERE r.tenant_id = ?1 ORDER BY r.user_id, r.item_id"
    );
    dump_models(connection, op, source, outlet).await
}

async fn dump_models(
    connection: &mut SqliteConnection,
    op: &'static str,
    source: &SqliteTenant,
    outlet: &Outlet,
) -> Result<()> {
    let found = sqlx::query(concat!(
        "SELECT ",
        model_columns!(),
        ", is_current, digest FROM models WHERE tenant_id = ?1 \
         ORDER BY algorithm, created_at, id"
    ))
    .bind(source.id.0)
    .fetch_all(connection)
    .await
    .map_err(failed(op))?;
    for row in &found {
        let record = sql::model_record(row).map_err(failed(op))?;
        let digest = sqlx::Row::try_get(row, 8).map_err(failed(op))?;
        let (id, seal) = (record.version.id, Seal::new(record.version.bytes, digest));
        let file = match source.database.models().get(op, source.id, id, &seal).await {
            Err(_) if source.seal(op, id).await?.is_none() => {
                return Err(made_room(Backend::Sqlite, op, id));
            }
            file => file?,
        };
        pass_on(Backend::Sqlite, op, outlet, ArchivePiece::Model(Box::new(record), file)).await?;
    }
    Ok(())
}

/// Writes all pieces; names the files that are in their place in `placed`.
async fn restore(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    files: &ModelFiles,
    mut archive: Archive,
    placed: &mut Vec<Uuid>,
) -> Result<()> {
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
            ArchivePiece::Ratings(ratings) => {
                interactions::put_ratings(connection, op, tenant, ratings.iter()).await?;
            }
            ArchivePiece::Model(record, file) => {
                let digest = digest_of(op, file.clone()).await?;
                placed.push(record.version.id);
                files.put(op, tenant, record.version.id, &file).await?;
                let ModelRecord { version, is_current } = *record;
                registry::insert(connection, op, tenant, &version, is_current, &digest).await?;
            }
            ArchivePiece::End => {}
        }
    }
    order.end().map_err(invalid(op))
}

fn keyed(record: &EventRecord) -> KeyedEvent<'_> {
    (record.event.clone(), record.idempotency_key.as_deref().zip(record.fingerprint))
}

async fn insert_tenant(
    connection: &mut SqliteConnection,
    op: &'static str,
    record: &TenantRecord,
) -> Result<()> {
    let TenantRecord { tenant, last_sequence, catalog_revision } = record;
    let inserted = sqlx::query(
        "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at, \
         last_sequence, catalog_revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.id.0)
    .bind(&tenant.name)
    .bind(&tenant.domain)
    .bind(tenant.is_active)
    .bind(tenant.tier.name())
    .bind(super::tenants::settings_json(&tenant.settings))
    .bind(tenant.created_at.timestamp_millis())
    .bind(signed(*last_sequence))
    .bind(signed(*catalog_revision))
    .execute(connection)
    .await
    .map_err(failed(op))?;
    if inserted.rows_affected() == 0 {
        return Err(taken(op, tenant_exists(tenant)));
    }
    Ok(())
}

async fn insert_deletions(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    records: &[DeletionRecord],
) -> Result<()> {
    let rows =
        records.iter().map(|it| serde_json::json!([super::bulk::hex(it.item_id.0), it.revision]));
    sqlx::query(
        "INSERT INTO item_deletions (tenant_id, item_id, revision) \
         SELECT ?1, unhex(value ->> 0), value ->> 1 FROM json_each(?2)",
    )
    .bind(tenant.0)
    .bind(serde_json::Value::from_iter(rows).to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}
