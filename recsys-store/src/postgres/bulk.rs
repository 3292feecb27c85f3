//! Many rows as arrays, one for each column: one statement, whatever their number.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::{failed, missing};
use crate::error::{Result, StoreError};
use crate::types::{TenantId, UserId};

/// Tells whether a text may be stored at all. PostgreSQL takes no others, not even to look for them.
pub(super) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Returns one column of many rows.
pub(super) fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// Takes the next `events` sequences of the tenant, and the next revision of its catalogue if
/// `revisions` is 1. Returns the last sequence and the last revision.
pub(super) async fn advance(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    events: usize,
    revisions: i64,
) -> Result<(u64, u64)> {
    let events = i64::try_from(events).unwrap_or(i64::MAX);
    let row: Option<(i64, i64)> = sqlx::query_as(
        "UPDATE tenants SET last_sequence = last_sequence + $2, \
         catalog_revision = catalog_revision + $3 WHERE id = $1 \
         RETURNING last_sequence, catalog_revision",
    )
    .bind(tenant.0)
    .bind(events)
    .bind(revisions)
    .fetch_optional(connection)
    .await
    .map_err(failed(op))?;
    let (sequence, revision) = row.ok_or_else(|| no_tenant(op, tenant))?;
    Ok((sequence.unsigned_abs(), revision.unsigned_abs()))
}

/// Fails with `NotFound` unless the tenant exists.
pub(super) async fn require_tenant(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
) -> Result<()> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM tenants WHERE id = $1)")
        .bind(tenant.0)
        .fetch_one(connection)
        .await
        .map_err(failed(op))?;
    if exists { Ok(()) } else { Err(no_tenant(op, tenant)) }
}

/// Fails with `NotFound` unless all users and items exist.
pub(super) async fn require(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    users: impl Iterator<Item = UserId>,
    items: impl Iterator<Item = Uuid>,
) -> Result<()> {
    let absent: Option<(String, Uuid)> = sqlx::query_as(
        "SELECT 'user', wanted FROM unnest($2::uuid[]) AS wanted WHERE NOT EXISTS \
         (SELECT FROM users WHERE tenant_id = $1 AND id = wanted) UNION ALL \
         SELECT 'item', wanted FROM unnest($3::uuid[]) AS wanted WHERE NOT EXISTS \
         (SELECT FROM items WHERE tenant_id = $1 AND id = wanted) LIMIT 1",
    )
    .bind(tenant.0)
    .bind(users.map(|id| id.0).collect::<Vec<_>>())
    .bind(items.collect::<Vec<_>>())
    .fetch_optional(connection)
    .await
    .map_err(failed(op))?;
    absent.map_or(Ok(()), |(what, id)| Err(missing(op, format!("{what} {id} does not exist"))))
}

fn no_tenant(op: &'static str, tenant: TenantId) -> StoreError {
    missing(op, format!("tenant {tenant} does not exist"))
}
