//! What was fitted as sealed bytes (see [`crate::sealed`]).
//!
//! ```text
//! generation u64 | items u64 | words u32 | categories u32 | the words | their weights, f32 |
//! the categories | a direction for each word and category, 64 f32
//! ```
//!
//! Words and categories ascend strictly. Reading checks everything before it is used.

use recsys_core::features::CategoryEncoder;

use super::columns::Columns;
use super::{DIMENSION, Fitted, LatentSemantics};
use crate::sealed::{Format, Reader, SealedError, put, put_floats, put_text, short};

pub(super) const FORMAT: Format =
    Format { magic: *b"\x89RECLSA\n", version: 1, name: "fitted embedder" };
/// Values of directions are parts of unit vectors, to rounding.
const LARGEST: f32 = 1.01;
/// No weight of a word comes near it: it is a logarithm of the number of items.
const HEAVIEST: f32 = 100.0;

pub(super) fn encode(fitted: &Fitted) -> Vec<u8> {
    let Fitted { name: _, generation, n_items, columns, directions } = fitted;
    let categories: Vec<&str> = columns.categories().names().collect();
    let mut out = FORMAT.begin();
    out.extend_from_slice(&generation.to_le_bytes());
    out.extend_from_slice(&n_items.to_le_bytes());
    put(&mut out, short(columns.words().len()));
    put(&mut out, short(categories.len()));
    columns.words().iter().for_each(|word| put_text(&mut out, word));
    put_floats(&mut out, columns.weights());
    categories.iter().for_each(|name| put_text(&mut out, name));
    put_floats(&mut out, directions);
    FORMAT.seal(&mut out);
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<LatentSemantics, SealedError> {
    let mut body = FORMAT.open(bytes)?;
    let (generation, n_items) = (body.u64()?, body.u64()?);
    let (n_words, n_categories) = (body.u32()?, body.u32()?);
    let words = ascending(&mut body, n_words)?;
    let weights = within(body.floats(words.len())?, 0.0..=HEAVIEST, "weight")?;
    let categories = ascending(&mut body, n_categories)?;
    let categories = CategoryEncoder::fit([categories.iter().map(String::as_str)]);
    let columns = Columns::new(words, weights, categories);
    let directions = body.floats(columns.len() * DIMENSION)?;
    let directions = within(directions, -LARGEST..=LARGEST, "direction")?;
    body.end()?;
    Ok(LatentSemantics::new(generation, n_items, columns, directions))
}

fn ascending(body: &mut Reader<'_>, count: u32) -> Result<Vec<String>, SealedError> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..count {
        let name = body.text()?;
        if names.last().is_some_and(|last| last.as_str() >= name) {
            return Err(SealedError::Malformed("order of words"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn within(
    values: Vec<f32>,
    range: std::ops::RangeInclusive<f32>,
    what: &'static str,
) -> Result<Vec<f32>, SealedError> {
    // A value that is no number is in no range.
    let all = values.iter().all(|value| range.contains(value));
    if all { Ok(values) } else { Err(SealedError::Malformed(what)) }
}
