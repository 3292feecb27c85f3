//! Keeping the index of words, in PostgreSQL.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::bulk::column;
use super::database::{Access, Database, Scope};
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
const ITEMS: i64 = 1_000;

/// Returns the words that items have until now.
pub(super) async fn former(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    items: &[Uuid],
) -> Result<HashMap<ItemId, String>> {
    let found: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT id, words FROM items WHERE tenant_id = $1 AND id = ANY ($2) AND words IS NOT NULL",
    )
    .bind(tenant.0)
    .bind(items)
    .fetch_all(connection)
    .await
    .map_err(failed(op))?;
    Ok(found.into_iter().map(|(id, words)| (ItemId(id), words)).collect())
}

/// Puts the words of items in place of their former ones, and returns them in the order of the items.
pub(super) async fn replace(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    former: HashMap<ItemId, String>,
    items: Vec<Described>,
) -> Result<Vec<String>> {
    let changes = if items.len() <= FEW {
        WordChanges::of(&former, &items)
    } else {
        sql::aside(Backend::Postgres, op, move || WordChanges::of(&former, &items)).await?
    };
    apply(connection, op, tenant, changes).await
}

/// Takes an item out of the index.
pub(super) async fn forget(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    item: ItemId,
    words: &str,
) -> Result<()> {
    apply(connection, op, tenant, WordChanges::removing(item, words)).await.map(drop)
}

async fn apply(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    changes: WordChanges,
) -> Result<Vec<String>> {
    let WordChanges { words, added, removed } = changes;
    let remove = "DELETE FROM item_words AS w \
                  USING unnest($2::text[], $3::uuid[]) AS gone (word, item_id) \
                  WHERE w.tenant_id = $1 AND w.word = gone.word COLLATE \"C\" \
                  AND w.item_id = gone.item_id";
    let add = "INSERT INTO item_words (tenant_id, word, item_id) \
               SELECT $1, word, item_id FROM unnest($2::text[], $3::uuid[]) AS new (word, item_id) \
               ON CONFLICT DO NOTHING";
    for (sql, entries) in [(remove, removed), (add, added)] {
        for entries in entries.chunks(ENTRIES) {
            sqlx::query(sql)
                .bind(tenant.0)
                .bind(column(entries, |(word, _)| word.as_str()))
                .bind(column(entries, |(_, item)| item.0))
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
    let waiting = database
        .run(OP, Scope::Directory, Access::Read, (), |connection, ()| {
            Box::pin(async move {
                let sql = "SELECT tenant_id FROM word_backlog ORDER BY tenant_id";
                let found: Vec<Uuid> =
                    sqlx::query_scalar(sql).fetch_all(connection).await.map_err(failed(OP))?;
                Ok(found)
            })
        })
        .await?;
    for tenant in waiting.into_iter().map(TenantId) {
        let mut done = 0;
        loop {
            let access = Access::WriteInTurn;
            let batch =
                database.run(OP, Scope::Tenant(tenant), access, (), move |connection, ()| {
                    Box::pin(index_some(connection, OP, tenant))
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
) -> Result<usize> {
    let found: Vec<(Uuid, String, Option<String>)> = sqlx::query_as(
        "SELECT id, title, description FROM items WHERE tenant_id = $1 AND words IS NULL LIMIT $2",
    )
    .bind(tenant.0)
    .bind(ITEMS)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(op))?;
    if found.is_empty() {
        sqlx::query("DELETE FROM word_backlog WHERE tenant_id = $1")
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
    sqlx::query(
        "UPDATE items SET words = made.words FROM unnest($2::uuid[], $3::text[]) AS made (id, words) \
         WHERE items.tenant_id = $1 AND items.id = made.id",
    )
    .bind(tenant.0)
    .bind(&ids)
    .bind(words)
    .execute(connection)
    .await
    .map_err(failed(op))?;
    Ok(ids.len())
}
