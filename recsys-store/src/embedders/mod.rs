//! Vectors of what items are described by: implementations of [`Embedder`](crate::traits::Embedder).
//!
//! | type | where vectors come from |
//! | --- | --- |
//! | [`LatentSemantics`] | the words and categories of the tenant's own catalogue, in this process |
//! | `OpenAiEmbedder` | a service with the interface of OpenAI (feature `openai`) |

mod latent_semantics;
#[cfg(feature = "openai")]
mod openai;

pub use self::latent_semantics::LatentSemantics;
#[cfg(feature = "openai")]
pub use self::openai::{OpenAiConfig, OpenAiEmbedder};

use crate::error::{Backend, Result, StoreError, StoreErrorKind};

/// Refuses more items than one call takes.
fn check_count(backend: Backend, count: usize, at_once: usize) -> Result<()> {
    if count <= at_once {
        return Ok(());
    }
    let kind = StoreErrorKind::InvalidInput { field: "items".to_owned() };
    let error = StoreError::new(backend, "embedder.embed", kind);
    Err(error.with_context(format!("items: are {count}, expected {at_once} at most")))
}
