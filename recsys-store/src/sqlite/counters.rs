//! The counters of items: how often they were used and how they were rated.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;

use super::bulk::hex;
use super::error::failed;
use crate::error::Result;
use crate::rules::Counted;
use crate::sql::signed;
use crate::types::{ItemId, TenantId};

/// Materialised, the counts are the outer loop and find their items by key. Left to itself the planner
/// goes through the catalogue and reads the whole parameter for each item.
const APPLY: &str = "WITH c AS MATERIALIZED (SELECT unhex(value ->> 0) AS id, \
     value ->> 1 AS interactions, value ->> 2 AS ratings, value ->> 3 AS points \
     FROM json_each(?2)) \
     UPDATE items SET interaction_count = interaction_count + c.interactions, \
     rating_count = rating_count + c.ratings, rating_sum = rating_sum + c.points, \
     revision = ?3 FROM c WHERE items.tenant_id = ?1 AND items.id = c.id";

/// Adds what a batch counted to its items, which get the given revision.
pub(super) async fn apply_counts(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    counts: &HashMap<ItemId, Counted>,
    revision: u64,
) -> Result<()> {
    let rows = counts.iter().map(|(item, counted)| {
        json!([hex(item.0), counted.interactions, counted.ratings, counted.rating_sum])
    });
    sqlx::query(APPLY)
        .bind(tenant.0)
        .bind(Value::from_iter(rows).to_string())
        .bind(signed(revision))
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed(op))
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;
    use crate::sqlite::{SqliteConfig, SqliteStorage};

    /// A scan of the catalogue for each batch made imports quadratic once.
    #[tokio::test]
    async fn items_are_found_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {APPLY}");
        let plan = sqlx::query(sqlx::AssertSqlSafe(explain))
            .fetch_all(storage.database.readers())
            .await
            .unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert!(steps.iter().any(|step| step.starts_with("SEARCH items")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN items")), "{steps:?}");
    }
}
