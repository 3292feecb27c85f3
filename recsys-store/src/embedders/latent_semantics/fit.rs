//! Fitting a catalogue.

use std::collections::HashMap;

use rayon::prelude::*;
use recsys_core::algo::truncated_svd::{TruncatedSvd, TruncatedSvdConfig};
use recsys_core::data::{Dataset, Interactions, ItemFeatures};
use recsys_core::features::CategoryEncoder;
use recsys_core::fit::{Estimator as _, FitContext, FitError};
use recsys_core::ids::{DenseIdx, IdMap};
use recsys_core::model::{ItemVectors, Model as _};
use recsys_core::{ItemIdx, UserIdx};

use super::columns::{Columns, words};
use super::{AT_ONCE, DIMENSION, LatentSemantics};

/// Words kept, those most frequent in the whole catalogue, and categories, those of the most items.
const MOST: u32 = 20_000;
/// The decomposition keeps at most one direction for so many rows and columns. Empty ones are added to small
/// catalogues, which change nothing else.
const FOR_EACH_DIRECTION: usize = 4;

impl LatentSemantics {
    /// Fits a catalogue, on the current rayon pool. `generation` counts how often this was done for it before. None if
    /// there is nothing to go by.
    ///
    /// # Errors
    /// [`FitError::Cancelled`] soon after `context` asks to stop; others if the decomposition fails.
    ///
    /// # Panics
    /// Never: the settings are constants within their ranges.
    pub fn fit(
        items: &[ItemFeatures],
        generation: u64,
        context: &FitContext<'_>,
    ) -> Result<Option<Self>, FitError> {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let (vectorizer, _) = words(Some(MOST)).fit_with(&texts, context)?;
        let terms = vectorizer.terms().map(str::to_owned).collect();
        #[expect(clippy::cast_possible_truncation, reason = "weights of columns are kept as f32")]
        let weights =
            vectorizer.inverse_document_frequencies().iter().map(|&weight| weight as f32).collect();
        let columns = Columns::new(terms, weights, common_categories(items));
        context.check()?;
        let rows: Vec<Vec<(u32, f32)>> =
            items.par_chunks(AT_ONCE).flat_map_iter(|items| columns.rows(items)).collect();
        context.check()?;
        let Some(data) = matrix(&rows, columns.len()) else { return Ok(None) };
        let factors = u32::try_from(DIMENSION).expect("it is a small number");
        let config = TruncatedSvdConfig::default().with_factors(factors);
        let svd = TruncatedSvd::new(config).expect("the settings are within their ranges");
        let model = svd.fit_with(&Dataset::new(data), context)?;
        let vectors = model.as_item_vectors().expect("the model has a vector for each column");
        let directions = directions(vectors, columns.len());
        Ok(Some(Self::new(generation, items.len() as u64, columns, directions)))
    }
}

/// Returns the categories that the most items have; of those that equally many have, the first in code-point order.
fn common_categories(items: &[ItemFeatures]) -> CategoryEncoder {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in items.iter().flat_map(|item| &item.categories) {
        *uses.entry(name).or_default() += 1;
    }
    let mut names: Vec<(&str, usize)> = uses.into_iter().collect();
    names.sort_unstable_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
    names.truncate(MOST as usize);
    CategoryEncoder::fit([names.into_iter().map(|(name, _)| name)])
}

/// Returns rows as the matrix that is decomposed, with numbers for ids; none if all are empty.
fn matrix(rows: &[Vec<(u32, f32)>], n_columns: usize) -> Option<Interactions> {
    let least = FOR_EACH_DIRECTION * DIMENSION;
    let (n_rows, n_columns) = (rows.len().max(least), n_columns.max(least));
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in rows {
        // A value may vanish where a text has one word very often.
        for &(column, value) in row.iter().filter(|(_, value)| *value > 0.0) {
            indices.push(column);
            values.push(value);
        }
        starts.push(indices.len());
    }
    starts.resize(n_rows + 1, indices.len());
    let ids = (numbered::<UserIdx>(n_rows)?, numbered::<ItemIdx>(n_columns)?);
    let data = Interactions::from_csr(ids.0, ids.1, starts, indices, values);
    data.ok().filter(|data| data.nnz() > 0)
}

fn numbered<I: DenseIdx>(count: usize) -> Option<IdMap<I>> {
    let mut ids = IdMap::new();
    for number in 0..u32::try_from(count).ok()? {
        ids.intern(number.to_le_bytes())?;
    }
    Some(ids)
}

fn directions(vectors: &dyn ItemVectors, n_columns: usize) -> Vec<f32> {
    let mut directions = Vec::with_capacity(n_columns * DIMENSION);
    for column in (0..).map(ItemIdx::new).take(n_columns) {
        let direction = vectors.item_vector(column).unwrap_or_default();
        directions.extend(direction.iter().take(DIMENSION));
        directions.resize((column.index() + 1) * DIMENSION, 0.0);
    }
    directions
}
