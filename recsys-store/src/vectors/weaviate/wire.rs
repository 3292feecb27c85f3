//! Bodies of Weaviate's interfaces, as far as they are used.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::types::{
    ItemId, Metric, TenantId, VectorCollection, VectorFilter, VectorHit, VectorPoint, VectorQuery,
};

/// Names of the properties.
const CATEGORY: &str = "category";
const TAGS: &str = "tags";
const ACTIVE: &str = "active";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewClass<'a> {
    class: &'a str,
    vectorizer: &'static str,
    vector_index_type: &'static str,
    vector_index_config: IndexConfig,
    multi_tenancy_config: MultiTenancy,
    properties: [Property; 3],
}

#[derive(Debug, Serialize)]
struct IndexConfig {
    distance: &'static str,
}

/// Tenants are made by us, and woken by whoever asks for them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MultiTenancy {
    enabled: bool,
    auto_tenant_creation: bool,
    auto_tenant_activation: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    name: &'static str,
    data_type: [&'static str; 1],
    /// A text is one value and not its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenization: Option<&'static str>,
    index_filterable: bool,
    index_searchable: bool,
}

impl Property {
    fn new(
        name: &'static str,
        data_type: &'static str,
        tokenization: Option<&'static str>,
    ) -> Self {
        let data_type = [data_type];
        Self { name, data_type, tokenization, index_filterable: true, index_searchable: false }
    }
}

impl<'a> NewClass<'a> {
    pub(super) fn new(class: &'a str, collection: &VectorCollection, exact: bool) -> Self {
        let distance = match collection.metric() {
            Metric::Cosine => "cosine",
            Metric::InnerProduct => "dot",
        };
        Self {
            class,
            vectorizer: "none",
            vector_index_type: if exact { "flat" } else { "hnsw" },
            vector_index_config: IndexConfig { distance },
            multi_tenancy_config: MultiTenancy {
                enabled: true,
                auto_tenant_creation: false,
                auto_tenant_activation: true,
            },
            properties: [
                Property::new(CATEGORY, "text", Some("field")),
                Property::new(TAGS, "text[]", Some("field")),
                Property::new(ACTIVE, "boolean", None),
            ],
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct NewTenant {
    name: TenantId,
}

impl NewTenant {
    pub(super) fn new(name: TenantId) -> Self {
        Self { name }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Objects<'a> {
    objects: Vec<Object<'a>>,
}

#[derive(Debug, Serialize)]
struct Object<'a> {
    class: &'a str,
    tenant: TenantId,
    id: ItemId,
    vector: &'a [f32],
    properties: Properties<'a>,
}

#[derive(Debug, Serialize)]
struct Properties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    tags: &'a [String],
    active: bool,
}

impl<'a> Objects<'a> {
    pub(super) fn new(class: &'a str, tenant: TenantId, points: &'a [VectorPoint]) -> Self {
        let object = |point: &'a VectorPoint| Object {
            class,
            tenant,
            id: point.item,
            vector: &point.vector,
            properties: Properties {
                category: point.category.as_deref(),
                tags: &point.tags,
                active: point.is_active,
            },
        };
        Self { objects: points.iter().map(object).collect() }
    }
}

/// What became of an object.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    result: Outcome,
}

#[derive(Debug, Default, Deserialize)]
struct Outcome {
    errors: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    #[serde(default)]
    message: String,
}

impl Stored {
    pub(super) fn error(&self) -> Option<String> {
        let refusal = self.result.errors.as_ref()?;
        let messages: Vec<&str> = refusal.error.iter().map(|it| it.message.as_str()).collect();
        Some(messages.join("; "))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Deletion<'a> {
    r#match: Match<'a>,
}

#[derive(Debug, Serialize)]
struct Match<'a> {
    class: &'a str,
    r#where: Where<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Where<'a> {
    path: [&'static str; 1],
    operator: &'static str,
    value_text_array: &'a [ItemId],
}

impl<'a> Deletion<'a> {
    pub(super) fn new(class: &'a str, items: &'a [ItemId]) -> Self {
        let r#where = Where { path: ["id"], operator: "ContainsAny", value_text_array: items };
        Self { r#match: Match { class, r#where } }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Deleted {
    results: DeletedObjects,
}

#[derive(Debug, Deserialize)]
struct DeletedObjects {
    #[serde(default)]
    failed: u64,
}

impl Deleted {
    pub(super) fn failed(&self) -> u64 {
        self.results.failed
    }
}

/// A document of the GraphQL interface.
#[derive(Debug, Serialize)]
pub(super) struct Question {
    query: String,
}

impl Question {
    pub(super) fn nearest(class: &str, tenant: TenantId, query: &VectorQuery) -> Self {
        let mut values = String::with_capacity(12 * query.vector.len());
        for value in &query.vector {
            // Scientific notation is a number of GraphQL too, and shorter for what is far from one.
            write!(values, "{value:e} ").expect("writing to a string does not fail");
        }
        let (limit, filter) = (query.k, conditions(&query.filter));
        let query = format!(
            "{{Get{{{class}(tenant:\"{tenant}\",limit:{limit},nearVector:{{vector:[{values}]}}{filter}){{_additional{{id distance}}}}}}}}"
        );
        Self { query }
    }

    pub(super) fn count(class: &str, tenant: TenantId) -> Self {
        let query = format!("{{Aggregate{{{class}(tenant:\"{tenant}\"){{meta{{count}}}}}}}}");
        Self { query }
    }
}

/// Writes a filter as an argument, nothing if all points pass it. Strings of JSON are strings of GraphQL.
fn conditions(filter: &VectorFilter) -> String {
    let any = |path: &str, operator: &str, values: serde_json::Value| {
        format!("{{path:[\"{path}\"],operator:{operator},valueText:{values}}}")
    };
    let VectorFilter { categories, tags, exclude, only_active } = filter;
    let mut all = Vec::new();
    for (path, names) in [(CATEGORY, categories), (TAGS, tags)] {
        if !names.is_empty() {
            all.push(any(path, "ContainsAny", json!(names)));
        }
    }
    if *only_active {
        all.push(format!("{{path:[\"{ACTIVE}\"],operator:Equal,valueBoolean:true}}"));
    }
    if !exclude.is_empty() {
        all.push(any("id", "ContainsNone", json!(exclude)));
    }
    match &all[..] {
        [] => String::new(),
        [only] => format!(",where:{only}"),
        all => format!(",where:{{operator:And,operands:[{}]}}", all.join(",")),
    }
}

/// An answer of the GraphQL interface.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answered {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Problem>,
}

/// By class, of which there is one.
#[derive(Debug, Default, Deserialize)]
struct Data {
    #[serde(rename = "Get", default)]
    get: HashMap<String, Option<Vec<Scored>>>,
    #[serde(rename = "Aggregate", default)]
    aggregate: HashMap<String, Option<Vec<Aggregated>>>,
}

#[derive(Debug, Deserialize)]
struct Scored {
    #[serde(rename = "_additional")]
    additional: Additional,
}

#[derive(Debug, Deserialize)]
struct Additional {
    id: ItemId,
    distance: f32,
}

#[derive(Debug, Deserialize)]
struct Aggregated {
    meta: Meta,
}

#[derive(Debug, Deserialize)]
struct Meta {
    count: u64,
}

impl Answered {
    /// Returns what the server has to say against one of the questions.
    pub(super) fn error(answers: &[Self]) -> Option<&str> {
        answers.iter().find_map(|answer| Some(answer.errors.first()?.message.as_str()))
    }

    /// Scores are distances with the server: one less the cosine, or the negative product.
    pub(super) fn into_hits(self, metric: Metric, k: usize) -> Vec<VectorHit> {
        let score = |distance: f32| match metric {
            Metric::Cosine => 1.0 - distance,
            Metric::InnerProduct => -distance,
        };
        let found = self.data.unwrap_or_default().get.into_values().flatten().flatten();
        let hit = |Scored { additional: Additional { id, distance } }| VectorHit {
            item: id,
            score: score(distance),
        };
        let mut hits: Vec<VectorHit> = found.map(hit).collect();
        VectorHit::rank(&mut hits, k);
        hits
    }

    pub(super) fn count(&self) -> u64 {
        let classes = self.data.iter().flat_map(|data| data.aggregate.values());
        classes.flatten().flatten().map(|aggregated| aggregated.meta.count).sum()
    }
}
