//! Training: candidates of every item, then its column, in parallel.

use super::config::{Slim, SlimConfig};
use super::descent::Column;
use super::model::SlimModel;
use crate::algo::item_knn::{Accumulator, Scaling};
use crate::data::{Csr, Dataset};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::sparse::SparseRows;
use crate::par::{balanced_chunks, try_map_chunks};

/// Additions in one piece of parallel work: some milliseconds.
const CHUNK_COST: u64 = 3_000_000;

/// Pieces between two reports of progress.
const REPORTED_CHUNKS: usize = 16;

/// Range of a like's value. Larger and smaller ones count like these.
const VALUES: (f32, f32) = (1e-3, 1e3);

impl Estimator for Slim {
    type Model = SlimModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<SlimModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let columns = columns(data.user_csr(), self.config(), context)?;
        let rows = columns.transposed(data.n_items());
        context.report("slim", 1, 1);
        Ok(SlimModel::new(self.config().clone(), data.clone(), rows))
    }
}

/// By target item the items it is predicted from.
fn columns(
    by_user: Csr<'_>,
    config: &SlimConfig,
    context: &FitContext<'_>,
) -> Result<SparseRows, FitError> {
    let users = likes(by_user);
    let items = users.transposed(by_user.n_columns);
    let n_items = items.n_rows();
    #[expect(clippy::cast_possible_truncation, reason = "a factor of f32 values")]
    let damping = |item: usize| {
        let mass: f64 = items.row(item).1.iter().map(|&value| f64::from(value).powi(2)).sum();
        if mass > 0.0 { mass.powf(-0.5) as f32 } else { 0.0 }
    };
    let damping: Vec<f32> = (0..n_items).map(damping).collect();

    let neighbors = config.neighbors as usize;
    let chunks = balanced_chunks(n_items, CHUNK_COST, |item| {
        let users_of = items.row(item).0.iter();
        let additions: usize = users_of.map(|&user| users.row(user as usize).0.len()).sum();
        (additions + neighbors * neighbors) as u64
    });
    let scratch = || Scratch {
        common: Accumulator::new(n_items),
        column: Column::new(users.n_rows()),
        candidates: Vec::new(),
        products: Vec::new(),
    };
    let work = |scratch: &mut Scratch, targets: std::ops::Range<usize>| {
        context.check()?;
        let mut part = SparseRows::default();
        for target in targets {
            scratch.find_candidates(&users, &items, &damping, target, neighbors);
            let Scratch { column, candidates, products, .. } = scratch;
            let weights = column.solve(&items, candidates, products, config);
            for (&source, &weight) in candidates.iter().zip(weights) {
                if weight != 0.0 {
                    part.indices.push(source);
                    part.weights.push(weight);
                }
            }
            part.indptr.push(part.indices.len());
        }
        Ok::<_, FitError>(part)
    };
    let mut parts = Vec::with_capacity(chunks.len());
    let (mut done, total) = (0, chunks.len());
    for group in chunks.chunks(total.div_ceil(REPORTED_CHUNKS).max(1)) {
        parts.extend(try_map_chunks(group, scratch, work)?);
        done += group.len();
        context.report("slim", done, total + 1);
    }
    Ok(SparseRows::concatenated(parts))
}

/// Buffers of one worker.
#[derive(Debug)]
struct Scratch {
    common: Accumulator<1>,
    column: Column,
    candidates: Vec<u32>,
    products: Vec<f32>,
}

impl Scratch {
    /// Finds the items most similar to `target` by cosine, and their products with it.
    fn find_candidates(
        &mut self,
        users: &SparseRows,
        items: &SparseRows,
        damping: &[f32],
        target: usize,
        neighbors: usize,
    ) {
        let (users_of, values) = items.row(target);
        for (&user, &value) in users_of.iter().zip(values) {
            let (others, theirs) = users.row(user as usize);
            self.common.add(value, others, theirs);
        }
        self.candidates.clear();
        self.products.clear();
        let scaling = Scaling { row: 1.0, others: damping, power: None, shrinkage: 0.0 };
        let itself = |other: u32| other as usize == target;
        let Self { common, candidates, products, .. } = self;
        common.take_row(itself, scaling, Some(neighbors), candidates, products);
        for (product, &candidate) in products.iter_mut().zip(candidates.iter()) {
            *product /= damping[candidate as usize];
        }
    }
}

/// The positive values.
fn likes(by_user: Csr<'_>) -> SparseRows {
    let mut likes = SparseRows::default();
    for user in 0..by_user.n_rows() {
        let (items, values) = by_user.row(user);
        for (&item, &value) in items.iter().zip(values).filter(|&(_, &value)| value > 0.0) {
            likes.indices.push(item);
            likes.weights.push(value.clamp(VALUES.0, VALUES.1));
        }
        likes.indptr.push(likes.indices.len());
    }
    likes
}
