//! Keeping the index of words, in SQLite.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::bulk::{hex, hex_list};
use super::database::Database;
use super::error::failed;
use crate::error::{Backend, Result};
use crate::sql;
use crate::types::{ItemId, TenantId};
use crate::words::{Described, WordChanges};

/// Entries in one statement.
const ENTRIES: usize = 50_000;
/// Items whose words are made without a thread for it.
const FEW: usize = 16;
/// Items of before in one transaction.
const ITEMS: u32 = 1_000;

/// Returns the words that items have until now.
pub(super) async fn former(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    items: impl Iterator<Item = ItemId>,
) -> Result<HashMap<ItemId, String>> {
    let found: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT i.id, i.words FROM json_each(?2) AS k CROSS JOIN items AS i \
         WHERE i.tenant_id = ?1 AND i.id = unhex(k.value) AND i.words IS NOT NULL",
    )
    .bind(tenant.0)
    .bind(hex_list(items.map(|id| id.0)))
    .fetch_all(connection)
    .await
    .map_err(failed(op))?;
    Ok(found.into_iter().map(|(id, words)| (ItemId(id), words)).collect())
}

/// Puts the words of items in place of their former ones, and returns them in the order of the items.
pub(super) async fn replace(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    former: HashMap<ItemId, String>,
    items: Vec<Described>,
) -> Result<Vec<String>> {
    let changes = if items.len() <= FEW {
        WordChanges::of(&former, &items)
    } else {
        sql::aside(Backend::Sqlite, op, move || WordChanges::of(&former, &items)).await?
    };
    apply(connection, op, tenant, changes).await
}

/// Takes an item out of the index.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    item: ItemId,
    words: &str,
) -> Result<()> {
    apply(connection, op, tenant, WordChanges::removing(item, words)).await.map(drop)
}

async fn apply(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    changes: WordChanges,
) -> Result<Vec<String>> {
    let WordChanges { words, added, removed } = changes;
    let remove = "DELETE FROM item_words WHERE tenant_id = ?1 AND (word, item_id) IN \
                  (SELECT value ->> 0, unhex(value ->> 1) FROM json_each(?2))";
    let add = "INSERT INTO item_words (tenant_id, word, item_id) \
               SELECT ?1, value ->> 0, unhex(value ->> 1) FROM json_each(?2) WHERE true \
               ON CONFLICT DO NOTHING";
    for (sql, entries) in [(remove, removed), (add, added)] {
        for entries in entries.chunks(ENTRIES) {
            let rows = entries.iter().map(|(word, item)| json!([word, hex(item.0)]));
            sqlx::query(sql)
                .bind(tenant.0)
                .bind(Value::from_iter(rows).to_string())
                .execute(&mut *connection)
                .await
                .map_err(failed(op))?;
        }
    }
    Ok(words)
}

/// Makes the words of items that were there before there were words. What has been done stays when it stops
/// half-way.
pub(super) async fn index_former(database: &Database) -> Result<()> {
    const OP: &str = "index_words";
    let waiting: Vec<Uuid> =
        sqlx::query_scalar("SELECT tenant_id FROM word_backlog ORDER BY tenant_id")
            .fetch_all(database.readers())
            .await
            .map_err(failed(OP))?;
    for tenant in waiting.into_iter().map(TenantId) {
        let mut done = 0;
        loop {
            let batch = database.write(OP, move |connection| {
                Box::pin(async move { index_some(connection, OP, tenant).await })
            });
            match batch.await? {
                0 => break,
                some => done += some,
            }
            tracing::info!(%tenant, items = done, "making the words of items that searches go by");
        }
    }
    Ok(())
}

/// Makes the words of some items; 0 when there are none left.
async fn index_some(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
) -> Result<usize> {
    let found: Vec<(Uuid, String, Option<String>)> = sqlx::query_as(
        "SELECT id, title, description FROM items WHERE tenant_id = ?1 AND words IS NULL LIMIT ?2",
    )
    .bind(tenant.0)
    .bind(ITEMS)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(op))?;
    if found.is_empty() {
        sqlx::query("DELETE FROM word_backlog WHERE tenant_id = ?1")
            .bind(tenant.0)
            .execute(connection)
            .await
            .map_err(failed(op))?;
        return Ok(0);
    }
    let items: Vec<Described> = found
        .into_iter()
        .map(|(id, title, description)| (ItemId(id), title, description))
        .collect();
    let ids: Vec<Uuid> = items.iter().map(|(id, ..)| id.0).collect();
    let words = replace(connection, op, tenant, HashMap::new(), items).await?;
    let rows = ids.iter().zip(&words).map(|(id, words)| json!([hex(*id), words]));
    sqlx::query(
        "WITH made AS MATERIALIZED (SELECT unhex(value ->> 0) AS id, value ->> 1 AS words \
         FROM json_each(?2)) \
         UPDATE items SET words = made.words FROM made \
         WHERE items.tenant_id = ?1 AND items.id = made.id",
    )
    .bind(tenant.0)
    .bind(Value::from_iter(rows).to_string())
    .execute(connection)
    .await
    .map_err(failed(op))?;
    Ok(ids.len())
}
