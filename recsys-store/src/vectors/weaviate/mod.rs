//! Vectors in a Weaviate server, through its HTTP interfaces.

mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde::de::IgnoredAny;

use self::wire::{Answered, Deleted, Deletion, NewClass, NewTenant, Objects, Question, Stored};
use super::name_of;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::http::{Answer, Service};
use crate::traits::VectorStore;
use crate::types::{ItemId, VectorCollection, VectorHit, VectorPoint, VectorQuery};

/// Values of vectors in one request: some ten megabytes of JSON.
const VALUES: usize = 1 << 20;
/// Points or ids in one request.
const AT_ONCE: usize = 1_000;
/// Queries in one request: the server answers all of them at once.
const QUERIES: usize = 32;

/// Where a Weaviate server is.
#[derive(Clone)]
#[non_exhaustive]
pub struct WeaviateConfig {
    /// Its address, as in `http://localhost:8080`.
    pub url: String,
    /// Its key, if it asks for one.
    pub api_key: Option<String>,
    /// The longest time that a request may take. Default 10 seconds.
    pub time_limit: Duration,
    /// Whether collections that are made get an index that scores all points of the tenant that pass the filter,
    /// instead of the graph that makes searches of many points fast and approximate. Default no.
    pub exact: bool,
}

impl WeaviateConfig {
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

    /// Sets whether collections that are made score all points that pass the filter.
    #[must_use]
    pub fn with_exact(self, exact: bool) -> Self {
        Self { exact, ..self }
    }
}

impl fmt::Debug for WeaviateConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password, and the key is one.
        let Self { time_limit, exact, .. } = self;
        let mut shown = f.debug_struct("WeaviateConfig");
        shown.field("time_limit", time_limit).field("exact", exact).finish_non_exhaustive()
    }
}

/// A [`VectorStore`] in a Weaviate server of version 1.33 or newer. Clones share the connections.
///
/// Tenants share a class of Weaviate for each purpose, length and metric (`Recsys_content_64_cosine`), in which each
/// is a tenant of the server too: every request names one, and the server keeps them apart. Ids of objects are those of
/// the items. A write is seen when it returns, unless the server indexes in the background.
///
/// Vectors are asked for through the server's GraphQL interface, because its REST interface cannot search by a given
/// vector. A server that runs with `DISABLE_GRAPHQL` refuses searches.
#[derive(Clone, Debug)]
pub struct WeaviateVectors {
    service: Service,
    exact: bool,
}

impl WeaviateVectors {
    /// Prepares the client; it connects with the first call.
    ///
    /// # Errors
    /// `InvalidInput` naming `url` or `api_key`.
    pub fn new(config: &WeaviateConfig) -> Result<Self> {
        let bearer = config.api_key.as_deref().map(|key| format!("Bearer {key}"));
        let key = bearer.as_deref().map(|bearer| ("authorization", bearer));
        let service = Service::new(
            Backend::Weaviate,
            "vectors.connect",
            &config.url,
            key,
            &[],
            config.time_limit,
        )?;
        Ok(Self { service, exact: config.exact })
    }

    /// Tells whether something is there.
    async fn finds(&self, op: &'static str, path: &str) -> Result<bool> {
        let answer = self.service.call::<IgnoredAny>(op, Method::GET, path, None).await?;
        Ok(matches!(answer, Answer::Found(_)))
    }

    async fn has(&self, op: &'static str, collection: &VectorCollection) -> Result<bool> {
        let path = format!("{}/{}", tenants(collection), collection.tenant());
        self.finds(op, &path).await
    }

    /// Makes what is not at `path` by posting `body` to `parent`. The server refuses what is there already in the
    /// same way as what is wrong, so after a refusal it is asked again: another process may have made it just now.
    async fn make(&self, op: &'static str, path: &str, parent: &str, body: Vec<u8>) -> Result<()> {
        if self.finds(op, path).await? {
            return Ok(());
        }
        match self.service.call::<IgnoredAny>(op, Method::POST, parent, Some(body)).await {
            Err(refused) if !refused.is_retryable() && !self.finds(op, path).await? => Err(refused),
            Err(error) if error.is_retryable() => Err(error),
            _ => Ok(()),
        }
    }

    /// Replaces a failure by `empty` if the collection is not there, which the server does not tell apart from
    /// other failures.
    async fn or_empty<T>(
        &self,
        op: &'static str,
        collection: &VectorCollection,
        result: Result<T>,
        empty: impl FnOnce() -> T,
    ) -> Result<T> {
        match result {
            Err(error) if !error.is_retryable() && !self.has(op, collection).await? => Ok(empty()),
            result => result,
        }
    }

    /// Asks questions, whose bodies were written before, in one request.
    async fn ask(&self, op: &'static str, body: Vec<u8>, count: usize) -> Result<Vec<Answered>> {
        let path = "v1/graphql/batch";
        let call = self.service.call::<Vec<Answered>>(op, Method::POST, path, Some(body));
        let Answer::Found(answers) = call.await? else {
            return Err(refused(op, "the server has no GraphQL interface"));
        };
        match Answered::error(&answers) {
            Some(error) => Err(refused(op, error)),
            None if answers.len() == count => Ok(answers),
            None => Err(refused(op, "as many answers as queries were expected")),
        }
    }
}

#[async_trait]
impl VectorStore for WeaviateVectors {
    async fn create(&self, collection: &VectorCollection) -> Result<()> {
        const OP: &str = "vectors.create";
        let new =
            self.service.json(OP, &NewClass::new(&class(collection), collection, self.exact))?;
        self.make(OP, &format!("v1/schema/{}", class(collection)), "v1/schema", new).await?;
        let path = tenants(collection);
        let new = self.service.json(OP, &[NewTenant::new(collection.tenant())])?;
        self.make(OP, &format!("{path}/{}", collection.tenant()), &path, new).await
    }

    async fn upsert(&self, collection: &VectorCollection, points: Vec<VectorPoint>) -> Result<()> {
        const OP: &str = "vectors.upsert";
        let checked = collection.clone();
        let write = move |service: &Service| {
            VectorPoint::check_all(&points, &checked).map_err(service.invalid(OP))?;
            let (class, chunks) = (class(&checked), points.chunks(at_once(&checked)));
            let bodies = chunks.map(|points| Objects::new(&class, checked.tenant(), points));
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        let bodies = self.service.prepare(OP, write).await?;
        // The server would make a class for objects of one that is not there, and one without tenants.
        if !self.has(OP, collection).await? {
            let what = format!("there is no collection of vectors {:?}", collection.purpose());
            return Err(self.service.missing(OP, what));
        }
        for body in bodies {
            let path = "v1/batch/objects";
            let call = self.service.call::<Vec<Stored>>(OP, Method::POST, path, Some(body));
            let Answer::Found(stored) = call.await? else {
                return Err(refused(OP, "the server takes no objects"));
            };
            if let Some(error) = stored.iter().find_map(Stored::error) {
                return Err(refused(OP, error));
            }
        }
        Ok(())
    }

    async fn delete(&self, collection: &VectorCollection, items: &[ItemId]) -> Result<()> {
        const OP: &str = "vectors.delete";
        for items in items.chunks(AT_ONCE) {
            let body = self.service.json(OP, &Deletion::new(&class(collection), items))?;
            let path = format!("v1/batch/objects?tenant={}", collection.tenant());
            let call = self.service.call::<Deleted>(OP, Method::DELETE, &path, Some(body)).await;
            let answer = self.or_empty(OP, collection, call, || Answer::NotFound).await?;
            if let Answer::Found(deleted) = answer
                && deleted.failed() > 0
            {
                let problem = format!("{} points could not be deleted", deleted.failed());
                return Err(refused(OP, problem));
            }
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
        let (checked, asked) = (collection.clone(), queries.to_vec());
        let write = move |service: &Service| {
            VectorQuery::check_all(&asked, &checked).map_err(service.invalid(OP))?;
            let (class, tenant) = (class(&checked), checked.tenant());
            let question = |query| Question::nearest(&class, tenant, query);
            let chunks = asked.chunks(QUERIES);
            let bodies = chunks.map(|some| some.iter().map(question).collect::<Vec<_>>());
            bodies.map(|body| service.json(OP, &body)).collect::<Result<Vec<_>>>()
        };
        let bodies = self.service.prepare(OP, write).await?;
        let mut answers = Vec::with_capacity(queries.len());
        for (queries, body) in queries.chunks(QUERIES).zip(bodies) {
            let asked = self.ask(OP, body, queries.len()).await;
            let none = || queries.iter().map(|_| Answered::default()).collect();
            let found = self.or_empty(OP, collection, asked, none).await?;
            let metric = collection.metric();
            let hits = found.into_iter().zip(queries);
            answers.extend(hits.map(|(found, query)| found.into_hits(metric, query.k)));
        }
        Ok(answers)
    }

    async fn count(&self, collection: &VectorCollection) -> Result<u64> {
        const OP: &str = "vectors.count";
        let question = Question::count(&class(collection), collection.tenant());
        let asked = self.ask(OP, self.service.json(OP, &[question])?, 1).await;
        let answers = self.or_empty(OP, collection, asked, Vec::new).await?;
        Ok(answers.iter().map(Answered::count).sum())
    }

    async fn remove(&self, collection: &VectorCollection) -> Result<()> {
        // The class stays: it is that of other tenants too.
        const OP: &str = "vectors.remove";
        let body = self.service.json(OP, &[collection.tenant()])?;
        let path = tenants(collection);
        let call = self.service.call::<IgnoredAny>(OP, Method::DELETE, &path, Some(body)).await;
        self.or_empty(OP, collection, call.map(drop), || ()).await
    }
}

/// Returns that the server does not do what is asked of it.
fn refused(op: &'static str, problem: impl Into<String>) -> StoreError {
    StoreError::new(Backend::Weaviate, op, StoreErrorKind::Internal).with_source(problem.into())
}

/// The name of a collection's class.
fn class(collection: &VectorCollection) -> String {
    let (purpose, dimension) = (collection.purpose(), collection.dimension());
    format!("Recsys_{purpose}_{dimension}_{}", name_of(collection.metric()))
}

/// The path to the tenants of a collection's class.
fn tenants(collection: &VectorCollection) -> String {
    format!("v1/schema/{}/tenants", class(collection))
}

/// Points in one request.
fn at_once(collection: &VectorCollection) -> usize {
    (VALUES / collection.dimension()).clamp(1, AT_ONCE)
}
