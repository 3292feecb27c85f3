//! How items are found by their vectors, as command line and environment have it.

use anyhow::{Context as _, bail};
use recsys_server::vectors::{Embeddings, VectorOptions, VectorPlace};
use recsys_store::embedders::OpenAiConfig;
use recsys_store::vectors::{PineconeConfig, QdrantConfig, WeaviateConfig};

use crate::cli::{SecretArg, VectorArgs, VectorsArg};

/// Returns the options. Keys come from the environment only.
pub(super) fn options(args: &VectorArgs) -> anyhow::Result<VectorOptions> {
    let place = match args.vectors {
        VectorsArg::Local => VectorPlace::Local,
        VectorsArg::Pinecone => VectorPlace::Pinecone(pinecone()?),
        VectorsArg::Qdrant => VectorPlace::Qdrant(qdrant()?),
        VectorsArg::Weaviate => VectorPlace::Weaviate(weaviate()?),
    };
    Ok(VectorOptions { place, embeddings: embeddings(args)? })
}

fn qdrant() -> anyhow::Result<QdrantConfig> {
    let url = variable("QDRANT_URL").context("--vectors qdrant needs the variable QDRANT_URL")?;
    let config = QdrantConfig::new(url);
    Ok(match variable("QDRANT_API_KEY") {
        Some(key) => config.with_api_key(key),
        None => config,
    })
}

fn weaviate() -> anyhow::Result<WeaviateConfig> {
    const URL: &str = "WEAVIATE_URL";
    let url =
        variable(URL).with_context(|| format!("--vectors weaviate needs the variable {URL}"))?;
    let config = WeaviateConfig::new(url);
    Ok(match variable("WEAVIATE_API_KEY") {
        Some(key) => config.with_api_key(key),
        None => config,
    })
}

fn pinecone() -> anyhow::Result<PineconeConfig> {
    const KEY: &str = "PINECONE_API_KEY";
    let key = variable(KEY).with_context(|| format!("--vectors pinecone needs {KEY}"))?;
    let mut config = PineconeConfig::new(key);
    for (name, setting) in [
        ("PINECONE_CLOUD", &mut config.cloud),
        ("PINECONE_REGION", &mut config.region),
        ("PINECONE_URL", &mut config.url),
    ] {
        if let Some(value) = variable(name) {
            *setting = value;
        }
    }
    Ok(config)
}

fn embeddings(args: &VectorArgs) -> anyhow::Result<Embeddings> {
    #[cfg(feature = "transformer")]
    if let Some(folder) = &args.embeddings_folder {
        return Ok(Embeddings::Transformer(folder.clone()));
    }
    let named = args.embeddings_url.as_ref().map(|SecretArg(url)| url.clone());
    let Some(url) = named.or_else(|| variable("EMBEDDINGS_URL")) else {
        return Ok(Embeddings::Words);
    };
    let (Some(model), Some(dimension)) = (&args.embeddings_model, args.embeddings_dimension) else {
        bail!("a service for embeddings needs --embeddings-model and --embeddings-dimension");
    };
    let config = OpenAiConfig::new(url, model, dimension);
    let config = config.with_shortens(args.embeddings_shortened);
    Ok(Embeddings::Service(match variable("EMBEDDINGS_API_KEY") {
        Some(key) => config.with_api_key(key),
        None => config,
    }))
}

/// Returns a variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
