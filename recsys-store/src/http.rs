//! Calls of services that speak JSON over HTTP.

use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Backend, Result, StoreError, StoreErrorKind};
#[cfg(any(feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
use crate::types::InvalidField;

/// The longest time to connect.
const CONNECTING: Duration = Duration::from_secs(3);
/// Characters of a refusal that go to the log.
const REFUSAL: usize = 500;

/// A service at an address. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Service {
    client: Client,
    address: Url,
    backend: Backend,
}

/// What a service answered.
pub(crate) enum Answer<T> {
    Found(T),
    /// What is asked for, or part of the path to it, is not there.
    NotFound,
    /// It is there already.
    Conflict,
}

impl Service {
    /// Prepares calls of the service at `address`, with a header that holds a key, if there is one, and others that
    /// are no secret. Does not connect.
    pub(crate) fn new(
        backend: Backend,
        op: &'static str,
        address: &str,
        key: Option<(&'static str, &str)>,
        others: &[(&'static str, &'static str)],
        time_limit: Duration,
    ) -> Result<Self> {
        let wrong = |what: &str| {
            let kind = StoreErrorKind::InvalidInput { field: what.to_owned() };
            StoreError::new(backend, op, kind)
        };
        let address = parse(address).ok_or_else(|| {
            wrong("url").with_context("url: is no address such as https://service.example.com")
        })?;
        let mut headers = HeaderMap::new();
        if let Some((name, key)) = key {
            let mut value = HeaderValue::from_str(key).map_err(|_| {
                wrong("api_key").with_context("api_key: has characters that a header cannot have")
            })?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        for (name, value) in others {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let client = Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(time_limit)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| {
                StoreError::new(backend, op, StoreErrorKind::Internal).with_source(error)
            })?;
        Ok(Self { client, address, backend })
    }

    /// Returns the service at another host, reached in the same way and with the same key.
    #[cfg(feature = "pinecone")]
    pub(crate) fn at_host(&self, op: &'static str, host: &str) -> Result<Self> {
        let address = parse(&format!("{}://{host}", self.address.scheme())).ok_or_else(|| {
            let error = StoreError::new(self.backend, op, StoreErrorKind::Internal);
            error.with_source(format!("{host:?} is no host"))
        })?;
        Ok(Self { address, ..self.clone() })
    }

    /// Checks and writes what a call sends, off the runtime: writing numbers takes longer than a thread of it has.
    #[cfg(any(feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
    pub(crate) async fn prepare<T: Send + 'static>(
        &self,
        op: &'static str,
        prepare: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let service = self.clone();
        let done = tokio::task::spawn_blocking(move || prepare(&service)).await;
        done.unwrap_or_else(|error| {
            Err(StoreError::new(self.backend, op, StoreErrorKind::Internal).with_source(error))
        })
    }

    /// Returns the JSON of a body.
    pub(crate) fn json(&self, op: &'static str, body: &impl Serialize) -> Result<Vec<u8>> {
        serde_json::to_vec(body).map_err(|error| {
            StoreError::new(self.backend, op, StoreErrorKind::Internal).with_source(error)
        })
    }

    /// Returns that the input of a call is wrong.
    #[cfg(any(feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
    pub(crate) fn invalid(&self, op: &'static str) -> impl Fn(InvalidField) -> StoreError {
        let backend = self.backend;
        move |field| StoreError::invalid(backend, op, &field)
    }

    /// Sends `body`, JSON, if there is one, and reads the answer.
    ///
    /// # Errors
    /// `Unavailable` if the service cannot be reached, is too busy or fails; `Internal` if it refuses the call or
    /// answers something else than it should.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        op: &'static str,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer<T>> {
        let failed = |kind| StoreError::new(self.backend, op, kind);
        let url = self
            .address
            .join(path)
            .map_err(|error| failed(StoreErrorKind::Internal).with_source(error))?;
        let unreachable = |error: reqwest::Error| {
            // The address may hold a password; the log can do without.
            failed(StoreErrorKind::Unavailable).with_source(error.without_url())
        };
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let pause = response.headers().get(RETRY_AFTER).and_then(seconds);
        let text = response.text().await.map_err(unreachable)?;
        if status.is_success() {
            let answer = serde_json::from_str(&text);
            return answer
                .map(Answer::Found)
                .map_err(|error| failed(StoreErrorKind::Internal).with_source(error));
        }
        match status {
            StatusCode::NOT_FOUND => Ok(Answer::NotFound),
            StatusCode::CONFLICT => Ok(Answer::Conflict),
            status => {
                let busy =
                    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
                let kind = if busy || status.is_server_error() {
                    StoreErrorKind::Unavailable
                } else {
                    StoreErrorKind::Internal
                };
                let refusal: String = text.chars().take(REFUSAL).collect();
                let error = failed(kind).with_source(format!("{status}: {refusal}"));
                Err(match pause {
                    Some(pause) => error.with_retry_after(pause),
                    None => error,
                })
            }
        }
    }

    /// Returns that what the call needs is not there.
    #[cfg(any(feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
    pub(crate) fn missing(&self, op: &'static str, what: String) -> StoreError {
        StoreError::new(self.backend, op, StoreErrorKind::NotFound).with_context(what)
    }
}

/// Reads how many seconds to wait. The header may have a date as well, which is left to the caller's own pauses.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Reads an address. Paths are joined to it, which replaces what stands behind its last slash, so it ends with one.
fn parse(address: &str) -> Option<Url> {
    let mut address = Url::parse(address).ok()?;
    if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
        return None;
    }
    if !address.path().ends_with('/') {
        address.set_path(&format!("{}/", address.path()));
    }
    Some(address)
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("host", &self.address.host_str()).finish_non_exhaustive()
    }
}
