//! Solutions of many small systems against one at a time.

use proptest::prelude::*;

use super::super::matrix::padded;
use super::super::simd::{Kernel, dispatch};
use super::*;

/// Full matrices, row-major, with a right-hand side for each.
struct Solve<'a>(&'a [(usize, Vec<f32>)]);

fn right(order: usize) -> Vec<f32> {
    (0..order).map(|row| (row % 7) as f32 - 3.0).collect()
}

impl Kernel for Solve<'_> {
    type Output = Result<Vec<Vec<f32>>, NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let mut systems = Systems::default();
        let mut solutions = Vec::new();
        for group in self.0.chunks(S::F32_LANES) {
            systems.clear();
            for (order, matrix) in group {
                let stride = padded(*order);
                let mut upper = vec![f32::MAX; order * stride];
                for row in 0..*order {
                    for column in row..*order {
                        upper[row * stride + column] = matrix[row * order + column];
                    }
                }
                systems.push_matrix(simd, &upper, stride, &right(*order));
            }
            systems.solve(simd)?;
            for (lane, (order, _)) in group.iter().enumerate() {
                let mut solution = vec![0.0; *order];
                systems.solution(simd, lane, &mut solution);
                solutions.push(solution);
            }
        }
        Ok(solutions)
    }
}

fn dominant(order: usize, seed: u64) -> Vec<f32> {
    let noise = |row: usize, column: usize| {
        let mixed = (row * 31 + column * 17 + seed as usize) * 2_654_435_761 % 1009;
        mixed as f32 / 1009.0 - 0.5
    };
    let entry = |row: usize, column: usize| {
        noise(row.min(column), row.max(column)) + if row == column { order as f32 } else { 0.0 }
    };
    (0..order * order).map(|at| entry(at / order, at % order)).collect()
}

proptest! {
    #[test]
    fn every_solution_satisfies_its_system_and_is_the_same_alone(
        orders in prop::collection::vec(1_usize..40, 1..20), seed in 0_u64..1000,
    ) {
        let systems: Vec<_> =
            orders.iter().map(|&order| (order, dominant(order, seed))).collect();
        let solutions = dispatch(Solve(&systems)).expect("diagonally dominant");
        for ((order, matrix), solution) in systems.iter().zip(&solutions) {
            for (row, must) in matrix.chunks_exact(*order).zip(right(*order)) {
                let product: f64 = row
                    .iter()
                    .zip(solution)
                    .map(|(a, b)| f64::from(*a) * f64::from(*b))
                    .sum();
                prop_assert!((product - f64::from(must)).abs() < 1e-3);
            }
        }
        let alone = dispatch(Solve(&systems[..1])).expect("diagonally dominant");
        prop_assert_eq!(&alone[0], &solutions[0]);
    }
}

#[test]
fn one_system_that_is_not_positive_definite_is_noticed() {
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let mut systems: Vec<_> = (0..3).map(|seed| (9, dominant(9, seed))).collect();
        systems[1].1[4 * 9 + 4] = wrong;
        assert_eq!(dispatch(Solve(&systems)), Err(NotPositiveDefinite), "{wrong}");
    }
}
