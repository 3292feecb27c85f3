//! Bodies of Qdrant's REST interface, as far as they are used.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::types::{
    ItemId, Metric, TenantId, VectorCollection, VectorHit, VectorPoint, VectorQuery,
};

/// Keys of a payload.
const TENANT: &str = "tenant";
const ITEM: &str = "item";
const CATEGORY: &str = "category";
const TAGS: &str = "tags";
const ACTIVE: &str = "active";

/// Every answer.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) result: T,
}

#[derive(Debug, Serialize)]
pub(super) struct NewCollection {
    vectors: Vectors,
    hnsw_config: Hnsw,
}

#[derive(Debug, Serialize)]
struct Vectors {
    size: usize,
    distance: &'static str,
}

/// Points are searched with their tenant only, so there is a graph for each tenant and none over all of them.
#[derive(Debug, Serialize)]
struct Hnsw {
    m: u32,
    payload_m: u32,
}

impl NewCollection {
    pub(super) fn new(collection: &VectorCollection) -> Self {
        let distance = match collection.metric() {
            Metric::Cosine => "Cosine",
            Metric::InnerProduct => "Dot",
        };
        let vectors = Vectors { size: collection.dimension(), distance };
        Self { vectors, hnsw_config: Hnsw { m: 0, payload_m: 16 } }
    }
}

/// An index over a key of the payloads.
#[derive(Debug, Serialize)]
pub(super) struct NewIndex {
    field_name: &'static str,
    field_schema: Schema,
}

#[derive(Debug, Serialize)]
struct Schema {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_tenant: Option<bool>,
}

impl NewIndex {
    /// Indexes for all that is filtered by.
    pub(super) fn all() -> [Self; 4] {
        let index = |field_name, r#type, is_tenant| Self {
            field_name,
            field_schema: Schema { r#type, is_tenant },
        };
        [
            index(TENANT, "keyword", Some(true)),
            index(CATEGORY, "keyword", None),
            index(TAGS, "keyword", None),
            index(ACTIVE, "bool", None),
        ]
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Upsert<'a> {
    points: Vec<Point<'a>>,
}

#[derive(Debug, Serialize)]
struct Point<'a> {
    id: Uuid,
    vector: &'a [f32],
    payload: Payload<'a>,
}

#[derive(Debug, Serialize)]
struct Payload<'a> {
    tenant: TenantId,
    item: ItemId,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    tags: &'a [String],
    active: bool,
}

impl<'a> Upsert<'a> {
    pub(super) fn new(tenant: TenantId, points: &'a [VectorPoint]) -> Self {
        let point = |point: &'a VectorPoint| Point {
            id: id_of(tenant, point.item),
            vector: &point.vector,
            payload: Payload {
                tenant,
                item: point.item,
                category: point.category.as_deref(),
                tags: &point.tags,
                active: point.is_active,
            },
        };
        Self { points: points.iter().map(point).collect() }
    }
}

/// The id of a point. Tenants share a collection and may have items of the same id.
fn id_of(tenant: TenantId, item: ItemId) -> Uuid {
    Uuid::new_v5(&tenant.0, item.as_bytes())
}

/// Which points to delete.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Selector {
    Points(Vec<Uuid>),
    Filter(Filter),
}

impl Selector {
    pub(super) fn items(tenant: TenantId, items: &[ItemId]) -> Self {
        Self::Points(items.iter().map(|item| id_of(tenant, *item)).collect())
    }

    pub(super) fn all(tenant: TenantId) -> Self {
        Self::Filter(Filter::tenant(tenant))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Filter {
    must: Vec<Condition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    must_not: Vec<Condition>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Condition {
    Field { key: &'static str, r#match: Match },
    HasId { has_id: Vec<Uuid> },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Match {
    Any(Vec<String>),
    #[serde(rename = "value")]
    Text(String),
    #[serde(rename = "value")]
    Flag(bool),
}

impl Filter {
    /// All points of a tenant. There is no filter without.
    fn tenant(tenant: TenantId) -> Self {
        let own = Condition::Field { key: TENANT, r#match: Match::Text(tenant.to_string()) };
        Self { must: vec![own], must_not: Vec::new() }
    }

    fn of(tenant: TenantId, query: &VectorQuery) -> Self {
        let mut filter = Self::tenant(tenant);
        for (key, names) in [(CATEGORY, &query.filter.categories), (TAGS, &query.filter.tags)] {
            if !names.is_empty() {
                filter.must.push(Condition::Field { key, r#match: Match::Any(names.clone()) });
            }
        }
        if query.filter.only_active {
            filter.must.push(Condition::Field { key: ACTIVE, r#match: Match::Flag(true) });
        }
        if !query.filter.exclude.is_empty() {
            let has_id = query.filter.exclude.iter().map(|item| id_of(tenant, *item)).collect();
            filter.must_not.push(Condition::HasId { has_id });
        }
        filter
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Batch<'a> {
    searches: Vec<Query<'a>>,
}

#[derive(Debug, Serialize)]
struct Query<'a> {
    query: &'a [f32],
    filter: Filter,
    params: Params,
    limit: usize,
    with_payload: [&'static str; 1],
}

#[derive(Debug, Serialize)]
struct Params {
    exact: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn new(tenant: TenantId, queries: &'a [VectorQuery], exact: bool) -> Self {
        let query = |query: &'a VectorQuery| Query {
            query: &query.vector,
            filter: Filter::of(tenant, query),
            params: Params { exact },
            limit: query.k,
            with_payload: [ITEM],
        };
        Self { searches: queries.iter().map(query).collect() }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Found {
    points: Vec<Scored>,
}

#[derive(Debug, Deserialize)]
struct Scored {
    score: f32,
    payload: FoundPayload,
}

#[derive(Debug, Deserialize)]
struct FoundPayload {
    item: ItemId,
}

impl Found {
    pub(super) fn into_hits(self, k: usize) -> Vec<VectorHit> {
        let hit = |point: Scored| VectorHit { item: point.payload.item, score: point.score };
        let mut hits: Vec<VectorHit> = self.points.into_iter().map(hit).collect();
        VectorHit::rank(&mut hits, k);
        hits
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Count {
    filter: Filter,
    exact: bool,
}

impl Count {
    pub(super) fn of(tenant: TenantId) -> Self {
        Self { filter: Filter::tenant(tenant), exact: true }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Counted {
    pub(super) count: u64,
}
