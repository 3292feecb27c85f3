//! Training: the inverse of the smaller side, and the strongest weights of each item.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::config::{Diagonal, Ease, EaseConfig};
use super::dual;
use super::model::EaseModel;
use crate::data::{Csr, Dataset};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::sparse::SparseRows;
use crate::linalg::{InverseError, SymmetricMatrix};
use crate::par::{balanced_chunks, try_map_chunks};

/// Progress is counted in hundredths; the inverse is the first part.
const WHOLE: usize = 100;
const INVERSE: usize = 80;

/// Items in one piece of work when weights are read off.
pub(super) const ITEMS_AT_ONCE: u64 = 16;

impl Estimator for Ease {
    type Model = EaseModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<EaseModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let config = self.config();
        let problem = Problem::new(data.user_csr(), config);
        let rows = if data.n_users() < data.n_items() {
            dual::solve(&problem, config, context)?
        } else {
            primal(&problem, config, context)?
        };
        context.report("ease", WHOLE, WHOLE);
        Ok(EaseModel::new(config.clone(), data.clone(), rows))
    }
}

/// The likes, scaled, from both sides, and the penalties.
#[derive(Debug)]
pub(super) struct Problem {
    /// `X̂` by user.
    pub(super) users: SparseRows,
    /// `X̂` by item.
    pub(super) items: SparseRows,
    /// `λ_i`.
    pub(super) penalties: Vec<f64>,
    /// `m_i^item_exponent`.
    source_factors: Vec<f64>,
    keep: usize,
    diagonal: Diagonal,
}

/// Range of a like's value. Larger and smaller ones count like these.
const VALUES: (f32, f32) = (1e-3, 1e3);

impl Problem {
    fn new(by_user: Csr<'_>, config: &EaseConfig) -> Self {
        let n_items = by_user.n_columns;
        let mut masses = vec![0.0_f64; n_items];
        let mut users = SparseRows::default();
        for user in 0..by_user.n_rows() {
            let (items, values) = by_user.row(user);
            let start = users.indices.len();
            for (&item, &value) in items.iter().zip(values).filter(|&(_, &value)| value > 0.0) {
                let value = value.clamp(VALUES.0, VALUES.1);
                masses[item as usize] += f64::from(value).powi(2);
                users.indices.push(item);
                users.weights.push(value);
            }
            let likes = &mut users.weights[start..];
            let mass: f64 = likes.iter().map(|&value| f64::from(value).powi(2)).sum();
            let factor = mass.powf(-0.5 * f64::from(config.user_exponent));
            for like in likes {
                *like = single(f64::from(*like) * factor);
            }
            users.indptr.push(users.indices.len());
        }
        let dropout = f64::from(config.dropout);
        let penalty =
            |mass: &f64| f64::from(config.regularization) + mass * dropout / (1.0 - dropout);
        let exponent = f64::from(config.item_exponent);
        let factor = |&mass: &f64| if mass > 0.0 { mass.powf(exponent) } else { 1.0 };
        Self {
            items: users.transposed(n_items),
            users,
            penalties: masses.iter().map(penalty).collect(),
            source_factors: masses.iter().map(factor).collect(),
            keep: config.neighbors.map_or(usize::MAX, |count| count as usize),
            diagonal: config.diagonal,
        }
    }

    pub(super) fn n_items(&self) -> usize {
        self.penalties.len()
    }

    pub(super) fn n_users(&self) -> usize {
        self.users.n_rows()
    }

    /// Adds the row of an item to `part`: the strongest of the weights that `weight` gives by target.
    pub(super) fn keep_strongest(
        &self,
        item: usize,
        weight: impl Fn(usize) -> f64,
        candidates: &mut Vec<(u32, f32)>,
        part: &mut SparseRows,
    ) {
        candidates.clear();
        for (target, position) in (0..self.n_items()).zip(0_u32..) {
            if target == item && self.diagonal == Diagonal::Zero {
                continue;
            }
            let scale = self.source_factors[item] / self.source_factors[target];
            let weight = single(weight(target) * scale);
            if weight != 0.0 {
                candidates.push((position, weight));
            }
        }
        push_strongest(candidates, self.keep, part);
    }
}

/// Adds a row of the `keep` largest candidates in magnitude (of equal ones the first) to `rows`. The
/// candidates ascend.
pub(super) fn push_strongest(candidates: &mut Vec<(u32, f32)>, keep: usize, rows: &mut SparseRows) {
    if candidates.len() > keep {
        candidates.select_nth_unstable_by(keep, |left, right| {
            let by_size = right.1.abs().total_cmp(&left.1.abs());
            by_size.then(left.0.cmp(&right.0))
        });
        candidates.truncate(keep);
        candidates.sort_unstable_by_key(|candidate| candidate.0);
    }
    for &(target, weight) in candidates.iter() {
        rows.indices.push(target);
        rows.weights.push(weight);
    }
    rows.indptr.push(rows.indices.len());
}

/// From the inverse of the items' Gram matrix.
fn primal(
    problem: &Problem,
    config: &EaseConfig,
    context: &FitContext<'_>,
) -> Result<SparseRows, FitError> {
    let n_items = problem.n_items();
    let mut inverse = SymmetricMatrix::zeros(n_items);
    inverse.fill_rows(|item, values| {
        context.check()?;
        add_products(&problem.items, &problem.users, item, |_| 1.0, values);
        values[item] += single(problem.penalties[item]);
        Ok(())
    })?;
    invert(&mut inverse, context)?;
    let own: Vec<f64> = (0..n_items).map(|item| f64::from(inverse.get(item, item))).collect();
    rows_of_items(problem, context, Vec::new, |row: &mut Vec<f32>, candidates, item, part| {
        row.clear();
        row.extend(inverse.row_pieces(item).flatten());
        let weight = |target: usize| {
            let entry = f64::from(row[target]);
            match config.diagonal {
                Diagonal::Zero => -entry / own[target],
                Diagonal::Free if target == item => 1.0 - entry * problem.penalties[target],
                Diagonal::Free => -entry * problem.penalties[target],
            }
        };
        problem.keep_strongest(item, weight, candidates, part);
    })
}

/// Makes the rows of all items in parallel, each by `work`, which is given the worker's scratch.
fn rows_of_items<W>(
    problem: &Problem,
    context: &FitContext<'_>,
    scratch: impl Fn() -> W + Sync + Send,
    work: impl Fn(&mut W, &mut Vec<(u32, f32)>, usize, &mut SparseRows) + Sync + Send,
) -> Result<SparseRows, FitError> {
    let chunks = balanced_chunks(problem.n_items(), ITEMS_AT_ONCE, |_| 1);
    let scratch = || (scratch(), Vec::new());
    let parts = try_map_chunks(&chunks, scratch, |(scratch, candidates), items| {
        context.check()?;
        let mut part = SparseRows::default();
        for item in items {
            work(scratch, candidates, item, &mut part);
        }
        Ok(part)
    })?;
    Ok(SparseRows::concatenated(parts))
}

/// Adds the inner products of a row with all rows, each column weighted.
pub(super) fn add_products(
    rows: &SparseRows,
    transpose: &SparseRows,
    row: usize,
    weight: impl Fn(usize) -> f32,
    out: &mut [f32],
) {
    let (columns, values) = rows.row(row);
    for (&column, &value) in columns.iter().zip(values) {
        let value = value * weight(column as usize);
        let (others, theirs) = transpose.row(column as usize);
        for (&other, &their) in others.iter().zip(theirs) {
            out[other as usize] += value * their;
        }
    }
}

/// Inverts in place, listening to the context.
pub(super) fn invert(
    matrix: &mut SymmetricMatrix,
    context: &FitContext<'_>,
) -> Result<(), FitError> {
    let reported = AtomicUsize::new(0);
    let keep_on = |done: usize, total: usize| {
        if reported.fetch_max(done, Ordering::Relaxed) < done {
            context.report("ease", done * INVERSE / total, WHOLE);
        }
        context.check()
    };
    matrix.invert(keep_on).map_err(|error| match error {
        InverseError::Stopped(error) => error,
        InverseError::NotPositiveDefinite => {
            FitError::Diverged { sweep: 1, what: "the inverse of the Gram matrix" }
        }
    })
}

#[expect(clippy::cast_possible_truncation, reason = "stored as f32, clamped to its range")]
pub(super) fn single(value: f64) -> f32 {
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
