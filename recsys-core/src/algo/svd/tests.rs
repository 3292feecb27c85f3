//! The fast visits against the textbook, and what the models say.

use super::config::{Svd, SvdConfig, VisitOrder};
use super::descent::{Rating, State, Visits};
use super::fit::{ratings, start};
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, dispatch};
use crate::model::{Cause, Model, RatingPrediction};
use crate::testing::fixtures::{matrix, rated_checkerboard};

/// The textbook's biases and vectors.
struct Textbook {
    mean: f64,
    user_biases: Vec<f64>,
    item_biases: Vec<f64>,
    p: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
}

impl Textbook {
    fn start(state: &State) -> Self {
        let wide = |vectors: &PaddedMatrix| {
            let wide = |row: &[f32]| row.iter().map(|&value| f64::from(value)).collect();
            vectors.all_values().map(wide).collect::<Vec<Vec<f64>>>()
        };
        let (p, q) = (wide(&state.user_vectors), wide(&state.item_vectors));
        let (user_biases, item_biases) = (vec![0.0; p.len()], vec![0.0; q.len()]);
        Self { mean: f64::from(state.mean), user_biases, item_biases, p, q }
    }

    /// Each rating in turn; both vectors move by what they were before.
    fn visit(&mut self, ratings: &[Rating], rate: f64, penalty: f64) {
        let Self { mean, user_biases, item_biases, p, q } = self;
        for rating in ratings {
            let (user, item) = (rating.user as usize, rating.item as usize);
            let product: f64 = p[user].iter().zip(&q[item]).map(|(p, q)| p * q).sum();
            let expected = *mean + user_biases[user] + item_biases[item] + product;
            let error = f64::from(rating.value) - expected;
            user_biases[user] += rate * (error - penalty * user_biases[user]);
            item_biases[item] += rate * (error - penalty * item_biases[item]);
            for (p, q) in p[user].iter_mut().zip(&mut q[item]) {
                let (old_p, old_q) = (*p, *q);
                *p += rate * (error * old_q - penalty * old_p);
                *q += rate * (error * old_p - penalty * old_q);
            }
        }
    }
}

fn close(found: f32, expected: f64) -> bool {
    (f64::from(found) - expected).abs() < 1e-5
}

#[test]
fn stored_order_gives_the_factors_of_the_textbook() {
    let data = rated_checkerboard(24);
    let config = SvdConfig::surprise_compatible().with_factors(19).with_epochs(12);
    let (rate, penalty) = (f64::from(config.learning_rate), f64::from(config.regularization));
    let mut textbook = Textbook::start(&start(&data, &config));
    for _ in 0..config.epochs {
        textbook.visit(&ratings(&data), rate, penalty);
    }
    let model = Svd::new(config).unwrap().fit(&data).unwrap();
    for at in 0..24_u32 {
        let (user, item, row) = (UserIdx::new(at), ItemIdx::new(at), at as usize);
        assert!(close(model.user_bias(user).unwrap(), textbook.user_biases[row]));
        assert!(close(model.item_bias(item).unwrap(), textbook.item_biases[row]));
        let vector = model.user_vector(user).unwrap().iter();
        assert!(vector.zip(&textbook.p[row]).all(|(&found, &expected)| close(found, expected)));
        let vector = model.as_item_vectors().unwrap().item_vector(item).unwrap().iter();
        assert!(vector.zip(&textbook.q[row]).all(|(&found, &expected)| close(found, expected)));
    }
}

/// Runs of one user, of one item, of one pair, and none: whatever the width of the rows, on every unit.
#[test]
fn visits_in_any_order_are_those_of_the_textbook() {
    let data = rated_checkerboard(6);
    let pairs =
        [(0, 1), (0, 1), (0, 2), (0, 1), (0, 1), (3, 1), (3, 4), (2, 4), (0, 5), (0, 0), (0, 3)];
    let rating = |(at, &(user, item)): (usize, &(u32, u32))| Rating {
        user,
        item,
        value: 1.0 + at as f32 % 5.0,
    };
    let ratings: Vec<Rating> = pairs.iter().enumerate().map(rating).collect();
    let (learning_rate, regularization) = (0.05, 0.1);
    for factors in [1, 16, 19, 33, 64, 100, 128, 200, 256] {
        let config = SvdConfig::default().with_factors(factors);
        let mut textbook = Textbook::start(&start(&data, &config));
        let start = start(&data, &config);
        for _ in 0..3 {
            textbook.visit(&ratings, f64::from(learning_rate), f64::from(regularization));
        }
        for dispatched in [true, false] {
            let mut state = start.clone();
            for _ in 0..3 {
                let ratings = ratings.as_slice();
                let visits = Visits { ratings, learning_rate, regularization, state: &mut state };
                if dispatched { dispatch(visits) } else { visits.run(pulp::Scalar256b) }
            }
            let vectors = [(&state.user_vectors, &textbook.p), (&state.item_vectors, &textbook.q)];
            for (found, expected) in vectors {
                let pairs = found.all_values().flatten().zip(expected.iter().flatten());
                assert!(
                    pairs.into_iter().all(|(&found, &expected)| close(found, expected)),
                    "{factors}"
                );
            }
            let found = state.user_biases.iter().chain(&state.item_biases);
            let expected = textbook.user_biases.iter().chain(&textbook.item_biases);
            assert!(
                found.zip(expected).all(|(&found, &expected)| close(found, expected)),
                "{factors}"
            );
        }
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
