//! Training: every item's row of similarities, in parallel, then the matrix by source item.

use std::ops::Range;

use super::accumulate::{Accumulator, Scaling};
use super::config::{ItemKnn, ItemKnnConfig, Prune};
use super::model::ItemKnnModel;
use super::similarity::Weighted;
use crate::algo::Feedback;
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::sparse::SparseRows;
use crate::par::{balanced_chunks, try_map_chunks};

/// Additions in one piece of parallel work: less than a millisecond, so that threads end together.
const CHUNK_COST: u64 = 100_000;

/// Pieces between two reports of progress.
const REPORTED_CHUNKS: usize = 16;

impl Estimator for ItemKnn {
    type Model = ItemKnnModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<ItemKnnModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let config = self.config();
        if config.feedback == Feedback::Ratings {
            context.report("item_knn", 1, 1);
            return Ok(ItemKnnModel::of_ratings(config.clone(), data.clone()));
        }
        let weighted = Weighted::new(data.user_csr(), config.weighting, config.similarity);
        let rows = if config.shrinkage > 0.0 {
            similar_rows::<2>(&weighted, config, context)?
        } else {
            similar_rows::<1>(&weighted, config, context)?
        };
        let neighbors = match config.prune {
            Prune::Source => rows,
            Prune::Target => rows.transposed(data.n_items()),
        };
        context.report("item_knn", 1, 1);
        Ok(ItemKnnModel::new(config.clone(), data.clone(), neighbors))
    }
}

/// Rows of the side that is pruned, ascending. `WIDTH` is that of [`Accumulator`].
fn similar_rows<const WIDTH: usize>(
    data: &Weighted,
    config: &ItemKnnConfig,
    context: &FitContext<'_>,
) -> Result<SparseRows, FitError> {
    let n_items = data.items.len();
    let similarity = config.similarity;
    let (row_exponent, other_exponent) = match config.prune {
        Prune::Source => (similarity.source_exponent, similarity.target_exponent),
        Prune::Target => (similarity.target_exponent, similarity.source_exponent),
    };
    let row_factors = damping(&data.item_masses, row_exponent);
    let other_factors = damping(&data.item_masses, other_exponent);
    let keep = config.neighbors.map(|count| count as usize);

    let chunks = balanced_chunks(n_items, CHUNK_COST, |item| {
        let (users, _) = data.items.row(item);
        let additions: usize = users.iter().map(|&user| data.users.degree(user as usize)).sum();
        additions as u64 + 64
    });
    let work = |accumulator: &mut Accumulator<WIDTH>, rows: Range<usize>| {
        context.check()?;
        let mut part = SparseRows::default();
        for item in rows {
            accumulator.add_row(data, item);
            let scaling = Scaling {
                row: row_factors[item],
                others: &other_factors,
                power: (similarity.power - 1.0).abs().gt(&0.0).then_some(similarity.power),
                shrinkage: config.shrinkage,
            };
            let itself = |other: u32| other as usize == item;
            accumulator.take_row(itself, scaling, keep, &mut part.indices, &mut part.weights);
            part.indptr.push(part.indices.len());
        }
        Ok(part)
    };
    let mut parts = Vec::with_capacity(chunks.len());
    let (mut done, total) = (0, chunks.len());
    for group in chunks.chunks(total.div_ceil(REPORTED_CHUNKS).max(1)) {
        parts.extend(try_map_chunks(group, || Accumulator::new(n_items), work)?);
        done += group.len();
        context.report("item_knn", done, total + 1);
    }
    Ok(SparseRows::concatenated(parts))
}

/// `mass^-exponent`; an item without likes has no row and gets 0.
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
fn damping(masses: &[f64], exponent: f32) -> Vec<f32> {
    let factor = |mass: f64| mass.powf(-f64::from(exponent)).clamp(1e-30, 1e30) as f32;
    masses.iter().map(|&mass| if mass > 0.0 { factor(mass) } else { 0.0 }).collect()
}
