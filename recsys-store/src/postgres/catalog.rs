//! The catalogue, in PostgreSQL.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::bulk::{advance, column, storable};
use super::error::{failed, invalid, missing, taken};
use super::{PostgresTenant, search, words};
use crate::error::Result;
use crate::rules::{check_external_ids, check_items, item_row};
use crate::sql::{self, external_item_ids, first_taken_item, item_columns, merged_items, signed};
use crate::traits::CatalogStore;
use crate::types::{
    DescriptionChange, Item, ItemChange, ItemId, ItemPatch, ItemQuery, NewItem, TenantId, now,
};

#[async_trait]
impl CatalogStore for PostgresTenant {
    async fn create_many(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        const OP: &str = "catalog.create_many";
        check_items(&items).map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, items, move |connection, items| {
            Box::pin(async move {
                let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                let now = now();
                let make = |new: &NewItem| item_row(tenant, new.clone(), revision, now);
                let items: Vec<Item> = items.iter().map(make).collect();
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
        self.write_in_turn(OP, items, move |connection, items| {
            Box::pin(async move {
                let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                let ids = external_item_ids(tenant, items);
                let former = find(connection, OP, tenant, &ids).await?;
                let all = merged_items(tenant, &former, items.clone(), revision, now());
                let changed: Vec<Item> =
                    all.iter().filter(|item| item.revision == revision).cloned().collect();
                put(connection, OP, tenant, &changed).await?;
                Ok(all)
            })
        })
        .await
    }

    async fn get_many(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>> {
        const OP: &str = "catalog.get_many";
        let tenant = self.id;
        self.read(OP, ids.to_vec(), move |connection, ids| {
            Box::pin(async move {
                let found = find(connection, OP, tenant, ids).await?;
                Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
            })
        })
        .await
    }

    async fn update(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        const OP: &str = "catalog.update";
        patch.check().map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, patch, move |connection, patch| {
            Box::pin(async move {
                let found = find(connection, OP, tenant, &[id]).await?.remove(&id);
                let absent = || missing(OP, format!("item {id} does not exist"));
                let mut item = found.ok_or_else(absent)?;
                let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                patch.clone().apply(&mut item);
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
        self.write_in_turn(OP, (), move |connection, ()| {
            Box::pin(async move {
                let (_, revision) = advance(connection, OP, tenant, 0, 1).await?;
                let sql =
                    "DELETE FROM items WHERE tenant_id = $1 AND id = $2 RETURNING coalesce(words, '')";
                let deleted: Option<String> = sqlx::query_scalar(sql)
                    .bind(tenant.0)
                    .bind(id.0)
                    .fetch_optional(&mut *connection)
                    .await
                    .map_err(failed(OP))?;
                let Some(words) = deleted else { return Ok(false) };
                words::forget(connection, OP, tenant, id, &words).await?;
                let sql = "INSERT INTO item_deletions (tenant_id, item_id, revision) \
                           VALUES ($1, $2, $3)";
                sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(id.0)
                    .bind(signed(revision))
                    .execute(connection)
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
        if !query.category.as_deref().is_none_or(storable) {
            return Ok(Vec::new());
        }
        let tenant = self.id;
        self.read(OP, query.clone(), move |connection, query| {
            Box::pin(search::list(connection, OP, tenant, query))
        })
        .await
    }

    async fn changes(&self, after_revision: u64, limit: u32) -> Result<Vec<ItemChange>> {
        const OP: &str = "catalog.changes";
        // One statement, so that items and deletions are seen at the same moment. The last revision
        // of a full page is found first, by a walk along each index, and then read to its end.
        let sql = concat!(
            "WITH last (revision) AS (SELECT coalesce(( \
             (SELECT revision FROM items WHERE tenant_id = $1 AND revision > $2 \
             ORDER BY revision LIMIT $3 + 1) UNION ALL \
             (SELECT revision FROM item_deletions WHERE tenant_id = $1 AND revision > $2 \
             ORDER BY revision LIMIT $3 + 1) \
             ORDER BY revision LIMIT 1 OFFSET $3), 9223372036854775807)) \
             SELECT ",
            item_columns!(),
            " FROM items AS i WHERE i.tenant_id = $1 AND i.revision > $2 \
             AND i.revision <= (SELECT revision FROM last) UNION ALL \
             SELECT d.item_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
             d.revision, NULL, NULL \
             FROM item_deletions AS d WHERE d.tenant_id = $1 AND d.revision > $2 \
             AND d.revision <= (SELECT revision FROM last) \
             ORDER BY 12, 1"
        );
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(signed(after_revision))
                    .bind(i64::from(limit.saturating_sub(1)))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::item_change).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
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
                   WHERE tenant_id = $1 AND revision > $2 AND described > $2 UNION ALL \
                   SELECT item_id, revision, 'deleted' FROM item_deletions \
                   WHERE tenant_id = $1 AND revision > $2 ORDER BY 2, 1 LIMIT $3";
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(signed(after_revision))
                    .bind(i64::from(limit))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                let changes: Result<_, _> = found.iter().map(sql::description_change).collect();
                changes.map_err(failed(OP))
            })
        })
        .await
    }
}

async fn refuse_taken(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    items: &[Item],
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = items.iter().map(|item| item.id.0).collect();
    sqlx::query("DELETE FROM item_deletions WHERE tenant_id = $1 AND item_id = ANY ($2)")
        .bind(tenant.0)
        .bind(&ids)
        .execute(&mut *connection)
        .await
        .map_err(failed(op))?;
    let former = words::former(connection, op, tenant, &ids).await?;
    let described =
        items.iter().map(|item| (item.id, item.title.clone(), item.description.clone()));
    let words = words::replace(connection, op, tenant, former, described.collect()).await?;
    let json = |value: serde_json::Result<String>| value.expect("plain data with text keys");
    sqlx::query(
        "INSERT INTO items (tenant_id, id, title, description, category, tags, metadata, \
         external_id, is_active, rating_count, rating_sum, interaction_count, revision, \
         described, created_at, updated_at, words) \
         SELECT $1, id, title, description, category, tags::json, metadata::json, external_id, \
         is_active, rating_count, rating_sum, interaction_count, revision, revision, created_at, \
         updated_at, words FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], \
         $8::text[], $9::boolean[], $10::bigint[], $11::float8[], $12::bigint[], $13::bigint[], \
         $14::timestamptz[], $15::timestamptz[], $16::text[]) AS new (id, title, description, category, tags, \
         metadata, external_id, is_active, rating_count, rating_sum, interaction_count, revision, \
         created_at, updated_at, words) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, \
         description = excluded.description, category = excluded.category, \
         tags = excluded.tags, metadata = excluded.metadata, is_active = excluded.is_active, \
         revision = excluded.revision, described = excluded.described, \
         updated_at = excluded.updated_at, words = excluded.words",
    )
    .bind(tenant.0)
    .bind(ids)
    .bind(column(items, |item| item.title.as_str()))
    .bind(column(items, |item| item.description.as_deref()))
    .bind(column(items, |item| item.category.as_deref()))
    .bind(column(items, |item| json(serde_json::to_string(&item.tags))))
    .bind(column(items, |item| json(serde_json::to_string(&item.metadata))))
    .bind(column(items, |item| item.external_id.as_deref()))
    .bind(column(items, |item| item.is_active))
    .bind(column(items, |item| signed(item.rating_count)))
    .bind(column(items, |item| item.rating_sum))
    .bind(column(items, |item| signed(item.interaction_count)))
    .bind(column(items, |item| signed(item.revision)))
    .bind(column(items, |item| item.created_at))
    .bind(column(items, |item| item.updated_at))
    .bind(words)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

async fn find(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    ids: &[ItemId],
) -> Result<HashMap<ItemId, Item>> {
    let sql = concat!(
        "SELECT ",
        item_columns!(),
        " FROM items AS i WHERE i.tenant_id = $1 AND i.id = ANY ($2)"
    );
    let ids: BTreeSet<Uuid> = ids.iter().map(|id| id.0).collect();
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(ids.into_iter().collect::<Vec<_>>())
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
