//! Events and ratings, in PostgreSQL.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::PostgresTenant;
use super::bulk::{advance, column, require, storable};
use super::counters::apply_counts;
use super::error::{failed, invalid};
use super::ratings;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::{check_events, check_ratings, count_events};
use crate::sql::{
    self, EventPlan, KeyedEvent, by_place, interaction_columns, keyed_events, rating_columns,
    signed,
};
use crate::traits::InteractionStore;
use crate::types::{Interaction, ItemId, NewInteraction, NewRating, Rating, TenantId, UserId, now};

#[async_trait]
impl InteractionStore for PostgresTenant {
    async fn append(&self, events: &[NewInteraction]) -> Result<Vec<Interaction>> {
        const OP: &str = "interactions.append";
        check_events(events).map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, events.to_vec(), move |connection, events| {
            Box::pin(append(connection, OP, tenant, events))
        })
        .await
    }

    async fn rate(&self, ratings: &[NewRating]) -> Result<Vec<Rating>> {
        const OP: &str = "interactions.rate";
        check_ratings(ratings).map_err(invalid(OP))?;
        let tenant = self.id;
        self.write_in_turn(OP, ratings.to_vec(), move |connection, ratings| {
            Box::pin(ratings::rate(connection, OP, tenant, ratings))
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
        if !kind.is_none_or(storable) {
            return Ok(vec![Vec::new(); users.len()]);
        }
        // For each user a walk along the index of histories.
        let sql = concat!(
            "SELECT ",
            interaction_columns!(),
            ", k.place - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS k (user_id, place) \
             CROSS JOIN LATERAL (SELECT ",
            interaction_columns!(),
            " FROM interactions AS e WHERE e.tenant_id = $1 AND e.user_id = k.user_id \
             AND ($3::text IS NULL OR e.kind = $3) \
             ORDER BY e.at DESC, e.sequence DESC LIMIT $4) AS e \
             ORDER BY k.place, e.at DESC, e.sequence DESC"
        );
        let tenant = self.id;
        let input = (column(users, |user| user.0), kind.map(str::to_owned));
        self.read(OP, input, move |connection, (users, kind)| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(users)
                    .bind(kind)
                    .bind(i64::from(limit))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                by_place(users.len(), &found, 10, sql::interaction).map_err(failed(OP))
            })
        })
        .await
    }

    async fn ratings(&self, users: &[UserId], limit: u32) -> Result<Vec<Vec<Rating>>> {
        const OP: &str = "interactions.ratings";
        let sql = concat!(
            "SELECT ",
            rating_columns!(),
            ", k.place - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS k (user_id, place) \
             CROSS JOIN LATERAL (SELECT ",
            rating_columns!(),
            " FROM ratings AS r WHERE r.tenant_id = $1 AND r.user_id = k.user_id \
             ORDER BY r.created_at DESC, r.item_id DESC LIMIT $3) AS r \
             ORDER BY k.place, r.created_at DESC, r.item_id DESC"
        );
        let tenant = self.id;
        self.read(OP, column(users, |user| user.0), move |connection, users| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(users)
                    .bind(i64::from(limit))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                by_place(users.len(), &found, 6, sql::rating).map_err(failed(OP))
            })
        })
        .await
    }

    async fn ratings_of(&self, pairs: &[(UserId, ItemId)]) -> Result<Vec<Option<Rating>>> {
        const OP: &str = "interactions.ratings_of";
        let tenant = self.id;
        self.read(OP, pairs.to_vec(), move |connection, pairs| {
            Box::pin(async move {
                let found = ratings::find(connection, OP, tenant, pairs.iter().copied()).await?;
                Ok(pairs.iter().map(|pair| found.get(pair).cloned()).collect())
            })
        })
        .await
    }

    async fn scan(&self, after_sequence: u64, limit: u32) -> Result<Vec<Interaction>> {
        const OP: &str = "interactions.scan";
        let sql = concat!(
            "SELECT ",
            interaction_columns!(),
            " FROM interactions AS e WHERE e.tenant_id = $1 AND e.sequence > $2 \
             ORDER BY e.sequence LIMIT $3"
        );
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql)
                    .bind(tenant.0)
                    .bind(signed(after_sequence))
                    .bind(i64::from(limit))
                    .fetch_all(connection)
                    .await
                    .map_err(failed(OP))?;
                found.iter().map(sql::interaction).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }

    async fn last_sequence(&self) -> Result<u64> {
        const OP: &str = "interactions.last_sequence";
        let tenant = self.id;
        self.read(OP, (), move |connection, ()| {
            Box::pin(async move {
                let last: Option<i64> =
                    sqlx::query_scalar("SELECT last_sequence FROM tenants WHERE id = $1")
                        .bind(tenant.0)
                        .fetch_optional(connection)
                        .await
                        .map_err(failed(OP))?;
                Ok(last.map_or(0, i64::unsigned_abs))
            })
        })
        .await
    }
}

async fn append(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[&NewInteraction],
) -> Result<Vec<Interaction>> {
    let users: BTreeSet<UserId> = events.iter().map(|event| event.user_id).collect();
    let items: BTreeSet<Uuid> = events.iter().map(|event| event.item_id.0).collect();
    require(connection, op, tenant, users.into_iter(), items.into_iter()).await?;
    let (last, revision) = advance(connection, op, tenant, events.len(), 1).await?;
    let rows = keyed_events(events, last, now());
    insert(connection, op, tenant, &rows).await?;
    let counts = count_events(rows.iter().map(|(row, _)| row));
    apply_counts(connection, op, tenant, &counts, revision).await?;
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

async fn known_keys(
    connection: &mut PgConnection,
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
        ", e.idempotency_key, e.fingerprint FROM interactions AS e \
         WHERE e.tenant_id = $1 AND e.idempotency_key = ANY ($2)"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(keys)
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

pub(super) async fn insert(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    events: &[KeyedEvent<'_>],
) -> Result<()> {
    let context = |event: &Interaction| event.context.as_ref().map(ToString::to_string);
    sqlx::query(
        "INSERT INTO interactions (tenant_id, sequence, id, user_id, item_id, kind, value, \
         context, recommendation_id, at, created_at, idempotency_key, fingerprint) \
         SELECT $1, sequence, id, user_id, item_id, kind, value, context::json, \
         recommendation_id, at, created_at, idempotency_key, fingerprint \
         FROM unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], \
         $8::text[], $9::uuid[], $10::timestamptz[], $11::timestamptz[], $12::text[], \
         $13::uuid[]) AS new (sequence, id, user_id, item_id, kind, value, context, \
         recommendation_id, at, created_at, idempotency_key, fingerprint)",
    )
    .bind(tenant.0)
    .bind(column(events, |(event, _)| signed(event.sequence)))
    .bind(column(events, |(event, _)| event.id.0))
    .bind(column(events, |(event, _)| event.user_id.0))
    .bind(column(events, |(event, _)| event.item_id.0))
    .bind(column(events, |(event, _)| event.kind.as_str()))
    .bind(column(events, |(event, _)| event.value))
    .bind(column(events, |(event, _)| context(event)))
    .bind(column(events, |(event, _)| event.recommendation_id))
    .bind(column(events, |(event, _)| event.at))
    .bind(column(events, |(event, _)| event.created_at))
    .bind(column(events, |(_, key)| key.map(|(key, _)| key)))
    .bind(column(events, |(_, key)| key.map(|(_, fingerprint)| fingerprint)))
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}

fn reused(op: &'static str, key: &str) -> StoreError {
    StoreError::new(Backend::Postgres, op, StoreErrorKind::IdempotencyKeyReused)
        .with_context(format!("idempotency key {key:?} was used before for another event"))
}
