//! Model files as bytes.
//!
//! ```text
//! header, 64 bytes   magic 89 "RECSYS" 0A | container version u16 | 0 u16 | sections u32 |
//!                    length of the file u64 | zeros | CRC-32 of the file with this field zero, u32
//! table              one entry of 64 bytes for each section:
//!                    name, 40 bytes zero-padded | type u8, 7 zeros | offset u64 | count of elements u64
//! sections           each starting at a multiple of 64
//! ```
//!
//! All numbers are little-endian. The section `manifest` is JSON: which algorithm, the version of its
//! payload, its configuration, and its members if it is a blend. The sections `data.*` hold the matrix
//! the model was fitted on with the ids of its rows and columns; those of a model are named by its
//! place in the tree, as in `model.user_factors` or `model.0.user_factors`.
//!
//! Reading checks everything before it is used: foreign, truncated, damaged or hostile bytes give a
//! [`CodecError`], never a panic, and never an allocation that is not bounded by the input's length.
//! Writers write the newest version of each payload; readers read all versions ever released.

mod data;
mod error;
mod file;
mod manifest;
mod payload;

use std::sync::Arc;

pub use error::CodecError;
pub use payload::{Array, Payload, PayloadReader};

use crate::algo;
use crate::model::Model;
#[cfg(any(test, feature = "testing"))]
pub(crate) use file::reseal;
use file::{SectionReader, SectionWriter};
use manifest::{Manifest, Node};

/// Turns a model into bytes.
///
/// # Errors
///
/// [`CodecError::Malformed`] when a configuration cannot be written as JSON.
///
/// # Examples
///
/// ```
/// use recsys_core::algo::popularity::{Popularity, PopularityConfig};
/// use recsys_core::codec::{decode_model, encode_model};
/// use recsys_core::data::{Aggregation, InteractionLog};
/// use recsys_core::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut log = InteractionLog::new();
/// log.push("ann", "tea", "view", 1.0, None)?;
/// let data = log.to_interactions(&Aggregation::default())?;
/// let model = Popularity::new(PopularityConfig::default())?.fit(&data)?;
/// let bytes = encode_model(&model)?;
/// assert_eq!(decode_model(&bytes)?.kind(), model.kind());
/// assert!(decode_model(&bytes[..bytes.len() - 1]).is_err());
/// # Ok(())
/// # }
/// ```
pub fn encode_model(model: &dyn Model) -> Result<Vec<u8>, CodecError> {
    let mut sections = SectionWriter::default();
    let root = Node::describe(model, "model", &mut sections);
    data::write(model.interactions(), &mut sections);
    let manifest = Manifest { model: root }.to_json()?;
    Ok(sections.finish(&manifest))
}

/// Reads a model back.
///
/// # Errors
///
/// [`CodecError`] says what is wrong with the bytes.
pub fn decode_model(bytes: &[u8]) -> Result<Arc<dyn Model>, CodecError> {
    let sections = SectionReader::open(bytes)?;
    let manifest = Manifest::from_json(sections.bytes("manifest")?)?;
    let interactions = data::read(&sections)?;
    algo::decode(&PayloadReader::new(
        &interactions,
        &sections,
        &manifest.model,
        "model".to_owned(),
        0,
    )?)
}
