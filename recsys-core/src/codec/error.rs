//! What can be wrong with a model file.

/// Bytes that are not a readable model.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The checksum does not match: the file was damaged.
    #[error("the model file is damaged: its checksum does not match")]
    Checksum,
    /// The parts contradict each other.
    #[error("the model file is malformed: {0}")]
    Malformed(String),
    /// Written by a newer version of this library.
    #[error("the model file has {what} version {found}, this program reads up to {readable}")]
    NewerVersion {
        /// Which version: "container", or the algorithm's name.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The newest version that can be read.
        readable: u16,
    },
    /// Not a model file at all.
    #[error("this is not a recsys model file")]
    NotAModel,
    /// The file ends early.
    #[error("the model file is truncated: {found} of {expected} bytes are there")]
    Truncated {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// An algorithm that this program does not have.
    #[error("the model file holds the unknown algorithm \"{0}\"")]
    UnknownAlgorithm(String),
}

impl CodecError {
    /// Says in what way the file contradicts itself.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}
