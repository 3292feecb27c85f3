//! Vectors in Pinecone, through its HTTP interfaces.

mod wire;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep};

use self::wire::{Delete, Found, Index, Namespace, NewIndex, Query, Upsert, VERSION};
use super::name_of;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::http::{Answer, Service};
use crate::traits::VectorStore;
use crate::types::{ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};

/// Points or ids in one request; the most that the service takes.
const AT_ONCE: usize = 1_000;
/// Bytes of points in one request; the service takes two megabytes.
const BYTES: usize = 1_500_000;
/// Queries under way at once for one call.
const CONCURRENT: usize = 8;
/// The first and the longest wait between two questions whether an index is ready.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How to reach Pinecone.
#[derive(Clone)]
#[non_exhaustive]
pub struct PineconeConfig {
    /// The address of the control plane. Default `https://api.pinecone.io`. Hosts of indexes have its scheme.
    pub url: String,
    /// The key of the project.
    pub api_key: String,
    /// The cloud in which indexes are made. Default `aws`.
    pub cloud: String,
    /// The region in which indexes are made. Default `us-east-1`.
    pub region: String,
    /// The longest time that a request may take. Default 10 seconds.
    pub time_limit: Duration,
    /// The longest time that a new index may take until it is ready. Default 2 minutes.
    pub ready_within: Duration,
}

impl PineconeConfig {
    /// Returns the configuration for the project of a key.
    #[must_use]
    pub fn new(api_key: impl Into<String>) -> Self {
        Self {
            url: "https://api.pinecone.io".to_owned(),
            api_key: api_key.into(),
            cloud: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            time_limit: Duration::from_secs(10),
            ready_within: Duration::from_secs(120),
        }
    }

    /// Sets the address of the control plane.
    #[must_use]
    pub fn with_url(self, url: impl Into<String>) -> Self {
        Self { url: url.into(), ..self }
    }

    /// Sets cloud and region in which indexes are made.
    #[must_use]
    pub fn with_place(self, cloud: impl Into<String>, region: impl Into<String>) -> Self {
        Self { cloud: cloud.into(), region: region.into(), ..self }
    }

    /// Sets the longest time that a request may take.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }
}

impl fmt::Debug for PineconeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cloud, region, time_limit, ready_within, .. } = self;
        f.debug_struct("PineconeConfig")
            .field("cloud", cloud)
            .field("region", region)
            .field("time_limit", time_limit)
            .field("ready_within", ready_within)
            .finish_non_exhaustive()
    }
}

/// A [`VectorStore`] in Pinecone. Clones share the connections.
///
/// Tenants share a serverless index for each purpose, length and metric (`recsys-content-64-cosine`), in which each
/// has a namespace of its own; every request names one, and none reaches two. The service is eventually
/// consistent: a write is seen some seconds after it returned. Searches are approximate, by the service's choice.
#[derive(Clone, Debug)]
pub struct PineconeVectors {
    control: Service,
    config: Arc<PineconeConfig>,
    /// Services of indexes that were found.
    indexes: Arc<RwLock<HashMap<String, Service>>>,
}

impl PineconeVectors {
    /// Prepares the client; it connects with the first call.
    ///
    /// # Errors
    /// `InvalidInput` naming `url` or `api_key`.
    pub fn new(config: PineconeConfig) -> Result<Self> {
        let key = Some(("api-key", config.api_key.as_str()));
        let version = [("x-pinecone-api-version", VERSION)];
        let (op, limit) = ("vectors.connect", config.time_limit);
        let control = Service::new(Backend::Pinecone, op, &config.url, key, &version, limit)?;
        Ok(Self { control, config: Arc::new(config), indexes: Arc::default() })
    }

    /// Asks for an index; none if there is none.
    async fn describe(&self, op: &'static str, name: &str) -> Result<Option<Index>> {
        let path = format!("indexes/{name}");
        Ok(match self.control.call(op, Method::GET, &path, None).await? {
            Answer::Found(index) => Some(index),
            Answer::NotFound | Answer::Conflict => None,
        })
    }

    /// Returns the service of a collection's index; none if there is none.
    async fn index(&self, op: &'static str, name: &str) -> Result<Option<Service>> {
        let known = self.indexes.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let Some(index) = self.describe(op, name).await? else { return Ok(None) };
        let service = self.control.at_host(op, &index.host)?;
        let mut indexes = self.indexes.write().unwrap_or_else(PoisonError::into_inner);
        indexes.insert(name.to_owned(), service.clone());
        Ok(Some(service))
    }

    /// Asks one query, whose body was written before.
    async fn search_one(
        &self,
        service: &Service,
        body: Vec<u8>,
        k: usize,
    ) -> Result<Vec<VectorHit>> {
        let answer = service.call("vectors.search", Method::POST, "query", Some(body)).await?;
        Ok(match answer {
            Answer::Found(found) => Found::into_hits(found, k),
            Answer::NotFound | Answer::Conflict => Vec::new(),
        })
    }

    async fn delete_by(
        &self,
        op: &'static str,
        collection: &VectorCollection,
        body: &Delete<'_>,
    ) -> Result<()> {
        if let Some(service) = self.index(op, &name(collection)).await? {
            // A namespace that has no points is not there.
            let (path, body) = ("vectors/delete", service.json(op, body)?);
            service.call::<IgnoredAny>(op, Method::POST, path, Some(body)).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl VectorStore for PineconeVectors {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        const OP: &str = "vectors.create";
        let name = name(collection);
        if self.describe(OP, &name).await?.is_none_or(|index| !index.status.ready) {
            let new = NewIndex::new(&name, collection, &self.config);
            let new = self.control.json(OP, &new)?;
            // A conflict is what is wanted: it is there, perhaps made by another process just now.
            let path = "indexes";
            self.control.call::<IgnoredAny>(OP, Method::POST, path, Some(new)).await?;
            let start = Instant::now();
            let mut wait = WAITS.0;
            while self.describe(OP, &name).await?.is_none_or(|index| !index.status.ready) {
                if start.elapsed() >= self.config.ready_within {
                    let error = StoreError::new(Backend::Pinecone, OP, StoreErrorKind::Unavailable);
                    return Err(error.with_context(format!("index {name} is not ready yet")));
                }
                sleep(wait).await;
                wait = (2 * wait).min(WAITS.1);
            }
        }
        self.index(OP, &name).await.map(drop)
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        const OP: &str = "vectors.upsert";
        let checked = collection.clone();
        let write = move |service: &Service| {
            VectorPoint::check_all(&points, &checked).map_err(service.invalid(OP))?;
            let chunks = chunks(&points).into_iter();
            let bodies = chunks.map(|points| Upsert::new(checked.tenant(), points));
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        let bodies = self.control.prepare(OP, write).await?;
        let missing = || {
            let what = format!("there is no collection of vectors {:?}", collection.purpose());
            self.control.missing(OP, what)
        };
        let service = self.index(OP, &name(collection)).await?.ok_or_else(missing)?;
        for body in bodies {
            let path = "vectors/upsert";
            match service.call::<IgnoredAny>(OP, Method::POST, path, Some(body)).await? {
                Answer::Found(_) => {}
                Answer::NotFound | Answer::Conflict => return Err(missing()),
            }
        }
        Ok(())
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        for ids in items.chunks(AT_ONCE) {
            let body = Delete::Items { namespace: collection.tenant(), ids };
            self.delete_by("vectors.delete", collection, &body).await?;
        }
        Ok(())
    }

    async fn search(
        &self,
        collection: &VectorCollection,
        query: &VectorQuery,
    ) -> Result<Vec<VectorHit>> {
        query.check(collection).map_err(self.control.invalid("vectors.search"))?;
        let mut found = self.search_many(collection, std::slice::from_ref(query)).await?;
        Ok(found.pop().unwrap_or_default())
    }

    async fn search_many(
        &self,
        collection: &VectorCollection,
        queries: &[VectorQuery],
    ) -> Result<Vec<Vec<VectorHit>>> {
        const OP: &str = "vectors.search";
        let (checked, asked) = (collection.clone(), queries.to_vec());
        let write = move |service: &Service| {
            VectorQuery::check_all(&asked, &checked).map_err(service.invalid(OP))?;
            let bodies = asked.iter().map(|query| Query::new(checked.tenant(), query));
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        let bodies = self.control.prepare(OP, write).await?;
        let Some(service) = self.index(OP, &name(collection)).await? else {
            return Ok(vec![Vec::new(); queries.len()]);
        };
        // The service answers one query a request.
        let mut answers = Vec::with_capacity(queries.len());
        for (query, body) in queries.iter().zip(bodies) {
            answers.push(self.search_one(&service, body, query.k));
        }
        stream::iter(answers).buffered(CONCURRENT).try_collect().await
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        const OP: &str = "vectors.count";
        let Some(service) = self.index(OP, &name(collection)).await? else { return Ok(0) };
        let path = format!("namespaces/{}", collection.tenant());
        Ok(match service.call::<Namespace>(OP, Method::GET, &path, None).await? {
            Answer::Found(namespace) => namespace.record_count,
            Answer::NotFound | Answer::Conflict => 0,
        })
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        // The index stays: it is that of other tenants too.
        let body = Delete::All { namespace: collection.tenant(), delete_all: true };
        self.delete_by("vectors.remove", collection, &body).await
    }
}

/// The name of a collection's index, of at most 45 characters: the purpose has 24.
fn name(collection: &VectorCollection) -> String {
    let purpose = collection.purpose().replace('_', "-");
    let (dimension, metric) = (collection.dimension(), name_of(collection.metric()));
    format!("recsys-{purpose}-{dimension}-{metric}")
}

/// Cuts points into what one request takes.
fn chunks(points: &[VectorPoint]) -> Vec<&[VectorPoint]> {
    let mut chunks = Vec::new();
    let mut rest = points;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |point: &&VectorPoint| {
            bytes += Upsert::size(point);
            bytes <= BYTES
        };
        let count = rest.iter().take(AT_ONCE).take_while(fits).count().max(1);
        let (some, later) = rest.split_at(count);
        chunks.push(some);
        rest = later;
    }
    chunks
}
