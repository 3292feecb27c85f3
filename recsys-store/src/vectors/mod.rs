//! Finding items by their vectors: implementations of [`VectorStore`](crate::traits::VectorStore).
//!
//! | type | where the vectors are |
//! | --- | --- |
//! | [`LocalVectors`] | in this process, searched exactly, saved in a folder if there is one |
//! | `PineconeVectors` | in Pinecone (feature `pinecone`) |
//! | `QdrantVectors` | in a Qdrant server (feature `qdrant`) |
//! | `WeaviateVectors` | in a Weaviate server (feature `weaviate`) |

mod local;
#[cfg(feature = "pinecone")]
mod pinecone;
#[cfg(feature = "qdrant")]
mod qdrant;
#[cfg(feature = "weaviate")]
mod weaviate;

pub use self::local::LocalVectors;
#[cfg(feature = "pinecone")]
pub use self::pinecone::{PineconeConfig, PineconeVectors};
#[cfg(feature = "qdrant")]
pub use self::qdrant::{QdrantConfig, QdrantVectors};
#[cfg(feature = "weaviate")]
pub use self::weaviate::{WeaviateConfig, WeaviateVectors};

use recsys_core::index::Metric;

/// The name of a metric in names of files and collections.
fn name_of(metric: Metric) -> &'static str {
    match metric {
        Metric::Cosine => "cosine",
        Metric::InnerProduct => "dot",
    }
}
