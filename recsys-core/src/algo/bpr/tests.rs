//! What is learnt, what is drawn, and what folding in says.

use super::descent::Descent;
use super::{Bpr, BprConfig, Negatives};
use crate::data::History;
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, FoldIn, Model};
use crate::query::Candidates;
use crate::rng;
use crate::testing::fixtures::{checkerboard, matrix};

fn all_negatives() -> [Negatives; 3] {
    [Negatives::Uniform, Negatives::Popularity, Negatives::Warp { trials: 20 }]
}

fn config() -> BprConfig {
    BprConfig::default().with_factors(8).with_rates(0.1, 0.01)
}

#[test]
fn likes_come_before_what_was_not_touched_with_every_kind_of_negatives() {
    let data = checkerboard(20);
    for negatives in all_negatives() {
        let model = Bpr::new(config().with_negatives(negatives)).unwrap().fit(&data).unwrap();
        for user in (0..20).map(UserIdx::new) {
            let mut scores = vec![0.0; 20];
            model.scorer(user).unwrap().score_into(Candidates::All, &mut scores);
            let of_colour = |odd: u32| {
                let items = (0..20).filter(move |item| item % 2 == odd && *item != user.get());
                items.map(|item| scores[item as usize])
            };
            let least_liked = of_colour(user.get() % 2).fold(f32::INFINITY, f32::min);
            let best_other = of_colour(1 - user.get() % 2).fold(f32::NEG_INFINITY, f32::max);
            assert!(least_liked > best_other, "{negatives:?}: user {}", user.get());
        }
    }
}

#[test]
fn what_a_user_likes_is_never_drawn_and_a_user_who_likes_all_learns_nothing() {
    let data = matrix(2, 4, [(0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0), (1, 3, 1.0)]);
    for negatives in all_negatives() {
        let config = config().with_negatives(negatives);
        let descent = Descent::new(&config, &data);
        let mut random = rng::stream(1, 0);
        for _ in 0..100 {
            let compared = descent.compare(&mut random, &[0, 1, 2], 0.0, |_| 0.0);
            assert!(compared.is_none_or(|compared| compared.other == 3));
            assert!(descent.compare(&mut random, &[0, 1, 2, 3], 0.0, |_| 0.0).is_none());
        }
    }
}

/// The gradient of `-ln σ(a - b)` by differences.
#[test]
fn the_slope_is_that_of_the_loss() {
    let data = matrix(1, 2, [(0, 0, 1.0)]);
    let config = config();
    let descent = Descent::new(&config, &data);
    let loss = |difference: f64| (1.0 + (-difference).exp()).ln();
    for score in [-3.0_f32, -0.5, 0.0, 2.0] {
        let compared = descent.compare(&mut rng::stream(1, 0), &[0], score, |_| 0.25);
        let difference = f64::from(score) - 0.25;
        let expected = (loss(difference - 1e-5) - loss(difference + 1e-5)) / 2e-5;
        assert!((f64::from(compared.unwrap().slope) - expected).abs() < 1e-5);
    }
}

#[test]
fn a_folded_in_score_is_the_items_bias_and_the_likes_alone() {
    let model = Bpr::new(config()).unwrap().fit(checkerboard(20)).unwrap();
    let history = History::new(vec![(ItemIdx::new(1), 1.0), (ItemIdx::new(5), 1.0)]);
    let explanation = model.fold_in(&history).unwrap().explain(ItemIdx::new(3), 10);
    let causes: Vec<&Cause> = explanation.contributions.iter().map(|part| &part.cause).collect();
    assert_eq!(causes.len(), 3);
    assert!(causes.contains(&&Cause::ItemBias));
    assert!(causes.contains(&&Cause::Item(ItemIdx::new(1))));
    assert!((explanation.sum() - f64::from(explanation.score)).abs() < 1e-4);
}
