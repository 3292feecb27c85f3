//! The list of active items, newest first, and searching it by words.
//!
//! Items with a rare word are found by it; where all words of a search are frequent, the next page is near on a walk
//! along the list. Below row-level security only operators that are marked as leakproof reach an index before the
//! policy; comparing texts is, and neither `LIKE` nor those of text search are.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::failed;
use crate::error::Result;
use crate::sql::{self, item_columns, signed};
use crate::types::{Item, ItemQuery, TenantId};
use crate::words::{RARE, Search};

/// What a row of the list must be like, whatever way it is reached by, and which page is wanted.
macro_rules! page_sql {
    () => {
        " AND ($3::text[] IS NULL OR strpos(i.words, $8) > 0 AND NOT EXISTS \
         (SELECT FROM unnest($3) AS part WHERE strpos(i.words, part) = 0)) \
         AND (i.created_at, i.id) < ($6, $7)"
    };
}

/// A walk along the list, with one more condition.
macro_rules! walk_sql {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS i WHERE i.tenant_id = $1 AND i.is_active ",
            $condition,
            page_sql!(),
            " ORDER BY i.created_at DESC, i.id DESC LIMIT $4 OFFSET $5"
        )
    };
}

/// Some items, each by its key: the planner does not know how few they are.
const BY_KEY: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM (SELECT DISTINCT id FROM unnest($9::uuid[]) AS entry (id)) AS found \
     CROSS JOIN LATERAL (SELECT ",
    item_columns!(),
    " FROM items AS i WHERE i.tenant_id = $1 AND i.id = found.id \
     AND i.is_active AND ($2::text IS NULL OR i.category = $2)",
    page_sql!(),
    " OFFSET 0) AS i ORDER BY i.created_at DESC, i.id DESC LIMIT $4 OFFSET $5"
);

pub(super) async fn list(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    query: &ItemQuery,
) -> Result<Vec<Item>> {
    let search = query.search.as_deref().and_then(Search::parse);
    let rarest = match &search {
        None => None,
        Some(search) => match rarest(connection, op, tenant, search).await? {
            Rarest { items, .. } if items.is_empty() => return Ok(Vec::new()),
            rarest => Some(rarest),
        },
    };
    let few = rarest.as_ref().is_some_and(|rarest| rarest.items.len() <= RARE);
    // Two statements for walks, so that each goes along its own index.
    let sql = match &query.category {
        _ if few => BY_KEY,
        Some(_) => walk_sql!("AND i.category = $2"),
        None => walk_sql!("AND $2::text IS NULL"),
    };
    // Without a place to go on from, a place before all.
    let (created_at, id) = query
        .after
        .map_or((DateTime::<Utc>::MAX_UTC, Uuid::max()), |after| (after.created_at, after.id.0));
    let mut statement = sqlx::query(sql)
        .bind(tenant.0)
        .bind(query.category.as_deref())
        .bind(search.map(|search| search.parts()))
        .bind(i64::from(query.limit))
        .bind(i64::from(query.offset))
        .bind(created_at)
        .bind(id)
        .bind(rarest.as_ref().map(|rarest| rarest.part.as_str()));
    if few {
        statement = statement.bind(rarest.as_ref().map(|rarest| rarest.items.as_slice()));
    }
    let found = statement.fetch_all(connection).await.map_err(failed(op))?;
    found.iter().map(sql::item).collect::<Result<_, _>>().map_err(failed(op))
}

/// The word of a search that fewest items have.
struct Rarest {
    /// What the text of an item's words must contain.
    part: String,
    /// The items that have it, one more than [`RARE`] of them at most; some twice.
    items: Vec<Uuid>,
}

async fn rarest(
    connection: &mut PgConnection,
    op: &'static str,
    tenant: TenantId,
    search: &Search,
) -> Result<Rarest> {
    let (low, high): (Vec<String>, Vec<String>) = search.ranges().into_iter().unzip();
    let (part, items) = sqlx::query_as(
        "SELECT k.part, ARRAY (SELECT item_id FROM item_words WHERE tenant_id = $1 \
         AND word >= k.low COLLATE \"C\" AND word < k.high COLLATE \"C\" LIMIT $5) \
         FROM unnest($2::text[], $3::text[], $4::text[]) AS k (part, low, high) \
         ORDER BY (SELECT count(*) FROM (SELECT FROM item_words WHERE tenant_id = $1 \
         AND word >= k.low COLLATE \"C\" AND word < k.high COLLATE \"C\" LIMIT $5) AS entries), \
         k.part LIMIT 1",
    )
    .bind(tenant.0)
    .bind(search.parts())
    .bind(low)
    .bind(high)
    .bind(signed(RARE as u64 + 1))
    .fetch_one(connection)
    .await
    .map_err(failed(op))?;
    Ok(Rarest { part, items })
}
