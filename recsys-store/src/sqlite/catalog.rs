//! The catalogue, in SQLite.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::bulk::{advance, hex, hex_list};
use super::error::{failed, invalid, missing, taken};
use super::{SqliteTenant, search, words};
use crate::error::Result;
use crate::rules::{check_external_ids, check_items, item_row};
use crate::sql::{self, external_item_ids, first_taken_item, item_columns, merged_items, signed};
use crate::traits::CatalogStore;
use crate::types::{
    DescriptionChange, Item, ItemChange, ItemId, ItemPatch, ItemQuery, NewItem, TenantId, now,
};

#[async_trait]
impl CatalogStore for SqliteTenant {
    async fn create_many(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        const OP: &str = "catalog.create_many";
        check_items(&items).map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                    let now = now();
                    let make = |new| item_row(tenant, new, revision, now);
                    let items: Vec<Item> = items.into_iter().map(make).collect();
                    refuse_taken(connection, OP, tenant, &items).await?;
                    put(connection, OP, tenant, &items).await?;
                    Ok(items)
                })
            })
            .await
    }

    async fn upsert_external(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        const OP: &str = "catalog.upsert_external";
        check_items(&items).map_err(invalid(OP))?;
        check_external_ids("items", items.iter().map(|item| item.external_id.as_deref()))
            .map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                    upsert(connection, OP, tenant, items, revision).await
                })
            })
            .await
    }

    async fn get_many(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>> {
        const OP: &str = "catalog.get_many";
        let mut connection = self.database.readers().acquire().await.map_err(failed(OP))?;
        let found = find(&mut connection, OP, self.id, ids).await?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn update(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        const OP: &str = "catalog.update";
        patch.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let found = find(connection, OP, tenant, &[id]).await?.remove(&id);
                    let absent = || missing(OP, format!("item {id} does not exist"));
                    let mut item = found.ok_or_else(absent)?;
                    let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                    patch.apply(&mut item);
                    item.revision = revision;
                    item.updated_at = now();
                    put(connection, OP, tenant, std::slice::from_ref(&item)).await?;
                    Ok(item)
                })
            })
            .await
    }

    async fn delete(&self, id: ItemId) -> Result<bool> {
        const OP: &str = "catalog.delete";
        let tenant = self.id;
        self.database
            .write(OP, move |connection| {
                Box::pin(async move {
                    let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                    let sql = "DELETE FROM items WHERE tenant_id = ?1 AND id = ?2 \
                               RETURNING coalesce(words, '')";
                    let deleted: Option<String> = sqlx::query_scalar(sql)
                        .bind(tenant.0)
                        .bind(id.0)
                        .fetch_optional(&mut *connection)
                        .await
                        .map_err(failed(OP))?;
                    let Some(words) = deleted else { return Ok(false) };
                    words::forget(connection, OP, tenant, id, &words).await?;
                    let sql = "INSERT INTO item_deletions (tenant_id, item_id, revision) \
                               VALUES (?1, ?2, ?3)";
                    sqlx::query(sql)
                        .bind(tenant.0)
                        .bind(id.0)
                        .bind(signed(revision))
                        .execute(&mut *connection)
                        .await
                        .map_err(failed(OP))?;
                    Ok(true)
                })
            })
            .await
    }

    async fn list(&self, query: &ItemQuery) -> Result<Vec<Item>> {
        const OP: &str = "catalog.list";
        query.check().map_err(invalid(OP))?;
        let mut connection = self.database.readers().acquire().await.map_err(failed(OP))?;
        search::list(&mut connection, OP, self.id, query).await
    }

    async fn changes(&self, after_revision: u64, limit: u32) -> Result<Vec<ItemChange>> {
        const OP: &str = "catalog.changes";
        // One statement, so that items and deletions are seen at the same moment. The last revision
        // of a full page is found first and then read to its end.
        let sql = concat!(
            "WITH last (revision) AS (SELECT coalesce(( \
             SELECT revision FROM items WHERE tenant_id = ?1 AND revision > ?2 UNION ALL \
             SELECT revision FROM item_deletions WHERE tenant_id = ?1 AND revision > ?2 \
             ORDER BY revision LIMIT 1 OFFSET ?3), 9223372036854775807)) \
             SELECT ",
            item_columns!(),
            " FROM items AS i WHERE i.tenant_id = ?1 AND i.revision > ?2 \
             AND i.revision <= (SELECT revision FROM last) UNION ALL \
             SELECT d.item_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
             d.revision, NULL, NULL \
             FROM item_deletions AS d WHERE d.tenant_id = ?1 AND d.revision > ?2 \
             AND d.revision <= (SELECT revision FROM last) \
             ORDER BY 12, 1"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(signed(after_revision))
            .bind(limit.saturating_sub(1))
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        found.iter().map(sql::item_change).collect::<Result<_, _>>().map_err(failed(OP))
    }

    async fn descriptions(
        &self,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<DescriptionChange>> {
        const OP: &str = "catalog.descriptions";
        // What changed a description changed the item: a walk along the feed of changes finds it.
        let sql = "SELECT id, described, CASE WHEN created_at = updated_at THEN 'created' \
                   ELSE 'changed' END FROM items \
                   WHERE tenant_id = ?1 AND revision > ?2 AND described > ?2 UNION ALL \
                   SELECT item_id, revision, 'deleted' FROM item_deletions \
                   WHERE tenant_id = ?1 AND revision > ?2 ORDER BY 2, 1 LIMIT ?3";
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(signed(after_revision))
            .bind(limit)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        let changes: Result<_, _> = found.iter().map(sql::description_change).collect();
        changes.map_err(failed(OP))
    }
}

async fn upsert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    items: Vec<NewItem>,
    revision: u64,
) -> Result<Vec<Item>> {
    let former = find(connection, op, tenant, &external_item_ids(tenant, &items)).await?;
    let all = merged_items(tenant, &former, items, revision, now());
    let changed: Vec<Item> = all.iter().filter(|item| item.revision == revision).cloned().collect();
    put(connection, op, tenant, &changed).await?;
    Ok(all)
}

async fn refuse_taken(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    items: &[Item],
) -> Result<()> {
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let existing = find(connection, op, tenant, &ids).await?;
    match first_taken_item(items, &existing) {
        None => Ok(()),
        Some(item) => {
            let id = item.external_id.as_deref().unwrap_or_default();
            Err(taken(op, format!("an item with external id {id:?} exists")))
        }
    }
}

/// Writes items as they are, new or not, and forgets that they were ever deleted.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    items: &[Item],
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM item_deletions WHERE tenant_id = ?1 \
               AND item_id IN (SELECT unhex(value) FROM json_each(?2))";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(hex_list(items.iter().map(|item| item.id.0)))
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    let former = words::former(connection, op, tenant, items.iter().map(|item| item.id)).await?;
    let described =
        items.iter().map(|item| (item.id, item.title.clone(), item.description.clone()));
    let words = words::replace(connection, op, tenant, former, described.collect()).await?;
    let rows = items.iter().zip(&words).map(|(item, words)| parameters(item, words));
    sqlx::query(
        "INSERT INTO items (tenant_id, id, title, description, category, tags, metadata, \
         external_id, is_active, rating_count, rating_sum, interaction_count, revision, \
         described, created_at, updated_at, words) \
         SELECT ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, \
         value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, \
         value ->> 11, value ->> 11, value ->> 12, value ->> 13, value ->> 14 \
         FROM json_each(?2) WHERE true \
         ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, \
         description = excluded.description, category = excluded.category, \
         tags = excluded.tags, metadata = excluded.metadata, is_active = excluded.is_active, \
         revision = excluded.revision, described = excluded.described, \
         updated_at = excluded.updated_at, words = excluded.words",
    )
    .bind(tenant.0)
    .bind(Value::from_iter(rows).to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

fn parameters(item: &Item, words: &str) -> Value {
    json!([
        hex(item.id.0),
        item.title,
        item.description,
        item.category,
        json!(item.tags).to_string(),
        json!(item.metadata).to_string(),
        item.external_id,
        item.is_active,
        item.rating_count,
        item.rating_sum,
        item.interaction_count,
        item.revision,
        item.created_at.timestamp_millis(),
        item.updated_at.timestamp_millis(),
        words,
    ])
}

async fn find(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    ids: &[ItemId],
) -> Result<HashMap<ItemId, Item>> {
    let sql = concat!(
        "SELECT ",
        item_columns!(),
        " FROM json_each(?2) AS k CROSS JOIN items AS i \
         WHERE i.tenant_id = ?1 AND i.id = unhex(k.value)"
    );
    let ids: BTreeSet<Uuid> = ids.iter().map(|id| id.0).collect();
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(hex_list(ids.into_iter()))
        .fetch_all(connection)
        .await
        .map_err(failed(op))?;
    let mut items = HashMap::with_capacity(found.len());
    for row in &found {
        let item = sql::item(row).map_err(failed(op))?;
        items.insert(item.id, item);
    }
    Ok(items)
}
