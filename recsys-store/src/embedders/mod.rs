//! Vectors of what items are described by: implementations of [`Embedder`](crate::traits::Embedder).
//!
//! | type | where vectors come from |
//! | --- | --- |
//! | [`LatentSemantics`] | the words and categories of the tenant's own catalogue, in this process |
//! | `OpenAiEmbedder` | a service with the interface of OpenAI (feature `openai`) |
//! | `TransformerEmbedder` | a sentence transformer in this process (feature `transformer`) |

mod latent_semantics;
#[cfg(feature = "openai")]
mod openai;
#[cfg(feature = "transformer")]
mod transformer;

pub use self::latent_semantics::LatentSemantics;
#[cfg(feature = "openai")]
pub use self::openai::{OpenAiConfig, OpenAiEmbedder};
#[cfg(feature = "transformer")]
pub use self::transformer::TransformerEmbedder;

#[cfg(any(feature = "openai", feature = "transformer"))]
use recsys_core::data::ItemFeatures;

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

/// Characters of a text that a model is given. Models take some 8,000 tokens or fewer, which are shorter than words.
#[cfg(any(feature = "openai", feature = "transformer"))]
const LONGEST: usize = 6_000;

/// Returns what a model is told of an item: its text, and those of its categories that are no line of it.
#[cfg(any(feature = "openai", feature = "transformer"))]
fn text_of(item: &ItemFeatures) -> String {
    let is_line = |name: &&String| item.text.lines().any(|line| line == name.as_str());
    let mut text = item.text.clone();
    for category in item.categories.iter().filter(|name| !is_line(name)) {
        text.push('\n');
        text.push_str(category);
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
