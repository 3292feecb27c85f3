//! Options of how items are found by their vectors.

use clap::{Args, ValueEnum};

use super::SecretArg;

/// How items are found by their vectors.
#[derive(Clone, Debug, Args)]
pub(crate) struct VectorArgs {
    /// Where vectors of items are. A Qdrant server is named by QDRANT_URL and QDRANT_API_KEY, Pinecone by
    /// PINECONE_API_KEY, PINECONE_CLOUD and PINECONE_REGION, a Weaviate server by WEAVIATE_URL and WEAVIATE_API_KEY
    #[arg(long, value_name = "PLACE", value_enum, default_value_t, env = "VECTOR_DB_PROVIDER")]
    pub(crate) vectors: VectorsArg,
    /// Service that makes vectors of descriptions, with the interface of OpenAI, e.g. `https://api.openai.com/v1`; without
    /// one they are made of the catalogue's own words. The variable EMBEDDINGS_URL says the same, and EMBEDDINGS_API_KEY
    /// has the key
    #[arg(long, value_name = "URL")]
    pub(crate) embeddings_url: Option<SecretArg>,
    /// Folder with a sentence transformer of the BERT family, which makes them in this process
    #[cfg(feature = "transformer")]
    #[arg(long, value_name = "DIR", env = "EMBEDDINGS_FOLDER", conflicts_with = "embeddings_url")]
    pub(crate) embeddings_folder: Option<std::path::PathBuf>,
    /// Model of that service
    #[arg(long, value_name = "NAME", env = "EMBEDDINGS_MODEL")]
    pub(crate) embeddings_model: Option<String>,
    /// Length of the model's vectors
    #[arg(long, value_name = "NUMBER", env = "EMBEDDINGS_DIMENSION")]
    pub(crate) embeddings_dimension: Option<usize>,
    /// Ask the model for vectors of that length, where its own are longer
    #[arg(long)]
    pub(crate) embeddings_shortened: bool,
}

/// A place for vectors.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum VectorsArg {
    /// This process; saved in the data folder, or made again at each start beside a database
    #[default]
    Local,
    /// Pinecone
    Pinecone,
    /// A Qdrant server
    Qdrant,
    /// A Weaviate server
    Weaviate,
}
