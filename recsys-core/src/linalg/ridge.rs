//! Ridge regression on few or many rows: `min_x Σ (target - row · x)² + penalty · |x|²`, exactly.
//!
//! Fewer rows than unknowns are solved in the dual form, an `n × n` system, more in the primal, `d × d`.

use super::cholesky::{NotPositiveDefinite, Workspace, solve_in_place};
use super::matrix::padded;
use super::panel::{add_gram, combine_rows};
use super::simd::Lanes;
use super::{axpy_with, dot_with};

/// Rows that the primal form gathers before it adds them up.
const GATHERED_ROWS: usize = 128;

/// Buffers of one worker, reused from system to system.
#[derive(Debug, Default)]
pub(crate) struct Ridge {
    gathered: Vec<f32>,
    system: Vec<f32>,
    right: Vec<f32>,
    workspace: Workspace,
}

/// What a system is solved for.
#[derive(Clone, Copy, Debug)]
enum Right<'a> {
    /// `Σ target · row`: the minimiser.
    Targets,
    /// This vector: how the minimiser responds to a pull along it.
    Given(&'a [f32]),
}

impl Ridge {
    /// Writes the minimiser to `out`, whose length is that of the rows. There are `count` of them.
    ///
    /// # Errors
    ///
    /// [`NotPositiveDefinite`] when numbers leave the range of `f32`; `penalty` is above zero.
    #[inline(always)]
    pub(crate) fn solve<'a, S: Lanes>(
        &mut self,
        simd: S,
        rows: impl Iterator<Item = (&'a [f32], f32)>,
        count: usize,
        penalty: f32,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        if count < out.len() {
            self.solve_dual(simd, rows, count, penalty, out)
        } else {
            self.solve_primal(simd, rows, Right::Targets, penalty, out)
        }
    }

    /// Writes `(Σ row rowᵀ + penalty · I)⁻¹ right` to `out`.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    #[inline(always)]
    pub(crate) fn respond<'a, S: Lanes>(
        &mut self,
        simd: S,
        rows: impl Iterator<Item = (&'a [f32], f32)>,
        right: &[f32],
        penalty: f32,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        self.solve_primal(simd, rows, Right::Given(right), penalty, out)
    }

    /// `(penalty · I + Z Zᵀ) t = target`, `x = Zᵀ t`.
    #[inline(always)]
    fn solve_dual<'a, S: Lanes>(
        &mut self,
        simd: S,
        rows: impl Iterator<Item = (&'a [f32], f32)>,
        count: usize,
        penalty: f32,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let (width, stride, order_stride) = (out.len(), padded(out.len()), padded(count.max(1)));
        let Self { gathered, system, right, workspace } = self;
        let tall = count.next_multiple_of(4);
        gathered.clear();
        gathered.resize(tall * stride, 0.0);
        right.clear();
        right.resize(order_stride, 0.0);
        for ((place, target), (row, value)) in
            gathered.chunks_exact_mut(stride).zip(right.iter_mut()).zip(rows)
        {
            place[..width].copy_from_slice(row);
            *target = value;
        }
        system.clear();
        system.resize(tall * order_stride, 0.0);
        for left in 0..count {
            let row = &gathered[left * stride..][..stride];
            for other in left..count {
                system[left * order_stride + other] =
                    dot_with(simd, row, &gathered[other * stride..][..stride]);
            }
            system[left * order_stride + left] += penalty;
        }
        solve_in_place(simd, system, count, order_stride, right, workspace)?;
        right.clear();
        right.resize(stride, 0.0);
        combine_rows(simd, gathered, stride, &workspace.solution[..count], right);
        out.copy_from_slice(&right[..width]);
        Ok(())
    }

    /// `(penalty · I + Zᵀ Z) x = Zᵀ target`, or with a given right-hand side.
    #[inline(always)]
    fn solve_primal<'a, S: Lanes>(
        &mut self,
        simd: S,
        rows: impl Iterator<Item = (&'a [f32], f32)>,
        right_side: Right<'_>,
        penalty: f32,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        let (width, stride) = (out.len(), padded(out.len()));
        let Self { gathered, system, right, workspace } = self;
        system.clear();
        system.resize(width.next_multiple_of(4) * stride, 0.0);
        right.clear();
        right.resize(stride, 0.0);
        if let Right::Given(given) = right_side {
            right[..width].copy_from_slice(given);
        }
        gathered.clear();
        for (row, target) in rows {
            if matches!(right_side, Right::Targets) {
                axpy_with(simd, target, row, &mut right[..width]);
            }
            gathered.extend_from_slice(row);
            gathered.resize(gathered.len().next_multiple_of(stride), 0.0);
            if gathered.len() == GATHERED_ROWS * stride {
                add_gram(simd, gathered, gathered, stride, system);
                gathered.clear();
            }
        }
        add_gram(simd, gathered, gathered, stride, system);
        for at in 0..width {
            system[at * stride + at] += penalty;
        }
        solve_in_place(simd, system, width, stride, right, workspace)?;
        out.copy_from_slice(&workspace.solution[..width]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linalg::simd::{Kernel, dispatch};

    struct Solve<'a> {
        rows: &'a [Vec<f32>],
        targets: &'a [f32],
        penalty: f32,
        right: Option<&'a [f32]>,
    }

    impl Kernel for Solve<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<S: Lanes>(self, simd: S) -> Vec<f32> {
            let mut out = vec![0.0; self.rows[0].len()];
            let rows = self.rows.iter().map(Vec::as_slice).zip(self.targets.iter().copied());
            let mut ridge = Ridge::default();
            match self.right {
                None => ridge.solve(simd, rows, self.rows.len(), self.penalty, &mut out),
                Some(right) => ridge.respond(simd, rows, right, self.penalty, &mut out),
            }
            .expect("a penalty makes it definite");
            out
        }
    }

    fn problem() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<f32>)> {
        (1_usize..40, 1_usize..300).prop_flat_map(|(width, count)| {
            let row = prop::collection::vec(-1.0_f32..1.0, width);
            (prop::collection::vec(row, count), prop::collection::vec(-2.0_f32..2.0, count))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Both forms: there are fewer rows than unknowns, and more.
        #[test]
        fn the_gradient_vanishes_at_the_minimiser((rows, targets) in problem()) {
            let penalty = 0.5;
            let kernel = Solve { rows: &rows, targets: &targets, penalty, right: None };
            let found = dispatch(kernel);
            let mut gradient: Vec<f64> =
                found.iter().map(|&value| f64::from(penalty) * f64::from(value)).collect();
            for (row, &target) in rows.iter().zip(&targets) {
                let product: f64 =
                    row.iter().zip(&found).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                for (gradient, &value) in gradient.iter_mut().zip(row) {
                    *gradient += f64::from(value) * (product - f64::from(target));
                }
            }
            prop_assert!(gradient.iter().all(|value| value.abs() < 1e-2), "{gradient:?}");
        }

        #[test]
        fn the_minimiser_is_the_sum_of_its_responses((rows, targets) in problem()) {
            let solve = |right| {
                dispatch(Solve { rows: &rows, targets: &targets, penalty: 0.5, right })
            };
            let minimiser = solve(None);
            let direction: Vec<f32> = (0..rows[0].len()).map(|at| at as f32 / 10.0 - 1.0).collect();
            let response = solve(Some(&direction));
            let along = |left: &[f32], right: &[f32]| -> f32 {
                left.iter().zip(right).map(|(a, b)| a * b).sum()
            };
            let parts: f32 = rows
                .iter()
                .zip(&targets)
                .map(|(row, target)| target * along(row, &response))
                .sum();
            prop_assert!((parts - along(&direction, &minimiser)).abs() < 1e-2);
        }
    }
}
