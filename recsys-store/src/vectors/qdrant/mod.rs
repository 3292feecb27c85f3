//! Vectors in a Qdrant server, through its REST interface.

mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde::de::{DeserializeOwned, IgnoredAny};

use self::wire::{
    Batch, Count, Counted, Envelope, Found, NewCollection, NewIndex, Selector, Upsert,
};
use super::name_of;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::http::{Answer, Service};
use crate::traits::VectorStore;
use crate::types::{ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};

/// Values of vectors in one request: some ten megabytes of JSON, a third of what a server takes by default.
const VALUES: usize = 1 << 20;
/// Points, ids or queries in one request.
const AT_ONCE: usize = 1_000;

/// Where a Qdrant server is.
#[derive(Clone)]
#[non_exhaustive]
pub struct QdrantConfig {
    /// Its address, as in `http://localhost:6333`.
    pub url: String,
    /// Its key, if it asks for one.
    pub api_key: Option<String>,
    /// The longest time that a request may take. Default 10 seconds.
    pub time_limit: Duration,
    /// Whether searches score all points of the tenant that pass the filter, instead of following the graph that makes
    /// searches of many points fast and approximate. Default no.
    pub exact: bool,
}

impl QdrantConfig {
    /// Returns the configuration for a server without a key.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let (url, time_limit) = (url.into(), Duration::from_secs(10));
        Self { url, api_key: None, time_limit, exact: false }
    }

    /// Sets the key.
    #[must_use]
    pub fn with_api_key(self, key: impl Into<String>) -> Self {
        Self { api_key: Some(key.into()), ..self }
    }

    /// Sets the longest time that a request may take.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Sets whether searches score all points that pass the filter.
    #[must_use]
    pub fn with_exact(self, exact: bool) -> Self {
        Self { exact, ..self }
    }
}

impl fmt::Debug for QdrantConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password, and the key is one.
        let Self { time_limit, exact, .. } = self;
        let mut shown = f.debug_struct("QdrantConfig");
        shown.field("time_limit", time_limit).field("exact", exact).finish_non_exhaustive()
    }
}

/// A [`VectorStore`] in a Qdrant server of version 1.11 or newer. Clones share the connections.
///
/// Tenants share a collection of Qdrant for each purpose, length and metric (`recsys-content-64-cosine`), with the
/// tenant as a key of the payload by which the server groups its points (`is_tenant`). Every filter is made
/// here and begins with the tenant, and ids of points are made of tenant and item. A write is seen when it returns.
#[derive(Clone, Debug)]
pub struct QdrantVectors {
    service: Service,
    exact: bool,
}

impl QdrantVectors {
    /// Prepares the client; it connects with the first call.
    ///
    /// # Errors
    /// `InvalidInput` naming `url` or `api_key`.
    pub fn new(config: &QdrantConfig) -> Result<Self> {
        let key = config.api_key.as_deref().map(|key| ("api-key", key));
        let (op, limit) = ("vectors.connect", config.time_limit);
        let service = Service::new(Backend::Qdrant, op, &config.url, key, &[], limit)?;
        Ok(Self { service, exact: config.exact })
    }

    /// Calls a method of a collection.
    async fn call<T: DeserializeOwned>(
        &self,
        op: &'static str,
        method: Method,
        collection: &VectorCollection,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Answer<T>> {
        let (purpose, dimension) = (collection.purpose(), collection.dimension());
        let metric = name_of(collection.metric());
        let path = format!("collections/recsys-{purpose}-{dimension}-{metric}{path}");
        Ok(match self.service.call::<Envelope<T>>(op, method, &path, Some(body)).await? {
            Answer::Found(envelope) => Answer::Found(envelope.result),
            Answer::NotFound => Answer::NotFound,
            Answer::Conflict => Answer::Conflict,
        })
    }
}

#[async_trait]
impl VectorStore for QdrantVectors {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        const OP: &str = "vectors.create";
        let new = self.service.json(OP, &NewCollection::new(collection))?;
        // A conflict is what is wanted: it is there, perhaps made by another process just now.
        self.call::<IgnoredAny>(OP, Method::PUT, collection, "", new).await?;
        for index in NewIndex::all() {
            let path = "/index?wait=true";
            let index = self.service.json(OP, &index)?;
            self.call::<IgnoredAny>(OP, Method::PUT, collection, path, index).await?;
        }
        Ok(())
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        const OP: &str = "vectors.upsert";
        let checked = collection.clone();
        let write = move |service: &Service| {
            VectorPoint::check_all(&points, &checked).map_err(service.invalid(OP))?;
            let chunks = points.chunks(at_once(&checked));
            let bodies = chunks.map(|points| Upsert::new(checked.tenant(), points));
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        for body in self.service.prepare(OP, write).await? {
            let path = "/points?wait=true";
            match self.call::<IgnoredAny>(OP, Method::PUT, collection, path, body).await? {
                Answer::Found(_) => {}
                Answer::NotFound | Answer::Conflict => {
                    let what =
                        format!("there is no collection of vectors {:?}", collection.purpose());
                    return Err(self.service.missing(OP, what));
                }
            }
        }
        Ok(())
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        const OP: &str = "vectors.delete";
        for items in items.chunks(AT_ONCE) {
            let body = self.service.json(OP, &Selector::items(collection.tenant(), items))?;
            let path = "/points/delete?wait=true";
            self.call::<IgnoredAny>(OP, Method::POST, collection, path, body).await?;
        }
        Ok(())
    }

    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>> {
        query.check(collection).map_err(self.service.invalid("vectors.search"))?;
        let mut found = self.search_many(collection, std::slice::from_ref(query)).await?;
        Ok(found.pop().unwrap_or_default())
    }

    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>> {
        const OP: &str = "vectors.search";
        let (checked, exact) = (collection.clone(), self.exact);
        let asked = queries.to_vec();
        let write = move |service: &Service| {
            VectorQuery::check_all(&asked, &checked).map_err(service.invalid(OP))?;
            let chunks = asked.chunks(at_once(&checked));
            let bodies = chunks.map(|queries| Batch::new(checked.tenant(), queries, exact));
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        let bodies = self.service.prepare(OP, write).await?;
        let mut answers = Vec::with_capacity(queries.len());
        for (queries, body) in queries.chunks(at_once(collection)).zip(bodies) {
            let path = "/points/query/batch";
            match self.call::<Vec<Found>>(OP, Method::POST, collection, path, body).await? {
                Answer::Found(found) if found.len() == queries.len() => {
                    let hits = found.into_iter().zip(queries);
                    answers.extend(hits.map(|(found, query)| found.into_hits(query.k)));
                }
                Answer::Found(_) => {
                    let error = StoreError::new(Backend::Qdrant, OP, StoreErrorKind::Internal);
                    return Err(error.with_source("as many answers as queries were expected"));
                }
                Answer::NotFound | Answer::Conflict => {
                    answers.extend(queries.iter().map(|_| Vec::new()));
                }
            }
        }
        Ok(answers)
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        const OP: &str = "vectors.count";
        let body = self.service.json(OP, &Count::of(collection.tenant()))?;
        let path = "/points/count";
        match self.call::<Counted>(OP, Method::POST, collection, path, body).await? {
            Answer::Found(counted) => Ok(counted.count),
            Answer::NotFound | Answer::Conflict => Ok(0),
        }
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        // The collection of the server stays: it is that of other tenants too.
        const OP: &str = "vectors.remove";
        let body = self.service.json(OP, &Selector::all(collection.tenant()))?;
        let path = "/points/delete?wait=true";
        self.call::<IgnoredAny>(OP, Method::POST, collection, path, body).await?;
        Ok(())
    }
}

/// Points or queries in one request.
fn at_once(collection: &VectorCollection) -> usize {
    (VALUES / collection.dimension()).clamp(1, AT_ONCE)
}
