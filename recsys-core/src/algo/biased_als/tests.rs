//! Training at its fixed point, and what it says of histories.

use super::{BiasedAls, BiasedAlsConfig};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, Model};
use crate::testing::fixtures::{long_tail, rated_checkerboard};

fn model(data: &Interactions, epochs: u32) -> super::BiasedAlsModel {
    let config = BiasedAlsConfig::default().with_factors(3).with_epochs(epochs);
    BiasedAls::new(config).unwrap().fit(data).unwrap()
}

/// The gradient of the loss on a user's and an item's bias and vector, by the formula in `f64`.
#[test]
fn after_many_sweeps_no_bias_or_vector_wants_to_move() {
    let data = long_tail(40, 25, 8, 13);
    let model = model(&data, 400);
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let user = |at: usize| {
        let user = UserIdx::new(u32::try_from(at).unwrap());
        (wide(model.user_vector(user).unwrap()), f64::from(model.user_bias(user).unwrap()))
    };
    let item = |at: usize| {
        let item = ItemIdx::new(u32::try_from(at).unwrap());
        let vector = model.as_item_vectors().unwrap().item_vector(item).unwrap();
        (wide(&vector[..3]), f64::from(model.item_bias(item).unwrap()))
    };
    let check = |side: crate::data::Csr<'_>,
                 own: &dyn Fn(usize) -> (Vec<f64>, f64),
                 other: &dyn Fn(usize) -> (Vec<f64>, f64),
                 tolerance: f64| {
        for row in 0..side.n_rows() {
            let (vector, bias) = own(row);
            let (indices, values) = side.row(row);
            let penalty = 0.1 * indices.len() as f64;
            let mut gradient: Vec<f64> = vector.iter().map(|value| penalty * value).collect();
            gradient.push(penalty * bias);
            for (&index, &value) in indices.iter().zip(values) {
                let (others, other_bias) = other(index as usize);
                let product: f64 = vector.iter().zip(&others).map(|(a, b)| a * b).sum();
                let error =
                    f64::from(model.mean()) + bias + other_bias + product - f64::from(value);
                for (gradient, value) in gradient.iter_mut().zip(others.iter().chain([&1.0])) {
                    *gradient += error * value;
                }
            }
            let still = gradient.iter().all(|part| part.abs() < tolerance);
            assert!(still, "row {row}: {gradient:?}");
        }
    };
    // The users move last, and exactly; the items still creep.
    check(data.user_csr(), &user, &item, 1e-4);
    check(data.item_csr(), &item, &user, 1e-2);
}

#[test]
fn history_and_biases_explain_a_score_whole() {
    let model = model(&rated_checkerboard(12), 10);
    let explanation = model.scorer(UserIdx::new(3)).unwrap().explain(ItemIdx::new(3), 100);
    let profile = explanation.contributions.iter().find(|part| part.cause == Cause::Profile);
    assert_eq!(profile, None);
    assert!((explanation.sum() - f64::from(explanation.score)).abs() < 1e-4);
}
