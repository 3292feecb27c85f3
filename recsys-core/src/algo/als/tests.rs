//! The row solver against a slow `f64` solution of the normal equations.

use proptest::prelude::*;

use super::config::{Als, AlsConfig};
use super::feedback::{Confidence, Feedback, ObservedLoss};
use super::model::AlsModel;
use super::row_solver::{RowSolver, Scratch};
use crate::data::History;
use crate::fit::EstimatorExt;
use crate::ids::UserIdx;
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::dot;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{ItemVectors, Model};
use crate::query::Candidates;
use crate::testing::fixtures::matrix;

/// A row to solve, with everything it is solved against. The Gram matrix is diagonal by construction:
/// the solver takes any spectrum, so a made-up one tests the same algebra.
#[derive(Clone, Debug)]
struct Case {
    factors: PaddedMatrix,
    weights: Vec<f32>,
    spectrum: Vec<f32>,
    feedback: Feedback,
    values: Vec<f32>,
    regularization: f32,
}

impl Case {
    /// Normal matrix and right-hand side in `f64`, entry by entry from the loss.
    fn normal_equations(&self) -> (Vec<Vec<f64>>, Vec<f64>) {
        let width = self.factors.width();
        let mut matrix = vec![vec![0.0; width]; width];
        let mut right = vec![0.0; width];
        for (at, row) in matrix.iter_mut().enumerate() {
            row[at] = f64::from(self.spectrum[at]) + f64::from(self.regularization);
        }
        for (row, &value) in self.values.iter().enumerate() {
            let (confidence, pull) = self.feedback.terms(value);
            let weight = f64::from(self.weights[row]);
            let vector: Vec<f64> =
                self.factors.values(row).iter().map(|&entry| f64::from(entry)).collect();
            for left in 0..width {
                right[left] += f64::from(pull) * weight * vector[left];
                for other in 0..width {
                    matrix[left][other] +=
                        f64::from(confidence) * weight * vector[left] * vector[other];
                }
            }
        }
        (matrix, right)
    }

    fn solve(&self) -> Result<Vec<f32>, NotPositiveDefinite> {
        dispatch(Solve(self))
    }
}

struct Solve<'a>(&'a Case);

impl Kernel for Solve<'_> {
    type Output = Result<Vec<f32>, NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let case = self.0;
        let root_weights: Vec<f32> = case.weights.iter().map(|weight| weight.sqrt()).collect();
        let mut spectrum = case.spectrum.clone();
        spectrum.resize(case.factors.stride(), 0.0);
        let solver = RowSolver {
            factors: &case.factors,
            root_weights: &root_weights,
            spectrum: &spectrum,
            feedback: case.feedback,
        };
        let indices: Vec<u32> = (0..).take(case.values.len()).collect();
        let mut scratch = Scratch::default();
        let mut out = vec![0.0; case.factors.stride()];
        // Solve something else first: what is left in the scratch must not matter.
        let other: Vec<f32> = case.values.iter().map(|value| value.abs() + 1.0).collect();
        solver.solve(simd, &indices, &other, 1.0, &mut scratch, &mut out)?;
        let regularization = case.regularization;
        solver.solve(simd, &indices, &case.values, regularization, &mut scratch, &mut out)?;
        assert!(out[case.factors.width()..].iter().all(|padding| padding.to_bits() == 0));
        out.truncate(case.factors.width());
        Ok(out)
    }
}

/// Gaussian elimination with pivoting.
pub(super) fn eliminate(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let order = right.len();
    for column in 0..order {
        let pivot = (column..order)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))
            .expect("not empty");
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let pivot_row = matrix[column].clone();
        for row in column + 1..order {
            let factor = matrix[row][column] / pivot_row[column];
            for (value, pivot) in matrix[row].iter_mut().zip(&pivot_row).skip(column) {
                *value -= factor * pivot;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..order).rev() {
        for at in row + 1..order {
            right[row] -= matrix[row][at] * right[at];
        }
        right[row] /= matrix[row][row];
    }
    right
}

fn feedback() -> impl Strategy<Value = Feedback> {
    let confidence = prop_oneof![
        Just(Confidence::Unit),
        (0.5_f32..40.0).prop_map(|alpha| Confidence::Linear { alpha }),
        Just(Confidence::Logarithmic { alpha: 2.0, scale: 0.5 }),
    ];
    // Replacing an unobserved weight of 1 by a confidence of 1 leaves a pair with nothing but its
    // target, the case that no dual form can divide by.
    let observed = prop_oneof![Just(ObservedLoss::Added), Just(ObservedLoss::Replaced)];
    (confidence, observed, prop_oneof![Just(1.0_f32), 0.01_f32..0.5]).prop_map(
        |(confidence, observed, unobserved_weight)| Feedback {
            confidence,
            observed,
            unobserved_weight,
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let shape = (1_usize..40, 0_usize..60);
    let value = prop_oneof![4 => Just(1.0_f32), 1 => Just(3.0), 1 => Just(-1.0), 1 => Just(-2.5)];
    (shape, feedback(), 0.5_f32..5.0).prop_flat_map(
        move |((width, count), feedback, regularization)| {
            (
                prop::collection::vec(-0.5_f32..0.5, width * count),
                prop::collection::vec(0.1_f32..3.0, count),
                prop::collection::vec(30.0_f32..90.0, width),
                prop::collection::vec(value.clone(), count),
            )
                .prop_map(move |(factors, weights, spectrum, values)| Case {
                    factors: PaddedMatrix::from_dense(&factors, width),
                    weights,
                    spectrum,
                    feedback,
                    values,
                    regularization,
                })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever form is taken, the solution is the minimiser.
    #[test]
    fn a_row_is_solved_like_the_slow_way(case in case()) {
        let (matrix, right) = case.normal_equations();
        let expected = eliminate(matrix, right);
        let found = case.solve().expect("the shared part outweighs every negative confidence");
        let size = expected.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!(
                (f64::from(*found) - expected).abs() <= 2e-4 * size,
                "found {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn a_row_without_entries_has_the_zero_vector() {
    let case = Case {
        factors: PaddedMatrix::zeros(0, 5),
        weights: Vec::new(),
        spectrum: vec![1.0; 5],
        feedback: Feedback {
            confidence: Confidence::Unit,
            observed: ObservedLoss::Added,
            unobserved_weight: 0.1,
        },
        values: Vec::new(),
        regularization: 0.1,
    };
    assert_eq!(case.solve(), Ok(vec![0.0; 5]));
}

#[test]
fn a_catalogue_that_is_scored_in_pieces_has_every_score_in_its_place() {
    let (n_items, width) = (20_000_u32, 64);
    let data = matrix(1, n_items, [(0, 0, 1.0)]);
    let factors: Vec<f32> =
        (0..n_items as usize * width).map(|at| (at % 101) as f32 / 101.0).collect();
    let model = AlsModel::new(
        AlsConfig::default().resolved(&data),
        data,
        PaddedMatrix::from_dense(&factors[..width], width),
        PaddedMatrix::from_dense(&factors, width),
        vec![1.0; width],
        vec![1.0; n_items as usize],
    );
    let mut scores = vec![f32::NAN; n_items as usize];
    let user = UserIdx::new(0);
    model.scorer(user).unwrap().score_into(Candidates::All, &mut scores);
    let vector = model.user_vector(user).unwrap();
    for (score, row) in scores.iter().zip(factors.chunks_exact(width)) {
        assert_eq!(score.to_bits(), dot(vector, row).to_bits());
    }
}

#[test]
fn a_trained_users_vector_is_the_fold_in_of_their_row_bit_for_bit() {
    // Rows of 1 to 90 entries: alone and in company, in the dual and in the primal form.
    let entries = (0..90).flat_map(|user| (0..=user).map(move |at| (user, at * 7 % 97, 1.0)));
    let data = matrix(90, 97, entries.collect::<Vec<_>>());
    for factors in [24, 80] {
        let config = AlsConfig::default().with_factors(factors).with_epochs(2);
        let model = Als::new(config).unwrap().fit(&data).unwrap();
        for user in (0..90).map(UserIdx::new) {
            let folded = model.query_vector(&History::from_row(data.user(user))).unwrap();
            let trained = model.user_vector(user).unwrap();
            let equal = folded.iter().zip(trained).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(equal, "user {}", user.get());
        }
    }
}
