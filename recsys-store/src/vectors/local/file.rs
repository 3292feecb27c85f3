//! A collection as bytes.
//!
//! ```text
//! header   magic 89 "RECVEC" 0A | version u32 | CRC-32 of what follows the header u32 | its length u64
//! which    tenant, 16 bytes | purpose | metric u8 | dimension u32 | points u64 | names u32
//! names    categories and tags, each once
//! points   item, 16 bytes | active u8 | category u32, 0 or one more than its name's place |
//!          tags u32 | their names' places, u32 each
//! vectors  f32, prepared
//! ```
//!
//! Numbers are little-endian; a text is its length in bytes, u32, and UTF-8. Reading checks everything before it is
//! used: damaged or hostile bytes give an error, and no allocation exceeds what the length of the input allows.

use std::collections::HashMap;
use std::sync::Arc;

use recsys_core::index::Metric;
use uuid::Uuid;

use super::points::{Payload, Points, Prepared};
use crate::error::StoreErrorKind;
use crate::types::{ItemId, TenantId, VectorCollection};

const MAGIC: [u8; 8] = *b"\x89RECVEC\n";
const VERSION: u32 = 1;
/// Bytes of the header.
const HEADER: usize = 24;

/// Bytes that are not a readable collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FileError {
    #[error("its checksum does not match")]
    Checksum,
    #[error("its {0} is malformed")]
    Malformed(&'static str),
    #[error("it has version {0}, this program reads up to {VERSION}")]
    NewerVersion(u32),
    #[error("it is not a file of vectors")]
    NotVectors,
    #[error("it ends early")]
    Truncated,
}

impl FileError {
    pub(super) fn kind(self) -> StoreErrorKind {
        match self {
            Self::NewerVersion(_) => StoreErrorKind::UnsupportedVersion,
            Self::Checksum | Self::Malformed(_) | Self::NotVectors | Self::Truncated => {
                StoreErrorKind::Corrupt
            }
        }
    }
}

/// Turns a collection into bytes, the same for the same points.
pub(super) fn encode(collection: &VectorCollection, points: &Points) -> Vec<u8> {
    let mut all: Vec<Prepared> = points.iter().collect();
    all.sort_unstable_by_key(|point| point.item);
    let mut names = Names::default();
    let mut rows = Vec::new();
    for Prepared { item, payload, .. } in &all {
        rows.extend_from_slice(item.as_bytes());
        rows.push(u8::from(payload.is_active));
        put(&mut rows, payload.category.as_ref().map_or(0, |name| names.place(name) + 1));
        put(&mut rows, short(payload.tags.len()));
        payload.tags.iter().for_each(|name| put(&mut rows, names.place(name)));
    }

    let mut out = vec![0; HEADER];
    out.extend_from_slice(collection.tenant().as_bytes());
    put_text(&mut out, collection.purpose());
    out.push(match collection.metric() {
        Metric::Cosine => 0,
        Metric::InnerProduct => 1,
    });
    put(&mut out, short(collection.dimension()));
    out.extend_from_slice(&(all.len() as u64).to_le_bytes());
    put(&mut out, short(names.ordered.len()));
    names.ordered.iter().for_each(|name| put_text(&mut out, name));
    out.append(&mut rows);
    out.reserve(all.len() * collection.dimension() * size_of::<f32>());
    for point in &all {
        for value in &point.vector[..collection.dimension()] {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
    seal(&mut out);
    out
}

/// Reads a collection back.
pub(super) fn decode(bytes: &[u8]) -> Result<(VectorCollection, Points), FileError> {
    let mut header = Reader(bytes);
    if header.take(MAGIC.len())? != MAGIC {
        return Err(FileError::NotVectors);
    }
    let version = header.u32()?;
    if version != VERSION {
        return Err(FileError::NewerVersion(version));
    }
    let (checksum, length) = (header.u32()?, header.u64()?);
    let mut body = header;
    if length != body.0.len() as u64 {
        return Err(FileError::Truncated);
    }
    if crc32fast::hash(body.0) != checksum {
        return Err(FileError::Checksum);
    }

    let tenant = TenantId(body.uuid()?);
    let purpose = body.text()?.to_owned();
    let metric = match body.u8()? {
        0 => Metric::Cosine,
        1 => Metric::InnerProduct,
        _ => return Err(FileError::Malformed("metric")),
    };
    let dimension = body.u32()? as usize;
    let collection = VectorCollection::new(tenant, purpose, dimension, metric)
        .map_err(|_| FileError::Malformed("name"))?;
    let (n_points, n_names) = (body.u64()?, body.u32()?);
    // Nothing is reserved by what the file claims: lists grow as their entries are found.
    let mut names: Vec<Arc<str>> = Vec::new();
    for _ in 0..n_names {
        names.push(body.text()?.into());
    }
    let name = |place: u32| names.get(place as usize).cloned().ok_or(FileError::Malformed("tag"));
    let mut rows: Vec<(ItemId, Payload)> = Vec::new();
    for _ in 0..n_points {
        let item = ItemId(body.uuid()?);
        if rows.last().is_some_and(|(last, _)| *last >= item) {
            return Err(FileError::Malformed("order of items"));
        }
        let is_active = body.u8()? != 0;
        let category = body.u32()?.checked_sub(1).map(name).transpose()?;
        let n_tags = body.u32()?;
        let mut tags = Vec::new();
        for _ in 0..n_tags {
            tags.push(name(body.u32()?)?);
        }
        rows.push((item, Payload { category, tags: tags.into(), is_active }));
    }
    let mut points = Vec::with_capacity(rows.len());
    for (item, payload) in rows {
        let values = body.take(dimension * size_of::<f32>())?.as_chunks().0;
        let values: Vec<f32> = values.iter().copied().map(f32::from_le_bytes).collect();
        let vector = recsys_core::index::prepare(&values, Metric::InnerProduct)
            .map_err(|_| FileError::Malformed("vector"))?;
        points.push(Prepared { item, vector, payload });
    }
    if !body.0.is_empty() {
        return Err(FileError::Malformed("length"));
    }
    let points = Points::new(points, dimension).map_err(|_| FileError::Malformed("vector"))?;
    Ok((collection, points))
}

/// Writes the header in front of a body.
pub(super) fn seal(file: &mut [u8]) {
    let (header, body) = file.split_at_mut(HEADER);
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
    header[16..].copy_from_slice(&(body.len() as u64).to_le_bytes());
}

/// Texts in the order in which they were first seen.
#[derive(Default)]
struct Names {
    ordered: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u32>,
}

impl Names {
    fn place(&mut self, name: &Arc<str>) -> u32 {
        let next = short(self.ordered.len());
        *self.places.entry(Arc::clone(name)).or_insert_with(|| {
            self.ordered.push(Arc::clone(name));
            next
        })
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("lengths of texts and counts of names are below 2³²")
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, short(text.len()));
    out.extend_from_slice(text.as_bytes());
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], FileError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(FileError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], FileError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(FileError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, FileError> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, FileError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, FileError> {
        self.array().map(u64::from_le_bytes)
    }

    fn uuid(&mut self) -> Result<Uuid, FileError> {
        self.array().map(Uuid::from_bytes)
    }

    fn text(&mut self) -> Result<&'a str, FileError> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| FileError::Malformed("text"))
    }
}
