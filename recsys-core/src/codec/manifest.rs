//! The JSON part of a model file: the tree of models.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CodecError;
use super::file::SectionWriter;
use crate::model::Model;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) model: Node,
}

/// One model of the tree.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) algorithm: String,
    pub(super) version: u16,
    pub(super) config: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) members: Vec<Self>,
}

impl Manifest {
    pub(super) fn to_json(&self) -> Result<Vec<u8>, CodecError> {
        serde_json::to_vec(self).map_err(|error| CodecError::malformed(error.to_string()))
    }

    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, CodecError> {
        serde_json::from_slice(bytes)
            .map_err(|error| CodecError::malformed(format!("its manifest: {error}")))
    }
}

impl Node {
    /// Describes `model` and its members, and writes their sections under `path`.
    pub(super) fn describe(model: &dyn Model, path: &str, sections: &mut SectionWriter) -> Self {
        let payload = model.payload();
        for (name, array) in &payload.sections {
            sections.push(format!("{path}.{name}"), array);
        }
        let members = model.as_blend().map_or(&[][..], |blend| blend.members());
        let members = members
            .iter()
            .enumerate()
            .map(|(at, member)| Self::describe(&**member, &format!("{path}.{at}"), sections))
            .collect();
        Self {
            algorithm: model.kind().name().to_owned(),
            version: payload.version,
            config: payload.config,
            members,
        }
    }
}
