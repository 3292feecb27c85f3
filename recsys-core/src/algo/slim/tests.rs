//! Solutions against the conditions that only the minimum meets.

use proptest::prelude::*;

use super::{Slim, SlimConfig, SlimModel};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::testing::fixtures::{long_tail, matrix};

const ITEMS: u32 = 9;

fn fit(config: SlimConfig, data: &Interactions) -> SlimModel {
    Slim::new(config).unwrap().fit(data).unwrap()
}

/// `w[target][source]`, dense.
fn columns(model: &SlimModel) -> Vec<Vec<f64>> {
    let n_items = model.weights().n_rows();
    let by_target = model.weights().transposed(n_items);
    let column = |target: usize| {
        let mut column = vec![0.0; n_items];
        let (sources, weights) = by_target.row(target);
        for (&source, &weight) in sources.iter().zip(weights) {
            column[source as usize] = f64::from(weight);
        }
        column
    };
    (0..n_items).map(column).collect()
}

/// `XᵀX` of the likes.
fn gram(data: &Interactions) -> Vec<Vec<f64>> {
    let mut gram = vec![vec![0.0; data.n_items()]; data.n_items()];
    for (user, _) in data.users().iter() {
        for (left, a) in data.user(user).iter().filter(|(_, value)| *value > 0.0) {
            for (right, b) in data.user(user).iter().filter(|(_, value)| *value > 0.0) {
                gram[left.index()][right.index()] += f64::from(a) * f64::from(b);
            }
        }
    }
    gram
}

fn data() -> impl Strategy<Value = Interactions> {
    let value = prop_oneof![5 => Just(1.0_f32), 2 => Just(2.5), 1 => Just(-1.0)];
    prop::collection::vec((0..14_u32, 0..ITEMS, value), 1..70).prop_map(|mut entries| {
        entries.push((0, 0, 20.0));
        matrix(14, ITEMS, entries)
    })
}

proptest! {
    /// Karush, Kuhn and Tucker: where a weight is not zero the slope of the loss balances the
    /// penalties, and where it is zero the slope is not steep enough to move it.
    #[test]
    fn no_weight_wants_to_move(
        data in data(),
        l1 in 0.0_f32..3.0,
        l2 in 0.5_f32..20.0,
        non_negative in any::<bool>(),
    ) {
        let config = SlimConfig::default()
            .with_penalties(l1, l2)
            .with_non_negative(non_negative)
            .with_convergence(10_000, 1e-7);
        let (gram, columns) = (gram(&data), columns(&fit(config, &data)));
        let (l1, l2) = (f64::from(l1), f64::from(l2));
        for (target, weights) in columns.iter().enumerate() {
            prop_assert!(weights[target] == 0.0, "an item predicts itself");
            for source in (0..weights.len()).filter(|&source| source != target) {
                let fitted: f64 = gram[source].iter().zip(weights).map(|(g, w)| g * w).sum();
                let weight = weights[source];
                let pull = gram[source][target] - fitted - l2 * weight;
                let slack = 2e-4 * (gram[source][source] + l2);
                // What never occurs together is no candidate.
                if gram[source][target] > 0.0 {
                    match weight {
                        weight if weight > 0.0 => prop_assert!((pull - l1).abs() <= slack),
                        weight if weight < 0.0 => prop_assert!((pull + l1).abs() <= slack),
                        _ => prop_assert!(pull <= l1 + slack && (non_negative || pull >= -l1 - slack)),
                    }
                }
                prop_assert!(weight >= 0.0 || !non_negative);
            }
        }
    }
}

#[test]
fn only_the_most_similar_items_are_candidates() {
    let data = long_tail(60, 30, 8, 4);
    let model = fit(SlimConfig::default().with_neighbors(3).with_penalties(0.0, 1.0), &data);
    let counts =
        columns(&model).into_iter().map(|column| column.iter().filter(|w| **w != 0.0).count());
    assert!(counts.max().unwrap() <= 3);
}

#[test]
fn a_larger_penalty_leaves_fewer_weights() {
    let data = long_tail(60, 30, 8, 4);
    let count = |l1| fit(SlimConfig::default().with_penalties(l1, 1.0), &data).n_weights();
    assert!(count(0.0) > count(2.0) && count(2.0) > count(8.0));
}
