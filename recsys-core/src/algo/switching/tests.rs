//! Which member answers.

use super::*;
use crate::algo::AlgorithmConfig;
use crate::algo::als::AlsConfig;
use crate::data::History;
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Blend, Model, ModelKind};
use crate::testing::fixtures::{long_tail, matrix};

fn model(data: &crate::data::Interactions) -> SwitchingModel {
    let als = AlgorithmConfig::Als(AlsConfig::default().with_factors(4));
    let config =
        SwitchingConfig::default().with_min_interactions_for_cf(3).with_factorization(Some(als));
    Switching::new(config).unwrap().fit(data).unwrap()
}

/// The algorithm that the explanation of the best item names.
fn answers(model: &SwitchingModel, likes: u32) -> ModelKind {
    let history: History = (0..likes).map(|item| (ItemIdx::new(item), 1.0)).collect();
    let scorer = model.as_fold_in().unwrap().fold_in(&history).unwrap();
    scorer.explain(ItemIdx::new(4), 1).contributions[0].algorithm
}

#[test]
fn factors_answer_for_a_few_likes_and_neighbours_from_the_threshold_on() {
    let model = model(&long_tail(40, 20, 8, 2));
    assert_eq!(answers(&model, 1), ModelKind::Als);
    assert_eq!(answers(&model, 2), ModelKind::Als);
    assert_eq!(answers(&model, 3), ModelKind::ItemKnn);
}

#[test]
fn a_user_without_likes_gets_the_popular() {
    let data = matrix(3, 4, [(0, 1, 1.0), (0, 2, 1.0), (1, 1, 1.0)]);
    let model = model(&data);
    let scorer = model.scorer(UserIdx::new(2)).unwrap();
    let explanation = scorer.explain(ItemIdx::new(1), 1);
    assert_eq!(explanation.contributions[0].algorithm, ModelKind::Popularity);
}

#[test]
fn a_member_that_cannot_tell_items_apart_is_passed_over() {
    // Nobody shares the liked item, so it has no neighbours; factors still say something.
    let others = (1..9).flat_map(|user| [(user, 3, 1.0), (user, 4, 1.0)]);
    let data = matrix(9, 6, others.chain([(0, 5, 1.0)]).collect::<Vec<_>>());
    let config = SwitchingConfig::default().with_min_interactions_for_cf(1);
    let model = Switching::new(config).unwrap().fit(&data).unwrap();
    let history: History = [(ItemIdx::new(5), 1.0)].into_iter().collect();
    let scorer = model.as_fold_in().unwrap().fold_in(&history).unwrap();
    let known = scorer.explain(ItemIdx::new(5), 1).contributions[0].algorithm;
    assert_eq!(known, ModelKind::Als);
}

#[test]
fn the_member_that_answers_has_all_the_weight() {
    let model = model(&long_tail(40, 20, 8, 2));
    for (positives, kind) in
        [(0, ModelKind::Popularity), (2, ModelKind::Als), (3, ModelKind::ItemKnn)]
    {
        let weights = model.member_weights(positives);
        let chosen: Vec<ModelKind> =
            weights.iter().filter(|part| part.weight > 0.5).map(|part| part.algorithm).collect();
        assert_eq!(chosen, [kind]);
    }
}
