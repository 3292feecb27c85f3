//! Where items are found by their vectors, and what makes these: the one place where they are chosen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use recsys_store::StoreError;
use recsys_store::embedders::{OpenAiConfig, OpenAiEmbedder};
use recsys_store::engine::EngineBuilder;
use recsys_store::error::StoreErrorKind;
use recsys_store::traits::{Embedder, VectorStore};
use recsys_store::types::{Metric, TenantId, VectorCollection};
use recsys_store::vectors::{
    LocalVectors, PineconeConfig, PineconeVectors, QdrantConfig, QdrantVectors, WeaviateConfig,
    WeaviateVectors,
};
use uuid::Uuid;

/// The folder of saved vectors, inside the data folder.
const FOLDER: &str = "vectors";
/// How often vectors of this process are saved.
const SAVED: Duration = Duration::from_secs(300);

/// A place for vectors. Its text shows no key.
#[derive(Clone, Debug, Default)]
pub enum VectorPlace {
    /// This process; saved in the data folder if rows are there as well, else made again from the catalogue.
    #[default]
    Local,
    /// Pinecone.
    Pinecone(PineconeConfig),
    /// A Qdrant server.
    Qdrant(QdrantConfig),
    /// A Weaviate server.
    Weaviate(WeaviateConfig),
}

/// How items are found by their vectors.
#[derive(Clone, Debug, Default)]
pub struct VectorOptions {
    /// Where the vectors are.
    pub place: VectorPlace,
    /// What makes them.
    pub embeddings: Embeddings,
}

/// What makes vectors of descriptions.
#[derive(Clone, Debug, Default)]
pub enum Embeddings {
    /// The words of the catalogue itself.
    #[default]
    Words,
    /// A service with the interface of OpenAI.
    Service(OpenAiConfig),
    /// The sentence transformer in a folder.
    #[cfg(feature = "transformer")]
    Transformer(std::path::PathBuf),
}

impl Embeddings {
    fn open(&self) -> Result<Option<Arc<dyn Embedder>>, StoreError> {
        Ok(match self {
            Self::Words => None,
            Self::Service(config) => Some(Arc::new(OpenAiEmbedder::new(config)?)),
            #[cfg(feature = "transformer")]
            Self::Transformer(folder) => {
                Some(Arc::new(recsys_store::embedders::TransformerEmbedder::open(folder)?))
            }
        })
    }
}

/// Vectors, opened. Clones share everything.
#[derive(Clone, Debug)]
pub struct Vectors {
    store: Arc<dyn VectorStore>,
    /// The same, if they are in this process.
    local: Option<LocalVectors>,
    embedder: Option<Arc<dyn Embedder>>,
}

impl Vectors {
    /// Opens the place; `folder` is where a process that keeps its own data does so. Services are connected to when
    /// they are first asked. Vectors that cannot be read are made again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for addresses and keys that cannot be used, and for a folder that cannot be read.
    pub fn open(options: &VectorOptions, folder: Option<&Path>) -> Result<Self, StoreError> {
        let (store, local): (Arc<dyn VectorStore>, _) = match &options.place {
            VectorPlace::Local => {
                let local = folder.map_or_else(|| Ok(LocalVectors::new()), open_saved)?;
                (Arc::new(local.clone()), Some(local))
            }
            VectorPlace::Pinecone(config) => {
                (Arc::new(PineconeVectors::new(config.clone())?), None)
            }
            VectorPlace::Qdrant(config) => (Arc::new(QdrantVectors::new(config)?), None),
            VectorPlace::Weaviate(config) => (Arc::new(WeaviateVectors::new(config)?), None),
        };
        let embedder = options.embeddings.open()?;
        Ok(Self { store, local, embedder })
    }

    /// Lets an engine find items by vectors.
    pub fn equip(&self, engine: EngineBuilder) -> EngineBuilder {
        let engine = engine.vectors(Arc::clone(&self.store));
        match &self.embedder {
            Some(embedder) => engine.embedder(Arc::clone(embedder)),
            None => engine,
        }
    }

    /// Tells whether the place answers.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it does not.
    ///
    /// # Panics
    ///
    /// Never: the collection asked for has a constant name.
    pub async fn health(&self) -> Result<(), StoreError> {
        if self.local.is_some() {
            return Ok(());
        }
        // A service that answers at all says that it has none of it.
        self.store.count(&of_nobody()).await.map(drop)
    }

    /// Saves vectors of this process from time to time, for ever.
    pub(crate) async fn keep_saved(self) {
        loop {
            tokio::time::sleep(SAVED).await;
            self.save().await;
        }
    }

    /// Saves vectors of this process, if they are in a folder.
    pub async fn save(&self) {
        if let Some(local) = &self.local
            && let Err(error) = local.save().await
        {
            tracing::warn!(%error, "vectors are not saved");
        }
    }
}

/// A collection that is not there.
fn of_nobody() -> VectorCollection {
    VectorCollection::new(TenantId(Uuid::nil()), "health", 1, Metric::Cosine)
        .expect("the name is one that every backend can have")
}

fn open_saved(data: &Path) -> Result<LocalVectors, StoreError> {
    let folder = data.join(FOLDER);
    LocalVectors::open(&folder).or_else(|error| {
        if *error.kind() != StoreErrorKind::Corrupt {
            return Err(error);
        }
        tracing::warn!(%error, "saved vectors are damaged, and made again");
        // If it stays, the second attempt says so.
        let _ = std::fs::remove_dir_all(&folder);
        LocalVectors::open(&folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_vectors_do_not_keep_a_server_from_starting() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join(FOLDER).join("tenant");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("content-2-cosine.vectors"), b"damaged").unwrap();
        assert!(Vectors::open(&VectorOptions::default(), Some(data.path())).is_ok());
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_not_well() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let place = VectorPlace::Qdrant(QdrantConfig::new(url));
        let options = VectorOptions { place, embeddings: Embeddings::Words };
        let vectors = Vectors::open(&options, None).unwrap();
        assert!(vectors.health().await.unwrap_err().is_retryable());
        let local = Vectors::open(&VectorOptions::default(), None).unwrap();
        assert!(local.health().await.is_ok());
    }
}
