//! Training: alternate exact half-steps until the sweeps are done.

use std::ops::Range;

use rand_distr::{Distribution, StandardNormal};

use super::config::{Als, AlsConfig, AlsSolver};
use super::model::AlsModel;
use super::products::{GRAM_ROWS, GramRows, Multiply};
use super::row_solver::{RowSolver, Scratch};
use super::subspace::{self, Panel, Pass, Subspace};
use crate::data::{Csr, Dataset};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::eigen::{Spectrum, decompose};
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::par::{balanced_chunks, try_fill_rows, try_map_chunks};
use crate::rng;

/// Multiply-adds in one piece of parallel work: about a millisecond, so that the pieces balance and
/// cancellation is prompt.
const CHUNK_COST: u64 = 4_000_000;

/// The same for solving rows, which is better the more rows there are to choose companions from.
const SOLVE_COST: u64 = 24_000_000;

impl Estimator for Als {
    type Model = AlsModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<AlsModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let config = &self.config().resolved(data);
        let user_weights = degree_weights(data.user_csr(), config.user_degree_exponent);
        let item_weights = degree_weights(data.item_csr(), config.item_degree_exponent);
        let users = Side::new(data.user_csr(), user_weights.clone(), &item_weights, config);
        let items = Side::new(data.item_csr(), item_weights, &user_weights, config);

        let mut item_factors = starting_factors(data.item_csr(), config);
        let mut user_factors = PaddedMatrix::zeros(data.n_users(), config.factors as usize);
        for epoch in 1..=config.epochs {
            let run = Run { config, context, sweep: epoch };
            match config.solver {
                AlsSolver::Exact => {
                    run.half_step(&users, &mut user_factors, &items, &mut item_factors)?;
                    run.half_step(&items, &mut item_factors, &users, &mut user_factors)?;
                }
                AlsSolver::Subspace { block } => {
                    let block = block as usize;
                    run.subspace_step(&users, &mut user_factors, &items, &item_factors, block)?;
                    run.subspace_step(&items, &mut item_factors, &users, &user_factors, block)?;
                }
            }
            context.report("als", epoch as usize, config.epochs as usize + 1);
        }
        // One more user step, so that each user's vector is the fold-in of their row.
        let run = Run { config, context, sweep: config.epochs };
        let spectrum = run.half_step(&users, &mut user_factors, &items, &mut item_factors)?;
        if user_factors.as_slice().iter().any(|value| !value.is_finite()) {
            return Err(run.diverged("a factor"));
        }
        context.report("als", 1, 1);
        let weights = items.weights;
        Ok(AlsModel::new(
            config.clone(),
            data.clone(),
            user_factors,
            item_factors,
            spectrum,
            weights,
        ))
    }
}

/// One side of the matrix: its rows, their weights in the loss, and their penalties.
struct Side<'a> {
    csr: Csr<'a>,
    weights: Vec<f32>,
    root_weights: Vec<f32>,
    regularizations: Vec<f32>,
    chunks: Vec<Range<usize>>,
    /// Rows of each chunk in ascending order of degree, so that those solved together are alike.
    order: Vec<u32>,
}

impl<'a> Side<'a> {
    fn new(csr: Csr<'a>, weights: Vec<f32>, other_weights: &[f32], config: &AlsConfig) -> Self {
        let penalty = Penalty::new(config, other_weights);
        let regularizations =
            (0..csr.n_rows()).map(|row| penalty.of(csr.row(row).0, other_weights)).collect();
        let factors = u64::from(config.factors);
        let chunks = balanced_chunks(csr.n_rows(), SOLVE_COST, |row| {
            let entries = csr.row(row).0.len() as u64;
            let order = entries.min(factors);
            entries * factors * (order / 2 + 8) + order * order * (order / 6 + 8) + 16 * factors
        });
        let mut order: Vec<u32> = (0..).take(csr.n_rows()).collect();
        for chunk in &chunks {
            order[chunk.clone()].sort_by_key(|&row| csr.row(row as usize).0.len());
        }
        let root_weights = weights.iter().map(|weight| weight.sqrt()).collect();
        Self { csr, weights, root_weights, regularizations, chunks, order }
    }
}

/// The penalty of a row: `regularization · (Σ weights of its entries + unobserved share)^exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalty {
    factor: f64,
    unobserved: f64,
    exponent: f64,
}

impl Penalty {
    pub(super) fn new(config: &AlsConfig, other_weights: &[f32]) -> Self {
        let total: f64 = other_weights.iter().map(|&weight| f64::from(weight)).sum();
        Self {
            factor: f64::from(config.penalty_factor()),
            unobserved: f64::from(config.unobserved()) * total,
            exponent: f64::from(config.regularization_exponent),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
    pub(super) fn of(&self, indices: &[u32], other_weights: &[f32]) -> f32 {
        let known: f64 = indices.iter().map(|&at| f64::from(other_weights[at as usize])).sum();
        (self.factor * (known + self.unobserved).powf(self.exponent)) as f32
    }
}

/// `degree^-exponent` for every row, scaled to a mean of 1 over all entries. An empty row weighs as
/// one of degree 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "stored as f32")]
fn degree_weights(csr: Csr<'_>, exponent: f32) -> Vec<f32> {
    let degrees = csr.indptr.windows(2).map(|pair| (pair[1] - pair[0]).max(1) as f64);
    let raw: Vec<f64> = degrees.clone().map(|degree| degree.powf(-f64::from(exponent))).collect();
    let weighted: f64 =
        raw.iter().zip(degrees.clone()).map(|(weight, degree)| weight * degree).sum();
    let scale = degrees.sum::<f64>() / weighted;
    raw.into_iter().map(|weight| (weight * scale) as f32).collect()
}

/// Normal entries with deviation `initial_deviation / √factors`; rows without entries start, and
/// stay, at zero.
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
fn starting_factors(csr: Csr<'_>, config: &AlsConfig) -> PaddedMatrix {
    let width = config.factors as usize;
    let deviation = f64::from(config.initial_deviation) / f64::from(config.factors).sqrt();
    let mut matrix = PaddedMatrix::zeros(csr.n_rows(), width);
    let stride = matrix.stride();
    let mut random = rng::stream(config.seed, 0);
    for (row, values) in matrix.as_mut_slice().chunks_exact_mut(stride).enumerate() {
        if csr.row(row).0.is_empty() {
            continue;
        }
        for value in &mut values[..width] {
            let normal: f64 = StandardNormal.sample(&mut random);
            *value = (deviation * normal) as f32;
        }
    }
    matrix
}

/// What the half-steps of one sweep share.
struct Run<'a> {
    config: &'a AlsConfig,
    context: &'a FitContext<'a>,
    sweep: u32,
}

impl Run<'_> {
    /// Turns the factors of `fixed` into the eigenbasis of their weighted Gram matrix and overwrites
    /// those of `moving` with the solution of every row against them, in the same basis. Returns the
    /// eigenvalues times the unobserved weight.
    fn half_step(
        &self,
        moving: &Side<'_>,
        moving_factors: &mut PaddedMatrix,
        fixed: &Side<'_>,
        fixed_factors: &mut PaddedMatrix,
    ) -> Result<Vec<f32>, FitError> {
        let (width, stride) = (fixed_factors.width(), fixed_factors.stride());
        let gram = self.gram(fixed_factors, &fixed.root_weights)?;
        let eigen = decompose(&gram, width);
        self.rotate(fixed_factors, &eigen)?;

        let mut spectrum = vec![0.0; stride];
        for (target, &value) in spectrum.iter_mut().zip(&eigen.values) {
            #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
            let scaled = (f64::from(self.config.unobserved()) * value) as f32;
            *target = scaled;
        }
        let solver = RowSolver {
            factors: fixed_factors,
            root_weights: &fixed.root_weights,
            spectrum: &spectrum,
            feedback: self.config.feedback(),
        };
        let work = |scratch: &mut Scratch, rows: Range<usize>, out: &mut [f32]| {
            self.context.check()?;
            dispatch(SolveRows { solver, side: moving, rows, scratch, out })
                .map_err(|NotPositiveDefinite| self.diverged("a row's system"))
        };
        let solved = moving_factors.as_mut_slice();
        try_fill_rows(solved, stride, &moving.chunks, Scratch::default, work)?;
        Ok(spectrum)
    }

    /// Improves every row of `moving`, block by block of factors.
    fn subspace_step(
        &self,
        moving: &Side<'_>,
        moving_factors: &mut PaddedMatrix,
        fixed: &Side<'_>,
        fixed_factors: &PaddedMatrix,
        block: usize,
    ) -> Result<(), FitError> {
        let (width, stride) = (fixed_factors.width(), fixed_factors.stride());
        let gram = self.gram(fixed_factors, &fixed.root_weights)?;
        let subspace = Subspace {
            factors: fixed_factors,
            root_weights: &fixed.root_weights,
            feedback: self.config.feedback(),
            panels: Panel::cut(&gram, width, f64::from(self.config.unobserved()), block),
        };
        let work = |scratch: &mut subspace::Scratch, rows: Range<usize>, out: &mut [f32]| {
            self.context.check()?;
            let (csr, regularizations) = (moving.csr, &moving.regularizations);
            dispatch(Pass { fixed: &subspace, csr, regularizations, rows, scratch, out })
                .map_err(|NotPositiveDefinite| self.diverged("a row's system"))
        };
        let improved = moving_factors.as_mut_slice();
        try_fill_rows(improved, stride, &moving.chunks, subspace::Scratch::default, work)
    }

    /// Upper triangle of `Σ weight · row · rowᵀ`, row-major without padding, in `f64` over chunks that
    /// are summed in `f32`.
    fn gram(&self, factors: &PaddedMatrix, root_weights: &[f32]) -> Result<Vec<f64>, FitError> {
        /// Partial sums held at once.
        const PARTS: usize = 16;
        let width = factors.width();
        let rows_each = (factors.rows().div_ceil(PARTS)).max(GRAM_ROWS) as u64;
        let chunks = balanced_chunks(factors.rows(), rows_each, |_| 1);
        let work = |(): &mut (), rows: Range<usize>| {
            self.context.check()?;
            Ok(dispatch(GramRows { factors, root_weights, rows }))
        };
        let parts = try_map_chunks(&chunks, || (), work)?;
        let mut total = vec![0.0; width * width];
        for part in parts {
            for (total, part) in total.iter_mut().zip(part) {
                *total += part;
            }
        }
        if total.iter().any(|value| !value.is_finite()) {
            return Err(self.diverged("a factor"));
        }
        Ok(total)
    }

    /// Turns the factors into the basis of the eigenvectors.
    fn rotate(&self, factors: &mut PaddedMatrix, eigen: &Spectrum) -> Result<(), FitError> {
        let (width, stride) = (factors.width(), factors.stride());
        #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
        let vectors: Vec<f32> = eigen.vectors.iter().map(|&value| value as f32).collect();
        let vectors = PaddedMatrix::from_dense(&vectors, width);
        let chunks = balanced_chunks(factors.rows(), CHUNK_COST, |_| (width * width) as u64);
        let work = |before: &mut Vec<f32>, _: Range<usize>, rows: &mut [f32]| {
            self.context.check()?;
            before.clear();
            before.extend_from_slice(rows);
            dispatch(Multiply { left: before, right: vectors.as_slice(), stride, out: rows });
            Ok(())
        };
        try_fill_rows(factors.as_mut_slice(), stride, &chunks, Vec::new, work)
    }

    fn diverged(&self, what: &'static str) -> FitError {
        FitError::Diverged { sweep: self.sweep, what }
    }
}

struct SolveRows<'a> {
    solver: RowSolver<'a>,
    side: &'a Side<'a>,
    rows: Range<usize>,
    scratch: &'a mut Scratch,
    out: &'a mut [f32],
}

impl Kernel for SolveRows<'_> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let Self { solver, side, rows, scratch, out } = self;
        scratch.clear();
        let order = &side.order[rows.clone()];
        for (at, &row) in order.iter().enumerate() {
            if let Some(&next) = order.get(at + 1) {
                solver.prefetch(simd, side.csr.row(next as usize).0);
            }
            let row = row as usize;
            let (indices, values) = side.csr.row(row);
            let regularization = side.regularizations[row];
            let place = row - rows.start;
            solver.begin(simd, place, indices, values, regularization, scratch, out)?;
        }
        solver.finish(simd, scratch, out)
    }
}
