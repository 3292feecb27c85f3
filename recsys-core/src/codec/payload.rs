//! What a model gives the codec, and what it gets back.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::CodecError;
use super::file::SectionReader;
use super::manifest::Node;
use crate::data::Interactions;

/// The learned state of one model, borrowed: its version, its configuration and named arrays.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Payload<'a> {
    /// Version of the algorithm's payload.
    pub version: u16,
    /// The configuration the model was trained with, and scalars.
    pub config: Value,
    /// Arrays by name, at most 24 bytes of text each.
    pub sections: Vec<(&'static str, Array<'a>)>,
}

impl<'a> Payload<'a> {
    /// Starts a payload; the configuration becomes JSON.
    ///
    /// # Panics
    ///
    /// When `config` cannot be JSON (a map with keys that are no strings).
    pub fn new(version: u16, config: &impl Serialize) -> Self {
        let config = serde_json::to_value(config).expect("configurations are plain structures");
        Self { version, config, sections: Vec::new() }
    }

    /// Adds an array.
    #[must_use]
    pub fn with(mut self, name: &'static str, array: impl Into<Array<'a>>) -> Self {
        self.sections.push((name, array.into()));
        self
    }
}

/// A typed array of a payload.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the types of the file format")]
pub enum Array<'a> {
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// 32-bit floats.
    F32(Cow<'a, [f32]>),
    /// 32-bit unsigned integers.
    U32(Cow<'a, [u32]>),
    /// Sizes, stored as 64-bit unsigned integers.
    Sizes(Cow<'a, [usize]>),
}

/// The types of arrays, as stored in a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Byte = 1,
    F32 = 2,
    U32 = 3,
    U64 = 4,
}

impl Element {
    pub(super) fn from_code(code: u8) -> Option<Self> {
        [Self::Byte, Self::F32, Self::U32, Self::U64].into_iter().find(|&known| known as u8 == code)
    }

    /// Returns the number of bytes an element takes.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::F32 | Self::U32 => 4,
            Self::U64 => 8,
        }
    }
}

impl Array<'_> {
    pub(super) fn element(&self) -> Element {
        match self {
            Self::Bytes(_) => Element::Byte,
            Self::F32(_) => Element::F32,
            Self::U32(_) => Element::U32,
            Self::Sizes(_) => Element::U64,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(array) => array.len(),
            Self::F32(array) => array.len(),
            Self::U32(array) => array.len(),
            Self::Sizes(array) => array.len(),
        }
    }

    pub(super) fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(array) => array.to_vec(),
            Self::F32(array) => array.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::U32(array) => array.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Sizes(array) => {
                array.iter().flat_map(|value| (*value as u64).to_le_bytes()).collect()
            }
        }
    }
}

macro_rules! array_from {
    ($variant:ident, $element:ty) => {
        impl<'a> From<&'a [$element]> for Array<'a> {
            fn from(array: &'a [$element]) -> Self {
                Self::$variant(Cow::Borrowed(array))
            }
        }

        impl From<Vec<$element>> for Array<'_> {
            fn from(array: Vec<$element>) -> Self {
                Self::$variant(Cow::Owned(array))
            }
        }
    };
}

array_from!(Bytes, u8);
array_from!(F32, f32);
array_from!(U32, u32);
array_from!(Sizes, usize);

/// The stored state of one model, as its decoder reads it.
#[derive(Debug)]
pub struct PayloadReader<'a> {
    interactions: &'a Interactions,
    sections: &'a SectionReader<'a>,
    node: &'a Node,
    path: String,
    depth: usize,
}

impl<'a> PayloadReader<'a> {
    /// Blends nest at most this deep.
    const DEEPEST: usize = 4;

    pub(super) fn new(
        interactions: &'a Interactions,
        sections: &'a SectionReader<'a>,
        node: &'a Node,
        path: String,
        depth: usize,
    ) -> Result<Self, CodecError> {
        if depth > Self::DEEPEST {
            return Err(CodecError::malformed("blends are nested too deep"));
        }
        Ok(Self { interactions, sections, node, path, depth })
    }

    /// Returns the algorithm's name.
    #[must_use]
    pub fn algorithm(&self) -> &'a str {
        &self.node.algorithm
    }

    /// Returns the matrix the model was fitted on.
    #[must_use]
    pub fn interactions(&self) -> &'a Interactions {
        self.interactions
    }

    /// Returns the payload's version, which is at most `readable`.
    ///
    /// # Errors
    ///
    /// [`CodecError::NewerVersion`] when it is newer.
    pub fn version(&self, algorithm: &'static str, readable: u16) -> Result<u16, CodecError> {
        let found = self.node.version;
        if found == 0 || found > readable {
            return Err(CodecError::NewerVersion { what: algorithm, found, readable });
        }
        Ok(found)
    }

    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when it is not one of the algorithm's.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, CodecError> {
        T::deserialize(&self.node.config).map_err(|error| {
            CodecError::malformed(format!("configuration of {}: {error}", self.path))
        })
    }

    /// Reads `len` finite floats.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when the section is missing, has another type or length, or holds a
    /// number that is not finite.
    pub fn f32s(&self, name: &str, len: usize) -> Result<Vec<f32>, CodecError> {
        let array = self.exactly(name, len, self.sections.f32s(&self.section(name))?)?;
        if array.iter().all(|value| value.is_finite()) {
            Ok(array)
        } else {
            Err(CodecError::malformed(format!("{} is not finite", self.section(name))))
        }
    }

    /// Reads `len` bytes.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when the section is missing or has another type or length.
    pub fn bytes(&self, name: &str, len: usize) -> Result<Vec<u8>, CodecError> {
        self.exactly(name, len, self.sections.bytes(&self.section(name))?.to_vec())
    }

    /// Reads `len` integers.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when the section is missing or has another type or length.
    pub fn u32s(&self, name: &str, len: usize) -> Result<Vec<u32>, CodecError> {
        self.exactly(name, len, self.sections.u32s(&self.section(name))?)
    }

    /// Reads `len` sizes.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when the section is missing or has another type or length.
    pub fn sizes(&self, name: &str, len: usize) -> Result<Vec<usize>, CodecError> {
        self.exactly(name, len, self.sections.sizes(&self.section(name))?)
    }

    /// Returns a reader for each member of a blend.
    ///
    /// # Errors
    ///
    /// [`CodecError::Malformed`] when blends are nested too deep.
    pub fn members(&self) -> Result<Vec<Self>, CodecError> {
        let members = self.node.members.iter().enumerate();
        members
            .map(|(at, node)| {
                let path = format!("{}.{at}", self.path);
                Self::new(self.interactions, self.sections, node, path, self.depth + 1)
            })
            .collect()
    }

    fn section(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn exactly<T>(&self, name: &str, len: usize, array: Vec<T>) -> Result<Vec<T>, CodecError> {
        if array.len() == len {
            return Ok(array);
        }
        let (section, found) = (self.section(name), array.len());
        Err(CodecError::malformed(format!("{section} has {found} entries, expected {len}")))
    }
}
