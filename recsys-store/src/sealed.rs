//! Bytes that say what they are and whether they are whole: a header in front of a body.
//!
//! ```text
//! magic, 8 bytes | version u32 | CRC-32 of the body u32 | its length u64 | body
//! ```
//!
//! Numbers are little-endian; a text is its length in bytes, u32, and UTF-8.

use uuid::Uuid;

use crate::error::StoreErrorKind;

/// Bytes of the header.
const HEADER: usize = 24;

/// One kind of sealed bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// How they begin.
    pub(crate) magic: [u8; 8],
    /// The newest version, which is written; only this one is read.
    pub(crate) version: u32,
    /// What they are, for people.
    pub(crate) name: &'static str,
}

/// Bytes that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealedError {
    #[error("its checksum does not match")]
    Checksum,
    #[error("its {0} is malformed")]
    Malformed(&'static str),
    #[error("it has version {found}, this program reads up to {readable}")]
    NewerVersion { found: u32, readable: u32 },
    #[error("it is not a {0}")]
    Other(&'static str),
    #[error("it ends early")]
    Truncated,
}

impl SealedError {
    pub(crate) fn kind(self) -> StoreErrorKind {
        match self {
            Self::NewerVersion { .. } => StoreErrorKind::UnsupportedVersion,
            Self::Checksum | Self::Malformed(_) | Self::Other(_) | Self::Truncated => {
                StoreErrorKind::Corrupt
            }
        }
    }
}

impl Format {
    /// Returns what a body is appended to.
    pub(crate) fn begin(&self) -> Vec<u8> {
        vec![0; HEADER]
    }

    /// Writes the header in front of a body.
    pub(crate) fn seal(&self, bytes: &mut [u8]) {
        let (header, body) = bytes.split_at_mut(HEADER);
        header[..8].copy_from_slice(&self.magic);
        header[8..12].copy_from_slice(&self.version.to_le_bytes());
        header[12..16].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
        header[16..].copy_from_slice(&(body.len() as u64).to_le_bytes());
    }

    /// Checks the header and returns the body.
    pub(crate) fn open<'a>(&self, bytes: &'a [u8]) -> Result<Reader<'a>, SealedError> {
        let mut reader = Reader(bytes);
        if reader.take(self.magic.len())? != self.magic {
            return Err(SealedError::Other(self.name));
        }
        let (found, readable) = (reader.u32()?, self.version);
        if found != readable {
            return Err(SealedError::NewerVersion { found, readable });
        }
        let (checksum, length) = (reader.u32()?, reader.u64()?);
        if length != reader.0.len() as u64 {
            return Err(SealedError::Truncated);
        }
        if crc32fast::hash(reader.0) != checksum {
            return Err(SealedError::Checksum);
        }
        Ok(reader)
    }
}

/// Returns a length or a count as it is written.
pub(crate) fn short(number: usize) -> u32 {
    u32::try_from(number).expect("lengths of texts and counts of names are below 2³²")
}

pub(crate) fn put(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, short(text.len()));
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn put_floats(out: &mut Vec<u8>, values: &[f32]) {
    out.reserve(size_of_val(values));
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

/// What is left to read. Nothing is reserved by what the bytes claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], SealedError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SealedError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], SealedError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(SealedError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, SealedError> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, SealedError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, SealedError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, SealedError> {
        self.array().map(Uuid::from_bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, SealedError> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| SealedError::Malformed("text"))
    }

    pub(crate) fn floats(&mut self, count: usize) -> Result<Vec<f32>, SealedError> {
        let length = count.checked_mul(size_of::<f32>()).ok_or(SealedError::Truncated)?;
        let values = self.take(length)?.as_chunks().0;
        Ok(values.iter().copied().map(f32::from_le_bytes).collect())
    }

    /// Fails if there is more.
    pub(crate) fn end(self) -> Result<(), SealedError> {
        if self.0.is_empty() { Ok(()) } else { Err(SealedError::Malformed("length")) }
    }
}
