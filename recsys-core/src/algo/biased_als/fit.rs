//! Training: alternate exact half-steps until the sweeps are done.

use std::ops::Range;

use rand_distr::{Distribution, StandardNormal};

use super::BiasedAlsModel;
use super::config::{BiasedAls, BiasedAlsConfig};
use crate::algo::rating::joined;
use crate::data::{Csr, Dataset};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::ridge::Ridge;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::par::{balanced_chunks, try_fill_rows};
use crate::rng;

/// Multiply-adds in one piece of parallel work: some tenths of a millisecond.
const CHUNK_COST: u64 = 4_000_000;

impl Estimator for BiasedAls {
    type Model = BiasedAlsModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<BiasedAlsModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let config = self.config();
        let (users, items) = (data.user_csr(), data.item_csr());
        let mean = mean(users.values);
        let mut item_rows = start(items, config);
        let steps = config.epochs as usize + 1;
        for epoch in 1..=config.epochs {
            let run = Run { config, context, mean, sweep: epoch };
            let user_rows = run.half_step(users, &item_rows)?;
            item_rows = run.half_step(items, &user_rows)?;
            context.report("biased_als", epoch as usize, steps);
        }
        // One more user step, so that each user is the fold-in of their row.
        let run = Run { config, context, mean, sweep: config.epochs };
        let user_rows = run.half_step(users, &item_rows)?;
        context.report("biased_als", steps, steps);
        Ok(BiasedAlsModel::new(config.clone(), data.clone(), mean, user_rows, item_rows))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "stored as f32")]
fn mean(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    (sum / values.len() as f64) as f32
}

/// Rows `[vector, 1, bias]` with random vectors and no biases.
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
fn start(items: Csr<'_>, config: &BiasedAlsConfig) -> PaddedMatrix {
    let width = config.factors as usize;
    let deviation = f64::from(config.initial_deviation) / f64::from(config.factors).sqrt();
    let mut random = rng::stream(config.seed, 0);
    let mut entry = || {
        let normal: f64 = StandardNormal.sample(&mut random);
        (deviation * normal) as f32
    };
    let vectors: Vec<f32> = (0..items.n_rows() * width).map(|_| entry()).collect();
    joined(width, vectors.chunks_exact(width), &vec![0.0; items.n_rows()])
}

/// What the half-steps of one sweep share.
struct Run<'a> {
    config: &'a BiasedAlsConfig,
    context: &'a FitContext<'a>,
    mean: f32,
    sweep: u32,
}

impl Run<'_> {
    /// Solves every row of the moving side against the rows `[vector, 1, bias]` of the fixed one.
    fn half_step(&self, moving: Csr<'_>, fixed: &PaddedMatrix) -> Result<PaddedMatrix, FitError> {
        let factors = u64::from(self.config.factors) + 1;
        let chunks = balanced_chunks(moving.n_rows(), CHUNK_COST, |row| {
            let entries = moving.row(row).0.len() as u64;
            let order = entries.min(factors);
            entries * factors * (order / 2 + 8) + order * order * (order / 6 + 8) + 16 * factors
        });
        let mut solved = PaddedMatrix::zeros(moving.n_rows(), fixed.width());
        let stride = solved.stride();
        let work = |ridge: &mut Ridge, rows: Range<usize>, out: &mut [f32]| {
            self.context.check()?;
            dispatch(SolveRows { run: self, moving, fixed, rows, ridge, out })
                .map_err(|NotPositiveDefinite| self.diverged("a row's system"))
        };
        try_fill_rows(solved.as_mut_slice(), stride, &chunks, Ridge::default, work)?;
        if solved.as_slice().iter().all(|value| value.is_finite()) {
            Ok(solved)
        } else {
            Err(self.diverged("a bias or a vector"))
        }
    }

    fn diverged(&self, what: &'static str) -> FitError {
        FitError::Diverged { sweep: self.sweep, what }
    }
}

struct SolveRows<'a> {
    run: &'a Run<'a>,
    moving: Csr<'a>,
    fixed: &'a PaddedMatrix,
    rows: Range<usize>,
    ridge: &'a mut Ridge,
    out: &'a mut [f32],
}

impl Kernel for SolveRows<'_> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let Self { run, moving, fixed, rows, ridge, out } = self;
        let width = run.config.factors as usize;
        for (row, out) in rows.zip(out.chunks_exact_mut(fixed.stride())) {
            let (others, values) = moving.row(row);
            let entries = others.iter().zip(values).map(|(&other, &value)| {
                let other = fixed.values(other as usize);
                (&other[..=width], value - run.mean - other[width + 1])
            });
            let count = others.len();
            #[expect(clippy::cast_precision_loss, reason = "a count")]
            let penalty = run.config.regularization * count.max(1) as f32;
            ridge.solve(simd, entries, count, penalty, &mut out[..=width])?;
            out[width + 1] = std::mem::replace(&mut out[width], 1.0);
        }
        Ok(())
    }
}
