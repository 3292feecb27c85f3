//! The same weights from users × users, when there are fewer users than items.

use super::config::{Diagonal, EaseConfig};
use super::fit::{ITEMS_AT_ONCE, Problem, add_products, invert, single};
use crate::fit::{FitContext, FitError};
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::linalg::sparse::SparseRows;
use crate::linalg::{SymmetricMatrix, axpy};
use crate::par::{balanced_chunks, try_map_chunks};

/// Items whose rows are made together, side by side in memory.
const GROUP: usize = ITEMS_AT_ONCE as usize;

/// `K = I + X̂ Λ⁻¹ X̂ᵀ`, its inverse, and the strongest entries of each row of `S = X̂ᵀ K⁻¹ X̂`, scaled.
pub(super) fn solve(
    problem: &Problem,
    config: &EaseConfig,
    context: &FitContext<'_>,
) -> Result<SparseRows, FitError> {
    let Problem { users, items, penalties, .. } = problem;
    let mut inverse = SymmetricMatrix::zeros(problem.n_users());
    inverse.fill_rows(|user, values| {
        context.check()?;
        add_products(users, items, user, |item| single(penalties[item].recip()), values);
        values[user] += 1.0;
        Ok(())
    })?;
    invert(&mut inverse, context)?;

    let chunks = balanced_chunks(problem.n_items(), ITEMS_AT_ONCE, |_| 1);
    let targets: Vec<f64> = match config.diagonal {
        Diagonal::Free => vec![1.0; problem.n_items()],
        Diagonal::Zero => try_map_chunks(
            &chunks,
            || (),
            |(), group| {
                context.check()?;
                Ok(group
                    .map(|item| (1.0 - own(problem, &inverse, item)).recip())
                    .collect::<Vec<_>>())
            },
        )?
        .concat(),
    };
    let parts = try_map_chunks(
        &chunks,
        || Scratch::new(problem),
        |scratch, group| {
            context.check()?;
            scratch.smooth(problem, &inverse, group.clone());
            dispatch(Spread { users, smoothed: &scratch.by_user, sums: &mut scratch.sums });
            let mut part = SparseRows::default();
            for (lane, item) in group.enumerate() {
                let sums = &scratch.sums;
                let weight = |target: usize| {
                    f64::from(sums[target][lane]) / penalties[item] * targets[target]
                };
                problem.keep_strongest(item, weight, &mut scratch.candidates, &mut part);
            }
            Ok::<_, FitError>(part)
        },
    )?;
    Ok(SparseRows::concatenated(parts))
}

/// `S_ii / λ_i`, below 1.
fn own(problem: &Problem, inverse: &SymmetricMatrix, item: usize) -> f64 {
    let (users, values) = problem.items.row(item);
    let mut sum = 0.0;
    for (&user, &value) in users.iter().zip(values) {
        for (&other, &their) in users.iter().zip(values) {
            let entry = f64::from(inverse.get(user as usize, other as usize));
            sum += f64::from(value) * f64::from(their) * entry;
        }
    }
    (sum / problem.penalties[item]).min(1.0 - 1e-6)
}

/// Buffers of one worker.
#[derive(Debug)]
struct Scratch {
    /// `K⁻¹ X̂_i` of one item.
    smoothed: Vec<f32>,
    /// The same of a group, side by side.
    by_user: Vec<[f32; GROUP]>,
    /// `S_ij` by target, the sources side by side.
    sums: Vec<[f32; GROUP]>,
    candidates: Vec<(u32, f32)>,
}

impl Scratch {
    fn new(problem: &Problem) -> Self {
        Self {
            smoothed: vec![0.0; problem.n_users()],
            by_user: vec![[0.0; GROUP]; problem.n_users()],
            sums: vec![[0.0; GROUP]; problem.n_items()],
            candidates: Vec::new(),
        }
    }

    /// Fills `by_user` for the items of `group`.
    fn smooth(
        &mut self,
        problem: &Problem,
        inverse: &SymmetricMatrix,
        group: std::ops::Range<usize>,
    ) {
        for (lane, item) in group.enumerate() {
            self.smoothed.fill(0.0);
            let (users, values) = problem.items.row(item);
            for (&user, &value) in users.iter().zip(values) {
                let mut rest = &mut self.smoothed[..];
                for piece in inverse.row_pieces(user as usize) {
                    let (place, later) = rest.split_at_mut(piece.len());
                    axpy(value, piece, place);
                    rest = later;
                }
            }
            for (lanes, &value) in self.by_user.iter_mut().zip(&self.smoothed) {
                lanes[lane] = value;
            }
        }
    }
}

/// `sums[j] = Σ_u X̂_uj · smoothed[u]`, all items of a group at once.
struct Spread<'a> {
    users: &'a SparseRows,
    smoothed: &'a [[f32; GROUP]],
    sums: &'a mut [[f32; GROUP]],
}

impl Kernel for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        self.sums.fill([0.0; GROUP]);
        for (user, smoothed) in self.smoothed.iter().enumerate() {
            let smoothed = S::as_simd_f32s(smoothed).0;
            let (items, values) = self.users.row(user);
            for (&item, &value) in items.iter().zip(values) {
                let value = simd.splat_f32s(value);
                let sums = S::as_mut_simd_f32s(&mut self.sums[item as usize]).0;
                for (sum, &part) in sums.iter_mut().zip(smoothed) {
                    *sum = simd.multiply_add(value, part, *sum);
                }
            }
        }
    }
}
