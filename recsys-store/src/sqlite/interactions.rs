//! Events and ratings, in SQLite.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::SqliteTenant;
use super::bulk::{advance, hex, hex_list, require_items, require_users};
use super::counters::apply_counts;
use super::error::{failed, invalid};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::{check_events, check_ratings, count_events, plan_ratings, rating_event};
use crate::sql::{
    self, EventPlan, KeyedEvent, by_place, interaction_columns, keyed_events, rating_columns,
    signed,
};
use crate::traits::InteractionStore;
use crate::types::{Interaction, ItemId, NewInteraction, NewRating, Rating, TenantId, UserId, now};

/// Rows of one statement at most, a power of two; their values stay below the 32,766 that SQLite takes.
const MOST_ROWS: usize = 256;

#[async_trait]
impl InteractionStore for SqliteTenant {
    async fn append(&self, events: &[NewInteraction]) -> Result<Vec<Interaction>> {
        const OP: &str = "interactions.append";
        check_events(events).map_err(invalid(OP))?;
        let (tenant, events) = (self.id, events.to_vec());
        self.database
            .write(OP, move |connection| {
                Box::pin(async move { append(connection, OP, tenant, &events).await })
            })
            .await
    }

    async fn rate(&self, ratings: &[NewRating]) -> Result<Vec<Rating>> {
        const OP: &str = "interactions.rate";
        check_ratings(ratings).map_err(invalid(OP))?;
        let (tenant, ratings) = (self.id, ratings.to_vec());
        self.database
            .write(OP, move |connection| {
                Box::pin(async move { rate(connection, OP, tenant, &ratings).await })
            })
            .await
    }

    async fn histories(
        &self,
        users: &[UserId],
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Vec<Interaction>>> {
        const OP: &str = "interactions.histories";
        // For each user a walk along the index of histories, then the rows by key.
        let sql = concat!(
            "SELECT ",
            interaction_columns!(),
            ", k.key FROM json_each(?2) AS k CROSS JOIN interactions AS e \
             WHERE e.tenant_id = ?1 AND e.sequence IN (SELECT sequence FROM interactions \
             WHERE tenant_id = ?1 AND user_id = unhex(k.value) AND (?3 IS NULL OR kind = ?3) \
             ORDER BY at DESC, sequence DESC LIMIT ?4) ORDER BY k.key, e.at DESC, e.sequence DESC"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(hex_list(users.iter().map(|user| user.0)))
            .bind(kind)
            .bind(limit)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        by_place(users.len(), &found, 10, sql::interaction).map_err(failed(OP))
    }

    async fn ratings(&self, users: &[UserId], limit: u32) -> Result<Vec<Vec<Rating>>> {
        const OP: &str = "interactions.ratings";
        let sql = concat!(
            "SELECT ",
            rating_columns!(),
            ", k.key FROM json_each(?2) AS k CROSS JOIN ratings AS r \
             WHERE r.tenant_id = ?1 AND r.user_id = unhex(k.value) AND r.item_id IN \
             (SELECT item_id FROM ratings WHERE tenant_id = ?1 AND user_id = unhex(k.value) \
             ORDER BY created_at DESC, item_id DESC LIMIT ?3) \
             ORDER BY k.key, r.created_at DESC, r.item_id DESC"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(hex_list(users.iter().map(|user| user.0)))
            .bind(limit)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        by_place(users.len(), &found, 6, sql::rating).map_err(failed(OP))
    }

    async fn ratings_of(&self, pairs: &[(UserId, ItemId)]) -> Result<Vec<Option<Rating>>> {
        const OP: &str = "interactions.ratings_of";
        let mut connection = self.database.readers().acquire().await.map_err(failed(OP))?;
        let found = find_ratings(&mut connection, OP, self.id, pairs.iter().copied()).await?;
        Ok(pairs.iter().map(|pair| found.get(pair).cloned()).collect())
    }

    async fn scan(&self, after_sequence: u64, limit: u32) -> Result<Vec<Interaction>> {
        const OP: &str = "interactions.scan";
        let sql = concat!(
            "SELECT ",
            interaction_columns!(),
            " FROM interactions AS e WHERE e.tenant_id = ?1 AND e.sequence > ?2 \
             ORDER BY e.sequence LIMIT ?3"
        );
        let found = sqlx::query(sql)
            .bind(self.id.0)
            .bind(signed(after_sequence))
            .bind(limit)
            .fetch_all(self.database.readers())
            .await
            .map_err(failed(OP))?;
        found.iter().map(sql::interaction).collect::<Result<_, _>>().map_err(failed(OP))
    }

    async fn last_sequence(&self) -> Result<u64> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT last_sequence FROM tenants WHERE id = ?1")
                .bind(self.id.0)
                .fetch_optional(self.database.readers())
                .await
                .map_err(failed("interactions.last_sequence"))?;
        Ok(last.map_or(0, i64::unsigned_abs))
    }
}

async fn append(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[NewInteraction],
) -> Result<Vec<Interaction>> {
    let known = known_keys(connection, op, tenant, events).await?;
    let plan = EventPlan::new(events, &known).map_err(|key| reused(op, key))?;
    let rows = match plan.fresh.as_slice() {
        [] => Vec::new(),
        fresh => store_events(connection, op, tenant, fresh).await?,
    };
    Ok(plan.answer(&rows))
}

async fn store_events(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[&NewInteraction],
) -> Result<Vec<Interaction>> {
    let users: BTreeSet<UserId> = events.iter().map(|event| event.user_id).collect();
    require_users(connection, op, tenant, users.into_iter()).await?;
    let items: BTreeSet<Uuid> = events.iter().map(|event| event.item_id.0).collect();
    require_items(connection, op, tenant, items.into_iter()).await?;
    let (last, revision) = advance(connection, op, tenant, events.len(), 1).await?;
    let rows = keyed_events(events, last, now());
    insert(connection, op, tenant, &rows).await?;
    let counts = count_events(rows.iter().map(|(row, _)| row));
    apply_counts(connection, op, tenant, &counts, revision).await?;
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

async fn rate(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    ratings: &[NewRating],
) -> Result<Vec<Rating>> {
    let users: BTreeSet<UserId> = ratings.iter().map(|rating| rating.user_id).collect();
    require_users(connection, op, tenant, users.into_iter()).await?;
    let items: BTreeSet<Uuid> = ratings.iter().map(|rating| rating.item_id.0).collect();
    require_items(connection, op, tenant, items.into_iter()).await?;
    let pairs = ratings.iter().map(|rating| (rating.user_id, rating.item_id));
    let existing = find_ratings(connection, op, tenant, pairs).await?;
    let now = now();
    let plan = plan_ratings(ratings, existing, now);
    let changed: Vec<&Rating> =
        plan.results.iter().zip(&plan.changed).filter(|(_, c)| **c).map(|(r, _)| r).collect();
    if changed.is_empty() {
        return Ok(plan.results);
    }
    let (last, revision) = advance(connection, op, tenant, changed.len(), 1).await?;
    let first = last - changed.len() as u64 + 1;
    let numbered = changed.into_iter().zip(first..);
    let events: Vec<KeyedEvent<'_>> =
        numbered.map(|(rating, sequence)| (rating_event(rating, sequence, now), None)).collect();
    insert(connection, op, tenant, &events).await?;
    put_ratings(connection, op, tenant, plan.stored.values()).await?;
    apply_counts(connection, op, tenant, &plan.counts, revision).await?;
    Ok(plan.results)
}

async fn known_keys(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[NewInteraction],
) -> Result<HashMap<String, (Uuid, Interaction)>> {
    let keys: Vec<&str> =
        events.iter().filter_map(|event| event.idempotency_key.as_deref()).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = concat!(
        "SELECT ",
        interaction_columns!(),
        ", e.idempotency_key, e.fingerprint FROM json_each(?2) AS k \
         CROSS JOIN interactions AS e INDEXED BY interactions_by_key \
         WHERE e.tenant_id = ?1 AND e.idempotency_key = k.value"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(json!(keys).to_string())
        .fetch_all(connection)
        .await
        .map_err(failed(op))?;
    let mut known = HashMap::with_capacity(found.len());
    for row in &found {
        let event = sql::interaction(row).map_err(failed(op))?;
        let key: String = row.try_get(10).map_err(failed(op))?;
        known.insert(key, (row.try_get(11).map_err(failed(op))?, event));
    }
    Ok(known)
}

/// Finds what users think of items.
async fn find_ratings(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    pairs: impl Iterator<Item = (UserId, ItemId)>,
) -> Result<HashMap<(UserId, ItemId), Rating>> {
    let pairs = pairs.map(|(user, item)| json!([hex(user.0), hex(item.0)]));
    let sql = concat!(
        "SELECT ",
        rating_columns!(),
        " FROM json_each(?2) AS k CROSS JOIN ratings AS r WHERE r.tenant_id = ?1 \
         AND r.user_id = unhex(k.value ->> 0) AND r.item_id = unhex(k.value ->> 1)"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(Value::from_iter(pairs).to_string())
        .fetch_all(connection)
        .await
        .map_err(failed(op))?;
    let mut existing = HashMap::with_capacity(found.len());
    for row in &found {
        let rating = sql::rating(row).map_err(failed(op))?;
        existing.insert((rating.user_id, rating.item_id), rating);
    }
    Ok(existing)
}

/// Inserts rows by their values: as JSON, each row would be read once for each of its columns.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[KeyedEvent<'_>],
) -> Result<()> {
    let mut rest = events;
    while !rest.is_empty() {
        // Few lengths, so that few statements are prepared and all stay so.
        let length = MOST_ROWS.min(1 << rest.len().ilog2());
        let (rows, others) = rest.split_at(length);
        rest = others;
        let values = ["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; MOST_ROWS][..length].join(", ");
        let sql = format!(
            "INSERT INTO interactions (tenant_id, sequence, id, user_id, item_id, kind, value, \
             context, recommendation_id, at, created_at, idempotency_key, fingerprint) \
             VALUES {values}"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (event, key) in rows {
            query = query
                .bind(tenant.0)
                .bind(signed(event.sequence))
                .bind(event.id.0)
                .bind(event.user_id.0)
                .bind(event.item_id.0)
                .bind(event.kind.as_str())
                .bind(event.value)
                .bind(event.context.as_ref().map(ToString::to_string))
                .bind(event.recommendation_id)
                .bind(event.at.timestamp_millis())
                .bind(event.created_at.timestamp_millis())
                .bind(key.map(|(key, _)| key))
                .bind(key.map(|(_, fingerprint)| fingerprint));
        }
        query.execute(&mut *connection).await.map_err(failed(op))?;
    }
    Ok(())
}

pub(super) async fn put_ratings(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    ratings: impl Iterator<Item = &Rating>,
) -> Result<()> {
    let rows = ratings.map(|rating| {
        json!([
            hex(rating.user_id.0),
            hex(rating.item_id.0),
            hex(rating.id.0),
            rating.rating,
            rating.review,
            rating.created_at.timestamp_millis(),
        ])
    });
    let rows = Value::from_iter(rows).to_string();
    sqlx::query(
        "INSERT INTO ratings (tenant_id, user_id, item_id, id, rating, review, created_at) \
         SELECT ?1, unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), value ->> 3, \
         value ->> 4, value ->> 5 FROM json_each(?2) WHERE true \
         ON CONFLICT (tenant_id, user_id, item_id) DO UPDATE SET rating = excluded.rating, \
         review = excluded.review, created_at = excluded.created_at",
    )
    .bind(tenant.0)
    .bind(rows)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

fn reused(op: &'static str, key: &str) -> StoreError {
    StoreError::new(Backend::Sqlite, op, StoreErrorKind::IdempotencyKeyReused)
        .with_context(format!("idempotency key {key:?} was used before for another event"))
}
