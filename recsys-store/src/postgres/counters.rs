//! The counters of items: how often they were used and how they were rated.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::failed;
use crate::error::Result;
use crate::rules::Counted;
use crate::sql::signed;
use crate::types::{ItemId, TenantId};

/// Adds what a batch counted to its items, which get the given revision.
pub(super) async fn apply_counts(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    counts: &HashMap<ItemId, Counted>,
    revision: u64,
) -> Result<()> {
    let ids: Vec<Uuid> = counts.keys().map(|id| id.0).collect();
    let counted = counts.values();
    sqlx::query(
        "UPDATE items SET interaction_count = interaction_count + c.interactions, \
         rating_count = rating_count + c.ratings, rating_sum = rating_sum + c.points, \
         revision = $2 FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::float8[]) \
         AS c (id, interactions, ratings, points) \
         WHERE items.tenant_id = $1 AND items.id = c.id",
    )
    .bind(tenant.0)
    .bind(signed(revision))
    .bind(ids)
    .bind(counted.clone().map(|counted| signed(counted.interactions)).collect::<Vec<_>>())
    .bind(counted.clone().map(|counted| signed(counted.ratings)).collect::<Vec<_>>())
    .bind(counted.map(|counted| counted.rating_sum).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed(op))
}
