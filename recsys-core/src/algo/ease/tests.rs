//! The weights against the normal equations, dense and in `f64`, from both sides.

use proptest::prelude::*;

use super::{Diagonal, Ease, EaseConfig, EaseModel};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::testing::fixtures::{long_tail, matrix};

fn fit(config: EaseConfig, data: &Interactions) -> EaseModel {
    Ease::new(config).unwrap().fit(data).unwrap()
}

/// The inverse by elimination with the largest pivot of each column.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let order = matrix.len();
    for (at, row) in matrix.iter_mut().enumerate() {
        row.extend((0..order).map(|column| if column == at { 1.0 } else { 0.0 }));
    }
    for column in 0..order {
        let size = |row: &usize| matrix[*row][column].abs();
        let largest = (column..order).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
        matrix.swap(column, largest);
        let pivot = matrix[column].clone();
        for (at, row) in matrix.iter_mut().enumerate() {
            let factor = row[column] / pivot[column];
            if at == column {
                row.iter_mut().for_each(|value| *value /= pivot[column]);
            } else {
                row.iter_mut().zip(&pivot).for_each(|(value, pivot)| *value -= factor * pivot);
            }
        }
    }
    matrix.into_iter().map(|row| row[order..].to_vec()).collect()
}

/// `D^α B D^-α` by the definition.
fn naive(data: &Interactions, config: &EaseConfig) -> Vec<Vec<f64>> {
    let n_items = data.n_items();
    let rows: Vec<Vec<f64>> = data
        .users()
        .iter()
        .map(|(user, _)| {
            let mut row = vec![0.0; n_items];
            for (item, value) in data.user(user).iter() {
                row[item.index()] = f64::from(value.max(0.0));
            }
            row
        })
        .collect();
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let mass: Vec<f64> =
        (0..n_items).map(|item| squares(&mut rows.iter().map(|row| row[item]))).collect();
    let dropout = f64::from(config.dropout);
    let penalty: Vec<f64> = mass
        .iter()
        .map(|mass| f64::from(config.regularization) + mass * dropout / (1.0 - dropout))
        .collect();
    let gram = |i: usize, j: usize| {
        let entry = |row: &Vec<f64>| match squares(&mut row.iter().copied()) {
            own if own > 0.0 => own.powf(-f64::from(config.user_exponent)) * row[i] * row[j],
            _ => 0.0,
        };
        rows.iter().map(entry).sum::<f64>() + if i == j { penalty[i] } else { 0.0 }
    };
    let gram = (0..n_items).map(|i| (0..n_items).map(|j| gram(i, j)).collect()).collect();
    let inverse = inverse(gram);
    let scale = |item: usize| match mass[item] > 0.0 {
        true => mass[item].powf(f64::from(config.item_exponent)),
        false => 1.0,
    };
    let weight = |i: usize, j: usize| {
        let own = if i == j { 1.0 } else { 0.0 };
        let weight = match config.diagonal {
            Diagonal::Zero if i == j => 0.0,
            Diagonal::Zero => -inverse[i][j] / inverse[j][j],
            Diagonal::Free => own - inverse[i][j] * penalty[j],
        };
        weight * scale(i) / scale(j)
    };
    (0..n_items).map(|i| (0..n_items).map(|j| weight(i, j)).collect()).collect()
}

fn dense(model: &EaseModel) -> Vec<Vec<f64>> {
    let n_items = model.weights().n_rows();
    let row = |item: usize| {
        let mut dense = vec![0.0; n_items];
        let (targets, weights) = model.weights().row(item);
        for (&target, &weight) in targets.iter().zip(weights) {
            dense[target as usize] = f64::from(weight);
        }
        dense
    };
    (0..n_items).map(row).collect()
}

fn data(users: u32, items: u32) -> impl Strategy<Value = Interactions> {
    let value = prop_oneof![5 => Just(1.0_f32), 2 => Just(2.5), 1 => Just(-1.0)];
    prop::collection::vec((0..users, 0..items, value), 1..60).prop_map(move |mut entries| {
        entries.push((0, 0, 20.0));
        matrix(users, items, entries)
    })
}

/// More users than items, and fewer.
fn either_side() -> impl Strategy<Value = Interactions> {
    prop_oneof![data(14, 9), data(7, 12)]
}

fn config() -> impl Strategy<Value = EaseConfig> {
    let diagonal = prop_oneof![Just(Diagonal::Free), Just(Diagonal::Zero)];
    (diagonal, 0.0_f32..0.8, -0.3_f32..0.3, 0.5_f32..30.0, 0.0_f32..1.0).prop_map(
        |(diagonal, dropout, item, penalty, user)| {
            EaseConfig::published(penalty)
                .with_diagonal(diagonal)
                .with_dropout(dropout)
                .with_item_exponent(item)
                .with_user_exponent(user)
                .with_neighbors(None)
        },
    )
}

proptest! {
    #[test]
    fn weights_solve_the_normal_equations(data in either_side(), config in config()) {
        let expected = naive(&data, &config);
        let largest = expected.iter().flatten().fold(1e-3_f64, |most, value| most.max(value.abs()));
        let found = dense(&fit(config, &data));
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            prop_assert!((found - expected).abs() <= 2e-4 * largest, "{found} is not {expected}");
        }
    }

    #[test]
    fn pruning_keeps_the_largest_whatever_their_sign(
        data in either_side(),
        config in config(),
        keep in 1_u32..6,
    ) {
        let all = dense(&fit(config.clone(), &data));
        let kept = dense(&fit(config.with_neighbors(Some(keep)), &data));
        for (all, kept) in all.iter().zip(&kept) {
            let mut sizes: Vec<f64> = all.iter().map(|value| value.abs()).collect();
            sizes.sort_by(|left, right| right.total_cmp(left));
            let (weakest, keep) = (sizes[keep as usize - 1], keep as usize);
            let found: Vec<usize> = (0..kept.len()).filter(|&at| kept[at] != 0.0).collect();
            prop_assert!(found.len() <= keep);
            let is_same = |at: usize| kept[at].to_bits() == all[at].to_bits();
            prop_assert!(found.iter().all(|&at| is_same(at) && all[at].abs() >= weakest));
        }
    }
}

#[test]
fn pruning_a_trained_model_gives_what_training_with_fewer_weights_gives() {
    let data = long_tail(30, 20, 6, 1);
    let config = EaseConfig::default().with_neighbors(None);
    let pruned = fit(config.clone(), &data).pruned(4);
    let trained = fit(config.with_neighbors(Some(4)), &data);
    assert_eq!(pruned.weights(), trained.weights());
    assert_eq!(pruned.config(), trained.config());
}
