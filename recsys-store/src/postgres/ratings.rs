//! Storing ratings, in PostgreSQL: the row that people see and the event that training reads.

use std::collections::{BTreeSet, HashMap};

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::bulk::{advance, column, require};
use super::counters::apply_counts;
use super::error::failed;
use super::interactions::insert;
use crate::error::Result;
use crate::rules::{plan_ratings, rating_event};
use crate::sql::{self, KeyedEvent, rating_columns};
use crate::types::{ItemId, NewRating, Rating, TenantId, UserId, now};

pub(super) async fn rate(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    ratings: &[NewRating],
) -> Result<Vec<Rating>> {
    let users: BTreeSet<UserId> = ratings.iter().map(|rating| rating.user_id).collect();
    let items: BTreeSet<Uuid> = ratings.iter().map(|rating| rating.item_id.0).collect();
    require(connection, op, tenant, users.into_iter(), items.into_iter()).await?;
    let pairs = ratings.iter().map(|rating| (rating.user_id, rating.item_id));
    let existing = find(connection, op, tenant, pairs).await?;
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
    let stored: Vec<&Rating> = plan.stored.values().collect();
    put_ratings(connection, op, tenant, &stored).await?;
    apply_counts(connection, op, tenant, &plan.counts, revision).await?;
    Ok(plan.results)
}

/// Finds what users think of items.
pub(super) async fn find(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    pairs: impl Iterator<Item = (UserId, ItemId)>,
) -> Result<HashMap<(UserId, ItemId), Rating>> {
    let pairs: BTreeSet<(Uuid, Uuid)> = pairs.map(|(user, item)| (user.0, item.0)).collect();
    let (users, items): (Vec<Uuid>, Vec<Uuid>) = pairs.into_iter().unzip();
    let sql = concat!(
        "SELECT ",
        rating_columns!(),
        " FROM unnest($2::uuid[], $3::uuid[]) AS k (user_id, item_id) \
         JOIN ratings AS r ON r.user_id = k.user_id AND r.item_id = k.item_id \
         WHERE r.tenant_id = $1"
    );
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(users)
        .bind(items)
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

pub(super) async fn put_ratings(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    ratings: &[&Rating],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO ratings (tenant_id, user_id, item_id, id, rating, review, created_at) \
         SELECT $1, user_id, item_id, id, rating, review, created_at \
         FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::float8[], $6::text[], \
         $7::timestamptz[]) AS new (user_id, item_id, id, rating, review, created_at) \
         ON CONFLICT (tenant_id, user_id, item_id) DO UPDATE SET rating = excluded.rating, \
         review = excluded.review, created_at = excluded.created_at",
    )
    .bind(tenant.0)
    .bind(column(ratings, |rating| rating.user_id.0))
    .bind(column(ratings, |rating| rating.item_id.0))
    .bind(column(ratings, |rating| rating.id.0))
    .bind(column(ratings, |rating| rating.rating))
    .bind(column(ratings, |rating| rating.review.as_deref()))
    .bind(column(ratings, |rating| rating.created_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}
