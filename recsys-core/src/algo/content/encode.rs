//! The model in its file: columns and rows. Everything else is derived.

use super::blocks::Blocks;
use super::config::{Content, ContentConfig};
use super::model::ContentModel;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::features::names::SortedNames;
use crate::features::{CategoryEncoder, NumberScaler, TextVectorizer};
use crate::linalg::sparse::SparseRows;
use crate::model::ModelKind;

/// Values lie within this: rows have length 1, up to rounding.
const LARGEST: f32 = 1.0 + 1e-3;

pub(super) fn payload(model: &ContentModel) -> Payload<'_> {
    let Blocks { text, categories, numbers, .. } = model.blocks();
    let (n_documents, documents) = text.frequencies();
    let (terms, term_ends) = text.sorted_terms().parts();
    let (category_names, category_ends) = categories.sorted_names().parts();
    let (number_names, number_ends) = numbers.sorted_names().parts();
    let (means, deviations) = numbers.moments();
    let layout = vec![n_documents, term_ends.len(), category_ends.len(), number_ends.len()];
    let rows = model.rows();
    Payload::new(ContentModel::VERSION, model.config())
        .with("layout", layout)
        .with("terms", terms)
        .with("term_ends", term_ends)
        .with("term_documents", documents)
        .with("categories", category_names)
        .with("category_ends", category_ends)
        .with("numbers", number_names)
        .with("number_ends", number_ends)
        .with("means", to_bytes(means))
        .with("deviations", to_bytes(deviations))
        .with("indptr", &rows.indptr[..])
        .with("columns", &rows.indices[..])
        .with("weights", &rows.weights[..])
}

pub(super) fn decode(reader: &PayloadReader<'_>) -> Result<ContentModel, CodecError> {
    reader.version(ModelKind::Content.name(), ContentModel::VERSION)?;
    let config: ContentConfig = reader.config()?;
    Content::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
    let blocks = blocks(reader, &config)?;
    let interactions = reader.interactions().clone();
    let n_items = interactions.n_items();
    let indptr = reader.sizes("indptr", n_items + 1)?;
    let count = indptr[n_items];
    let (indices, weights) = (reader.u32s("columns", count)?, reader.f32s("weights", count)?);
    if weights.iter().any(|weight| weight.abs() > LARGEST) {
        return Err(CodecError::malformed("a row of features is longer than 1"));
    }
    let rows = SparseRows { indptr, indices, weights };
    rows.check(blocks.n_columns()).map_err(CodecError::malformed)?;
    Ok(ContentModel::new(config, interactions, blocks, rows))
}

fn blocks(reader: &PayloadReader<'_>, config: &ContentConfig) -> Result<Blocks, CodecError> {
    let layout = reader.sizes("layout", 4)?;
    let [n_documents, n_terms, n_categories, n_numbers] = layout[..] else {
        return Err(CodecError::malformed("the layout of the features is incomplete"));
    };
    let names = |name: &str, ends: &str, count: usize| {
        let ends = reader.sizes(ends, count)?;
        let text = reader.bytes(name, ends.last().copied().unwrap_or(0))?;
        let sorted = SortedNames::from_parts(text, ends);
        sorted.ok_or_else(|| CodecError::malformed(format!("the {name} are not a sorted list")))
    };
    let moments = |name: &str| {
        let bytes = reader.bytes(name, n_numbers.saturating_mul(8))?;
        Ok::<_, CodecError>(from_bytes(&bytes))
    };
    let terms = names("terms", "term_ends", n_terms)?;
    let documents = reader.sizes("term_documents", n_terms)?;
    let text = TextVectorizer::from_parts(config.text.clone(), terms, n_documents, documents)
        .ok_or_else(|| CodecError::malformed("a term is in no document, or in too many"))?;
    let categories =
        CategoryEncoder::from_names(names("categories", "category_ends", n_categories)?);
    let numbers = names("numbers", "number_ends", n_numbers)?;
    let numbers = NumberScaler::from_parts(numbers, moments("means")?, moments("deviations")?)
        .ok_or_else(|| CodecError::malformed("a mean or a deviation is out of range"))?;
    let blocks = Blocks::new(config, text, categories, numbers);
    if u32::try_from(blocks.n_columns()).is_err() {
        return Err(CodecError::malformed("there are too many features"));
    }
    Ok(blocks)
}

fn to_bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f64> {
    let (values, _) = bytes.as_chunks::<8>();
    values.iter().map(|&value| f64::from_le_bytes(value)).collect()
}
