//! Bodies of Pinecone's interfaces, as far as they are used.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::PineconeConfig;
use crate::types::{
    ItemId, Metric, TenantId, VectorCollection, VectorHit, VectorPoint, VectorQuery,
};

/// The version of the interfaces that these bodies are of.
pub(super) const VERSION: &str = "2026-04";

/// Keys of the metadata.
const ITEM: &str = "item";
const CATEGORY: &str = "category";
const TAGS: &str = "tags";
const ACTIVE: &str = "active";

#[derive(Debug, Serialize)]
pub(super) struct NewIndex<'a> {
    name: &'a str,
    dimension: usize,
    metric: &'static str,
    vector_type: &'static str,
    spec: Spec<'a>,
}

#[derive(Debug, Serialize)]
struct Spec<'a> {
    serverless: Serverless<'a>,
}

#[derive(Debug, Serialize)]
struct Serverless<'a> {
    cloud: &'a str,
    region: &'a str,
}

impl<'a> NewIndex<'a> {
    pub(super) fn new(
        name: &'a str,
        collection: &VectorCollection,
        config: &'a PineconeConfig,
    ) -> Self {
        let metric = match collection.metric() {
            Metric::Cosine => "cosine",
            Metric::InnerProduct => "dotproduct",
        };
        let serverless = Serverless { cloud: &config.cloud, region: &config.region };
        let dimension = collection.dimension();
        Self { name, dimension, metric, vector_type: "dense", spec: Spec { serverless } }
    }
}

/// An index as the service describes it.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    /// Where its points are.
    pub(super) host: String,
    pub(super) status: Status,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) ready: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Upsert<'a> {
    namespace: TenantId,
    vectors: Vec<Vector<'a>>,
}

#[derive(Debug, Serialize)]
struct Vector<'a> {
    id: ItemId,
    values: &'a [f32],
    metadata: Metadata<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    /// Filters go by metadata and not by ids.
    item: ItemId,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    tags: &'a [String],
    active: bool,
}

impl<'a> Upsert<'a> {
    pub(super) fn new(namespace: TenantId, points: &'a [VectorPoint]) -> Self {
        let vector = |point: &'a VectorPoint| Vector {
            id: point.item,
            values: &point.vector,
            metadata: Metadata {
                item: point.item,
                category: point.category.as_deref(),
                tags: &point.tags,
                active: point.is_active,
            },
        };
        Self { namespace, vectors: points.iter().map(vector).collect() }
    }

    /// Returns about how many bytes a point takes.
    pub(super) fn size(point: &VectorPoint) -> usize {
        // A name can be all quotes and backslashes, which take two bytes each.
        let names = point.tags.iter().chain(&point.category).map(|name| 2 * name.len() + 4);
        200 + 16 * point.vector.len() + names.sum::<usize>()
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Delete<'a> {
    Items {
        namespace: TenantId,
        ids: &'a [ItemId],
    },
    #[serde(rename_all = "camelCase")]
    All {
        namespace: TenantId,
        delete_all: bool,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Query<'a> {
    namespace: TenantId,
    vector: &'a [f32],
    top_k: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<All>,
    include_values: bool,
    include_metadata: bool,
}

/// Conditions that all hold.
#[derive(Debug, Serialize)]
struct All {
    #[serde(rename = "$and")]
    conditions: Vec<BTreeMap<&'static str, Condition>>,
}

#[derive(Debug, Serialize)]
enum Condition {
    #[serde(rename = "$eq")]
    Is(bool),
    #[serde(rename = "$in")]
    AnyOf(Vec<String>),
    #[serde(rename = "$nin")]
    NoneOf(Vec<ItemId>),
}

impl<'a> Query<'a> {
    pub(super) fn new(namespace: TenantId, query: &'a VectorQuery) -> Self {
        let filter = &query.filter;
        let mut conditions = Vec::new();
        for (key, names) in [(CATEGORY, &filter.categories), (TAGS, &filter.tags)] {
            if !names.is_empty() {
                conditions.push(BTreeMap::from([(key, Condition::AnyOf(names.clone()))]));
            }
        }
        if filter.only_active {
            conditions.push(BTreeMap::from([(ACTIVE, Condition::Is(true))]));
        }
        if !filter.exclude.is_empty() {
            let without = Condition::NoneOf(filter.exclude.clone());
            conditions.push(BTreeMap::from([(ITEM, without)]));
        }
        Self {
            namespace,
            vector: &query.vector,
            top_k: query.k,
            filter: (!conditions.is_empty()).then_some(All { conditions }),
            include_values: false,
            include_metadata: false,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Found {
    matches: Vec<Scored>,
}

#[derive(Debug, Deserialize)]
struct Scored {
    id: ItemId,
    score: f32,
}

impl Found {
    pub(super) fn into_hits(self, k: usize) -> Vec<VectorHit> {
        let hit = |point: Scored| VectorHit { item: point.id, score: point.score };
        let mut hits: Vec<VectorHit> = self.matches.into_iter().map(hit).collect();
        VectorHit::rank(&mut hits, k);
        hits
    }
}

/// A namespace as the service describes it.
#[derive(Debug, Deserialize)]
pub(super) struct Namespace {
    #[serde(deserialize_with = "whole_number")]
    pub(super) record_count: u64,
}

/// Reads a number of 64 bits, which may come as a text.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(D::Error::custom),
    }
}
