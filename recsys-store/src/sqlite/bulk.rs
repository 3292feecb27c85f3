//! Many rows as one JSON parameter: one statement, whatever their number.
//!
//! Ids travel as hexadecimal text and are turned back by `unhex`.

use serde_json::Value;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::error::{failed, missing};
use crate::error::Result;
use crate::types::{TenantId, UserId};

/// Returns an id in the form that `unhex` reads.
pub(super) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}

/// Returns ids as a JSON list.
pub(super) fn hex_list(ids: impl Iterator<Item = Uuid>) -> String {
    Value::from_iter(ids.map(hex)).to_string()
}

/// Takes the next `events` sequences of the tenant, and the next revision of its catalogue if
/// `revisions` is 1. Returns the last sequence and the last revision.
pub(super) async fn advance(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    events: usize,
    revisions: i64,
) -> Result<(u64, u64)> {
    let events = i64::try_from(events).unwrap_or(i64::MAX);
    let row: Option<(i64, i64)> = sqlx::query_as(
        "UPDATE tenants SET last_sequence = last_sequence + ?2, \
         catalog_revision = catalog_revision + ?3 WHERE id = ?1 \
         RETURNING last_sequence, catalog_revision",
    )
    .bind(tenant.0)
    .bind(events)
    .bind(revisions)
    .fetch_optional(connection)
    .await
    .map_err(failed(op))?;
    let (sequence, revision) =
        row.ok_or_else(|| missing(op, format!("tenant {tenant} does not exist")))?;
    Ok((sequence.unsigned_abs(), revision.unsigned_abs()))
}

/// Fails with `NotFound` unless all users exist.
pub(super) async fn require_users(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    users: impl Iterator<Item = UserId>,
) -> Result<()> {
    let absent: Option<Uuid> = sqlx::query_scalar(
        "SELECT unhex(value) FROM json_each(?2) WHERE NOT EXISTS \
         (SELECT 1 FROM users WHERE tenant_id = ?1 AND id = unhex(value)) LIMIT 1",
    )
    .bind(tenant.0)
    .bind(hex_list(users.map(|id| id.0)))
    .fetch_optional(connection)
    .await
    .map_err(failed(op))?;
    absent.map_or(Ok(()), |id| Err(missing(op, format!("user {id} does not exist"))))
}

/// Fails with `NotFound` unless all items exist.
pub(super) async fn require_items(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    items: impl Iterator<Item = Uuid>,
) -> Result<()> {
    let absent: Option<Uuid> = sqlx::query_scalar(
        "SELECT unhex(value) FROM json_each(?2) WHERE NOT EXISTS \
         (SELECT 1 FROM items WHERE tenant_id = ?1 AND id = unhex(value)) LIMIT 1",
    )
    .bind(tenant.0)
    .bind(hex_list(items))
    .fetch_optional(connection)
    .await
    .map_err(failed(op))?;
    absent.map_or(Ok(()), |id| Err(missing(op, format!("item {id} does not exist"))))
}
