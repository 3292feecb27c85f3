//! Every index of vectors passes the suite; faulty ones do not.

#[cfg(any(feature = "openai", feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
pub(crate) mod fake;
#[cfg(feature = "pinecone")]
mod fake_pinecone;
#[cfg(feature = "qdrant")]
pub(crate) mod fake_qdrant;
#[cfg(feature = "weaviate")]
mod fake_weaviate;
mod faulty;
mod local;
#[cfg(feature = "pinecone")]
mod pinecone;
#[cfg(feature = "qdrant")]
mod qdrant;
#[cfg(feature = "weaviate")]
mod weaviate;
