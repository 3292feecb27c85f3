//! The list of active items, newest first, and searching it by words.
//!
//! Items with a rare word are found by it; where all words of a search are frequent, the next page is near on a walk
//! along the list.

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::error::failed;
use crate::error::Result;
use crate::sql::{self, item_columns, signed};
use crate::types::{Item, ItemQuery, TenantId};
use crate::words::{RARE, Search};

/// What a row of the list must be like, whatever way it is reached by, and which page is wanted.
macro_rules! page_sql {
    () => {
        " AND (?3 IS NULL OR instr(i.words, ?8) > 0 AND NOT EXISTS \
         (SELECT 1 FROM json_each(?3) WHERE instr(i.words, value) = 0)) \
         AND (i.created_at, i.id) < (?6, ?7) ORDER BY i.created_at DESC, i.id DESC LIMIT ?4 OFFSET ?5"
    };
}

/// A walk along the list, with one more condition.
macro_rules! walk_sql {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS i WHERE i.tenant_id = ?1 AND i.is_active ",
            $condition,
            page_sql!()
        )
    };
}

/// The items of some words, each by its key.
const BY_WORD: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM (SELECT DISTINCT item_id FROM item_words WHERE tenant_id = ?1 \
     AND word >= ?9 AND word < ?10) AS found CROSS JOIN items AS i \
     WHERE i.tenant_id = ?1 AND i.id = found.item_id AND i.is_active \
     AND (?2 IS NULL OR i.category = ?2)",
    page_sql!()
);

pub(super) async fn list(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    query: &ItemQuery,
) -> Result<Vec<Item>> {
    let search = query.search.as_deref().and_then(Search::parse);
    let rarest = match &search {
        None => None,
        Some(search) => match rarest(connection, op, tenant, search).await? {
            Rarest { entries: 0, .. } => return Ok(Vec::new()),
            rarest => Some(rarest),
        },
    };
    let few = rarest.as_ref().is_some_and(|rarest| rarest.entries <= RARE);
    // Two statements for walks, so that each goes along its own index.
    let sql = match &query.category {
        _ if few => BY_WORD,
        Some(_) => walk_sql!("AND i.category = ?2"),
        None => walk_sql!("AND ?2 IS NULL"),
    };
    // Without a place to go on from, a place before all.
    let (created_at, id) = query
        .after
        .map_or((i64::MAX, Uuid::max()), |after| (after.created_at.timestamp_millis(), after.id.0));
    let mut statement = sqlx::query(sql)
        .bind(tenant.0)
        .bind(query.category.as_deref())
        .bind(search.map(|search| json!(search.parts()).to_string()))
        .bind(query.limit)
        .bind(query.offset)
        .bind(created_at)
        .bind(id)
        .bind(rarest.as_ref().map(|rarest| rarest.part.as_str()));
    if few {
        statement = statement.bind(rarest.as_ref().map(|rarest| rarest.low.as_str()));
        statement = statement.bind(rarest.as_ref().map(|rarest| rarest.high.as_str()));
    }
    let found = statement.fetch_all(connection).await.map_err(failed(op))?;
    found.iter().map(sql::item).collect::<Result<_, _>>().map_err(failed(op))
}

/// The word of a search that fewest items have.
struct Rarest {
    /// What the text of an item's words must contain.
    part: String,
    /// The first word in the index that satisfies it.
    low: String,
    /// The first word behind those that satisfy it.
    high: String,
    /// Entries of these words, counted up to one more than [`RARE`].
    entries: usize,
}

async fn rarest(
    connection: &mut SqliteConnection,
    op: &'static str,
    tenant: TenantId,
    search: &Search,
) -> Result<Rarest> {
    let parts = search.parts().into_iter().zip(search.ranges());
    let parts = Value::from_iter(parts.map(|(part, (low, high))| json!([part, low, high])));
    let (part, low, high, entries): (String, String, String, i64) = sqlx::query_as(
        "SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2, (SELECT count(*) FROM \
         (SELECT 1 FROM item_words WHERE tenant_id = ?1 AND word >= k.value ->> 1 \
         AND word < k.value ->> 2 LIMIT ?3)) AS entries \
         FROM json_each(?2) AS k ORDER BY entries, k.key LIMIT 1",
    )
    .bind(tenant.0)
    .bind(parts.to_string())
    .bind(signed(RARE as u64 + 1))
    .fetch_one(connection)
    .await
    .map_err(failed(op))?;
    let entries = usize::try_from(entries).unwrap_or(usize::MAX);
    Ok(Rarest { part, low, high, entries })
}
