//! What blending promises beyond the conformance suite.

use super::*;
use crate::algo::AlgorithmConfig;
use crate::algo::als::AlsConfig;
use crate::algo::item_knn::ItemKnnConfig;
use crate::algo::popularity::PopularityConfig;
use crate::data::{Dataset, Interactions};
use crate::fit::EstimatorExt;
use crate::ids::UserIdx;
use crate::model::{Blend, Model};
use crate::query::Candidates;
use crate::testing::fixtures::{checkerboard, long_tail};

fn als() -> AlgorithmConfig {
    AlgorithmConfig::Als(AlsConfig::default().with_factors(8))
}

fn item_knn() -> AlgorithmConfig {
    AlgorithmConfig::ItemKnn(ItemKnnConfig::default())
}

fn popularity() -> AlgorithmConfig {
    AlgorithmConfig::Popularity(PopularityConfig::default())
}

fn of(members: &[(AlgorithmConfig, f32)]) -> HybridConfig {
    let members =
        members.iter().map(|(model, weight)| MemberConfig::new(model.clone(), *weight)).collect();
    HybridConfig::default().with_members(members).with_half_trust(0.0)
}

fn fit(config: HybridConfig, data: &Interactions) -> HybridModel {
    Hybrid::new(config).unwrap().fit(data).unwrap()
}

fn scores(model: &dyn Model, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.interactions().n_items()];
    model.scorer(UserIdx::new(user)).unwrap().score_into(Candidates::All, &mut scores);
    scores
}

#[test]
fn the_blend_is_the_weighted_sum_of_the_members_scores_over_their_deviation() {
    let data = long_tail(30, 40, 8, 1);
    let model = fit(of(&[(als(), 3.0), (item_knn(), 1.0)]), &data);
    let deviation = |scores: &[f32]| {
        let n = scores.len() as f32;
        let mean = scores.iter().sum::<f32>() / n;
        (scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / n).sqrt()
    };
    let members: Vec<Vec<f32>> =
        model.members().iter().map(|member| scores(&**member, 5)).collect();
    let (first, second) = (deviation(&members[0]), deviation(&members[1]));
    for (at, blended) in scores(&model, 5).into_iter().enumerate() {
        let expected = 0.75 * members[0][at] / first + 0.25 * members[1][at] / second;
        assert!((blended - expected).abs() < 1e-4, "item {at}: {blended}, expected {expected}");
    }
}

#[test]
fn learning_turns_to_the_member_that_knows() {
    // On the checkerboard popularity says nothing and item CF everything.
    let data = checkerboard(20);
    let start = of(&[(item_knn(), 0.1), (popularity(), 1.0)]);
    let learned = start.with_weights(WeightSource::Learned(Validation::default()));
    let model = fit(learned, &data);
    let weights = model.member_weights(10);
    assert!(weights[0].weight > 0.5, "{weights:?}");
}

#[test]
fn measuring_takes_weight_from_members_that_rank_badly() {
    let data = checkerboard(20);
    let start = of(&[(item_knn(), 1.0), (popularity(), 1.0)]);
    let model = fit(start.with_weights(WeightSource::Measured(Validation::default())), &data);
    let weights = model.member_weights(10);
    assert!(weights[0].weight > 0.6, "{weights:?}");
}

#[test]
fn levels_of_activity_get_weights_of_their_own() {
    let data = long_tail(120, 60, 14, 4);
    let how = WeightSource::Learned(Validation::default().with_levels(3));
    let model = fit(of(&[(als(), 1.0), (item_knn(), 1.0)]).with_weights(how), &data);
    let levels = &model.config().levels;
    assert!((1..=2).contains(&levels.len()), "{levels:?}");
    assert!(levels.windows(2).all(|pair| pair[0].from < pair[1].from));
}

#[test]
fn data_in_which_nobody_likes_two_things_keeps_the_configured_weights() {
    let data = crate::testing::fixtures::matrix(3, 3, (0..3).map(|at| (at, at, 1.0)));
    let config = of(&[(item_knn(), 3.0), (popularity(), 1.0)]);
    let model = fit(config.with_weights(WeightSource::Learned(Validation::default())), &data);
    assert!((model.config().members[0].weight - 3.0).abs() < 1e-6);
}

#[test]
fn the_same_seed_learns_the_same_weights_on_any_number_of_threads() {
    let data = Dataset::from(&long_tail(80, 60, 10, 9));
    let how = WeightSource::Learned(Validation::default());
    let config = of(&[(als(), 1.0), (item_knn(), 1.0), (popularity(), 0.1)]).with_weights(how);
    let learned = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let model = pool.install(|| Hybrid::new(config.clone()).unwrap().fit(&data).unwrap());
        model.config().clone()
    };
    assert_eq!(learned(1), learned(4));
}
