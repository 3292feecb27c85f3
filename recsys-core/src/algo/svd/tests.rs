//! The fast visits against the textbook, and what the models say.

use super::config::{Svd, SvdConfig, VisitOrder};
use super::fit::{ratings, start};
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, Model, RatingPrediction};
use crate::testing::fixtures::{matrix, rated_checkerboard};

/// The loop of the textbook in `f64`: old values of both, ratings in the order of the matrix.
#[test]
fn stored_order_gives_the_factors_of_the_textbook() {
    let data = rated_checkerboard(24);
    let config = SvdConfig::surprise_compatible().with_factors(19).with_epochs(12);
    let (rate, penalty) = (f64::from(config.learning_rate), f64::from(config.regularization));
    let state = start(&data, &config);
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let mut p: Vec<Vec<f64>> = (0..24).map(|row| wide(state.user_vectors.values(row))).collect();
    let mut q: Vec<Vec<f64>> = (0..24).map(|row| wide(state.item_vectors.values(row))).collect();
    let (mut user_biases, mut item_biases) = (vec![0.0; 24], vec![0.0; 24]);
    for _ in 0..config.epochs {
        for rating in ratings(&data) {
            let (user, item) = (rating.user as usize, rating.item as usize);
            let product: f64 = p[user].iter().zip(&q[item]).map(|(p, q)| p * q).sum();
            let expected = f64::from(state.mean) + user_biases[user] + item_biases[item] + product;
            let error = f64::from(rating.value) - expected;
            user_biases[user] += rate * (error - penalty * user_biases[user]);
            item_biases[item] += rate * (error - penalty * item_biases[item]);
            for k in 0..config.factors as usize {
                let (old_p, old_q) = (p[user][k], q[item][k]);
                p[user][k] += rate * (error * old_q - penalty * old_p);
                q[item][k] += rate * (error * old_p - penalty * old_q);
            }
        }
    }
    let model = Svd::new(config).unwrap().fit(&data).unwrap();
    let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 1e-5;
    for at in 0..24_u32 {
        let (user, item, row) = (UserIdx::new(at), ItemIdx::new(at), at as usize);
        assert!(close(model.user_bias(user).unwrap(), user_biases[row]));
        assert!(close(model.item_bias(item).unwrap(), item_biases[row]));
        let vector = model.user_vector(user).unwrap().iter();
        assert!(vector.zip(&p[row]).all(|(&found, &expected)| close(found, expected)));
        let vector = model.as_item_vectors().unwrap().item_vector(item).unwrap().iter();
        assert!(vector.zip(&q[row]).all(|(&found, &expected)| close(found, expected)));
    }
}

#[test]
fn predictions_leave_out_what_is_unknown_and_stay_on_the_scale() {
    // User 2 and item 2 have no ratings; user 0 rates far above the others.
    let data = matrix(3, 3, [(0, 0, 5.0), (0, 1, 5.0), (1, 0, 2.0), (1, 1, 1.0)]);
    let config = SvdConfig::default().with_epochs(300).with_rates(0.05, 0.02);
    let model = Svd::new(config).unwrap().fit(&data).unwrap();
    let (user, item) = (UserIdx::new(0), ItemIdx::new(0));
    let close = |left: f32, right: f32| (left - right).abs() < 1e-5;
    assert_eq!(model.scale(), (1.0, 5.0));
    assert!(close(model.predict(None, None), model.mean()));
    assert!(close(model.predict(Some(UserIdx::new(2)), None), model.mean()));
    let known_item = model.mean() + model.item_bias(item).unwrap();
    assert!(close(model.predict(None, Some(item)), known_item));
    assert!(close(model.predict(Some(UserIdx::new(2)), Some(item)), known_item));
    let known_user = (model.mean() + model.user_bias(user).unwrap()).min(5.0);
    assert!(close(model.predict(Some(user), Some(ItemIdx::new(2))), known_user));
    assert!(model.predict(Some(user), Some(item)) > 4.0);
    assert!(model.predict(Some(user), Some(item)) <= 5.0);
}

#[test]
fn a_trained_users_explanation_names_bias_history_and_profile() {
    let data = rated_checkerboard(12);
    let config = SvdConfig::default().with_factors(6).with_order(VisitOrder::Stored);
    let model = Svd::new(config).unwrap().fit(&data).unwrap();
    let explanation = model.scorer(UserIdx::new(3)).unwrap().explain(ItemIdx::new(3), 100);
    let has = |wanted: fn(&Cause) -> bool| {
        explanation.contributions.iter().filter(|part| wanted(&part.cause)).count()
    };
    assert_eq!(has(|cause| matches!(cause, Cause::ItemBias)), 1);
    assert_eq!(has(|cause| matches!(cause, Cause::Item(_))), 9);
    assert_eq!(has(|cause| matches!(cause, Cause::Profile)), 1);
}
