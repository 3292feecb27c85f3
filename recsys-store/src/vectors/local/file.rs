//! A collection as sealed bytes (see [`crate::sealed`]).
//!
//! ```text
//! which    tenant, 16 bytes | purpose | metric u8 | dimension u32 | points u64 | names u32
//! names    categories and tags, each once
//! points   item, 16 bytes | active u8 | category u32, 0 or one more than its name's place |
//!          tags u32 | their names' places, u32 each
//! vectors  f32, prepared
//! ```
//!
//! Reading checks everything before it is used: damaged or hostile bytes give an error, and no allocation exceeds
//! what the length of the input allows.

use std::collections::HashMap;
use std::sync::Arc;

use recsys_core::index::Metric;

use super::points::{Payload, Points, Prepared};
use crate::sealed::{Format, SealedError, put, put_floats, put_text, short};
use crate::types::{ItemId, TenantId, VectorCollection};

pub(super) const FORMAT: Format =
    Format { magic: *b"\x89RECVEC\n", version: 1, name: "file of vectors" };

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

    let mut out = FORMAT.begin();
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
        put_floats(&mut out, &point.vector[..collection.dimension()]);
    }
    FORMAT.seal(&mut out);
    out
}

/// Reads a collection back.
pub(super) fn decode(bytes: &[u8]) -> Result<(VectorCollection, Points), SealedError> {
    let mut body = FORMAT.open(bytes)?;
    let tenant = TenantId(body.uuid()?);
    let purpose = body.text()?.to_owned();
    let metric = match body.u8()? {
        0 => Metric::Cosine,
        1 => Metric::InnerProduct,
        _ => return Err(SealedError::Malformed("metric")),
    };
    let dimension = body.u32()? as usize;
    let collection = VectorCollection::new(tenant, purpose, dimension, metric)
        .map_err(|_| SealedError::Malformed("name"))?;
    let (n_points, n_names) = (body.u64()?, body.u32()?);
    // Nothing is reserved by what the file claims: lists grow as their entries are found.
    let mut names: Vec<Arc<str>> = Vec::new();
    for _ in 0..n_names {
        names.push(body.text()?.into());
    }
    let name = |place: u32| names.get(place as usize).cloned().ok_or(SealedError::Malformed("tag"));
    let mut rows: Vec<(ItemId, Payload)> = Vec::new();
    for _ in 0..n_points {
        let item = ItemId(body.uuid()?);
        if rows.last().is_some_and(|(last, _)| *last >= item) {
            return Err(SealedError::Malformed("order of items"));
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
        let values = body.floats(dimension)?;
        let vector = recsys_core::index::prepare(&values, Metric::InnerProduct)
            .map_err(|_| SealedError::Malformed("vector"))?;
        points.push(Prepared { item, vector, payload });
    }
    body.end()?;
    let points = Points::new(points, dimension).map_err(|_| SealedError::Malformed("vector"))?;
    Ok((collection, points))
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
