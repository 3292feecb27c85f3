//! Vectors by a service with the interface of OpenAI.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use recsys_core::data::ItemFeatures;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{check_count, text_of};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::http::{Answer, Service};
use crate::traits::Embedder;

const OP: &str = "embedder.embed";

/// How to reach a service that makes vectors of texts.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenAiConfig {
    /// Its address up to the name of the call, as in `https://api.openai.com/v1`.
    pub url: String,
    /// Its key, if it asks for one.
    pub api_key: Option<String>,
    /// The model, as in `text-embedding-3-small`.
    pub model: String,
    /// The number of values of the model's vectors.
    pub dimension: usize,
    /// Whether to ask for vectors of that length of a model that makes longer ones. Default no: not every model can.
    pub shortens: bool,
    /// Texts in one request. Default 100.
    pub at_once: usize,
    /// The longest time that a request may take. Default 10 seconds.
    pub time_limit: Duration,
}

impl OpenAiConfig {
    /// Returns the configuration for a service without a key.
    #[must_use]
    pub fn new(url: impl Into<String>, model: impl Into<String>, dimension: usize) -> Self {
        Self {
            url: url.into(),
            api_key: None,
            model: model.into(),
            dimension,
            shortens: false,
            at_once: 100,
            time_limit: Duration::from_secs(10),
        }
    }

    /// Sets the key.
    #[must_use]
    pub fn with_api_key(self, key: impl Into<String>) -> Self {
        Self { api_key: Some(key.into()), ..self }
    }

    /// Sets whether to ask for shorter vectors than the model makes.
    #[must_use]
    pub fn with_shortens(self, shortens: bool) -> Self {
        Self { shortens, ..self }
    }

    /// Sets how many texts are in one request, one at least.
    #[must_use]
    pub fn with_at_once(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    /// Sets the longest time that a request may take.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }
}

impl fmt::Debug for OpenAiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password, and the key is one.
        let Self { model, dimension, at_once, time_limit, .. } = self;
        f.debug_struct("OpenAiConfig")
            .field("model", model)
            .field("dimension", dimension)
            .field("at_once", at_once)
            .field("time_limit", time_limit)
            .finish_non_exhaustive()
    }
}

/// An [`Embedder`] that asks a service with the interface of OpenAI, which many servers of models have. Clones share
/// the connections.
///
/// The text of an item is its title, description, tags and category, cut after 6,000 characters. Models and lengths
/// are told apart in the name, services are not: the same model is taken to give the same vectors everywhere. A call
/// is one request; what is to be repeated is up to the caller.
#[derive(Clone, Debug)]
pub struct OpenAiEmbedder {
    service: Service,
    name: String,
    model: String,
    dimension: usize,
    shortens: bool,
    at_once: usize,
}

impl OpenAiEmbedder {
    /// Prepares the client; it connects with the first call.
    ///
    /// # Errors
    /// `InvalidInput` naming `url`, `api_key`, `dimension` or `at_once`.
    pub fn new(config: &OpenAiConfig) -> Result<Self> {
        const OP: &str = "embedder.connect";
        let OpenAiConfig { url, model, dimension, shortens, at_once, time_limit, .. } = config;
        for (field, value, most) in
            [("dimension", *dimension, 20_000), ("at_once", *at_once, 2_048)]
        {
            if !(1..=most).contains(&value) {
                let kind = StoreErrorKind::InvalidInput { field: field.to_owned() };
                let problem = format!("{field}: is {value}, expected 1 to {most}");
                return Err(StoreError::new(Backend::OpenAi, OP, kind).with_context(problem));
            }
        }
        let key = config.api_key.as_ref().map(|key| format!("Bearer {key}"));
        let key = key.as_deref().map(|key| ("authorization", key));
        Ok(Self {
            service: Service::new(Backend::OpenAi, OP, url, key, &[], *time_limit)?,
            name: name_of(model, *dimension),
            model: model.clone(),
            dimension: *dimension,
            shortens: *shortens,
            at_once: *at_once,
        })
    }

    /// Puts the vectors of an answer into the order of the texts.
    fn ordered(&self, answer: Answered, count: usize) -> Result<Vec<Option<Vec<f32>>>, String> {
        let mut vectors: Vec<Option<Vec<f32>>> = vec![None; count];
        for Embedding { index, embedding } in answer.data {
            let (found, expected) = (embedding.len(), self.dimension);
            if found != expected {
                return Err(format!("a vector has {found} values, expected {expected}"));
            }
            if embedding.iter().any(|value| !value.is_finite()) {
                return Err("a value is no number".to_owned());
            }
            match vectors.get_mut(index) {
                Some(place @ None) => *place = Some(embedding),
                Some(Some(_)) => return Err(format!("text {index} has two vectors")),
                None => return Err(format!("there is no text {index}")),
            }
        }
        match vectors.iter().position(Option::is_none) {
            Some(missing) => Err(format!("text {missing} has no vector")),
            None => Ok(vectors),
        }
    }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn at_once(&self) -> usize {
        self.at_once
    }

    async fn embed(&self, items: Vec<ItemFeatures>) -> Result<Vec<Option<Vec<f32>>>> {
        check_count(Backend::OpenAi, items.len(), self.at_once)?;
        let texts: Vec<String> = items.iter().map(text_of).collect();
        // The service refuses texts without content.
        let told: Vec<&String> = texts.iter().filter(|text| !text.trim().is_empty()).collect();
        if told.is_empty() {
            return Ok(vec![None; items.len()]);
        }
        let dimensions = self.shortens.then_some(self.dimension);
        let body = Asked { model: &self.model, input: &told, dimensions };
        let body = self.service.json(OP, &body)?;
        let failed = |what: String| {
            StoreError::new(Backend::OpenAi, OP, StoreErrorKind::Internal).with_source(what)
        };
        let answer = self.service.call(OP, Method::POST, "embeddings", Some(body)).await?;
        let Answer::Found(answer) = answer else {
            return Err(failed("the service has no such model, or no such call".to_owned()));
        };
        let mut vectors = self.ordered(answer, told.len()).map_err(failed)?.into_iter();
        let vector = |text: &String| match text.trim() {
            "" => None,
            _ => vectors.next().flatten().filter(|vector| vector.iter().any(|it| *it != 0.0)),
        };
        Ok(texts.iter().map(vector).collect())
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    input: &'a [&'a String],
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
struct Answered {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}

/// Returns the name of a model's vectors of a length.
fn name_of(model: &str, dimension: usize) -> String {
    let digest = Sha256::digest(format!("{dimension} {model}"));
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("api_{digits}")
}
