//! The fast lists against the formula, user by user in `f64`.

use proptest::prelude::*;

use super::{UserKnn, UserKnnConfig, UserKnnModel, UserSimilarity};
use crate::data::{History, Interactions};
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{FoldIn, Model, ModelExt, Scorer, SimilarItems};
use crate::query::{Candidates, Request};
use crate::testing::fixtures::matrix;
use crate::testing::strategies::interactions;

fn fit(config: UserKnnConfig, data: &Interactions) -> UserKnnModel {
    UserKnn::new(config).unwrap().fit(data).unwrap()
}

fn scores(model: &UserKnnModel, scorer: &dyn Scorer) -> Vec<f64> {
    let mut out = vec![0.0; model.interactions().n_items()];
    scorer.score_into(Candidates::All, &mut out);
    out.into_iter().map(f64::from).collect()
}

/// The matrix, dense.
fn dense(data: &Interactions) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; data.n_items()]; data.n_users()];
    for (user, _) in data.users().iter() {
        for (item, value) in data.user(user).iter() {
            rows[user.index()][item.index()] = f64::from(value);
        }
    }
    rows
}

/// All neighbours of a history with their weights, the strongest first, by the definition.
fn neighbors(rows: &[Vec<f64>], own: &[f64], config: &UserKnnConfig) -> Vec<(usize, f64)> {
    let similarity = config.similarity;
    let mass = |values: &mut dyn Iterator<Item = f64>| -> f64 {
        values.map(|value| value.max(0.0).powi(2)).sum()
    };
    let item_mass = |item: usize| mass(&mut rows.iter().map(|row| row[item]));
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (user, row) in rows.iter().enumerate() {
        let likes = row.iter().filter(|value| **value > 0.0).count();
        let news = row.iter().zip(own).any(|(theirs, own)| *theirs > 0.0 && *own <= 0.0);
        let common = (0..own.len()).filter(|&item| row[item] > 0.0 && own[item] > 0.0);
        let sum: f64 = common
            .map(|item| {
                let damping = item_mass(item).powf(-f64::from(similarity.item_exponent));
                row[item] * own[item] * damping
            })
            .sum();
        if likes >= config.min_interactions as usize && news && sum > 0.0 {
            let damping = mass(&mut row.iter().copied());
            let damping = damping.powf(-f64::from(similarity.neighbor_exponent));
            found.push((user, sum.powf(f64::from(similarity.power)) * damping));
        }
    }
    found.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    found
}

/// By item the score, and what its terms add up to without their signs.
fn naive_scores(rows: &[Vec<f64>], own: &[f64], config: &UserKnnConfig) -> Vec<(f64, f64)> {
    let neighbors = neighbors(rows, own, config);
    let score = |item: usize| {
        let mass: f64 = rows.iter().map(|row| row[item].max(0.0).powi(2)).sum();
        let terms = neighbors.iter().map(|&(user, weight)| weight * rows[user][item]);
        let exponent = -f64::from(config.similarity.target_exponent);
        let factor = if mass > 0.0 { mass.powf(exponent) } else { 1.0 };
        (terms.clone().sum::<f64>() * factor, terms.map(f64::abs).sum::<f64>() * factor)
    };
    (0..own.len()).map(score).collect()
}

fn config() -> impl Strategy<Value = UserKnnConfig> {
    let similarity = prop_oneof![
        Just(UserSimilarity::cosine()),
        Just(UserSimilarity::long_tail()),
        Just(UserKnnConfig::default().similarity),
        Just(UserSimilarity::new(0.2, 1.3, 0.6, 2.0)),
    ];
    (similarity, 1_u32..4).prop_map(|(similarity, least)| {
        UserKnnConfig::default().with_similarity(similarity).with_min_interactions(least)
    })
}

proptest! {
    #[test]
    fn scores_of_all_neighbors_are_those_of_the_formula(data in interactions(), config in config()) {
        let config = config.with_neighbors(None);
        let rows = dense(&data);
        let model = fit(config.clone(), &data);
        for (user, _) in data.users().iter() {
            let expected = naive_scores(&rows, &rows[user.index()], &config);
            let found = scores(&model, &*model.scorer(user).unwrap());
            for (found, (expected, size)) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() <= 1e-4 * size + 1e-9);
            }
        }
    }

    /// Pruning takes the strongest: the total weight is that of the best ones of the formula.
    #[test]
    fn the_strongest_neighbors_speak(data in interactions(), config in config(), keep in 1_u32..5) {
        let rows = dense(&data);
        let model = fit(config.clone().with_neighbors(Some(keep)), &data);
        for (user, _) in data.users().iter() {
            let history = History::from_row(data.user(user));
            let scorer = super::scorer::UserKnnScorer::new(&model, history, Some(keep));
            let mut expected = neighbors(&rows, &rows[user.index()], &config);
            expected.truncate(keep as usize);
            let expected: f64 = expected.iter().map(|near| near.1).sum();
            let found: f64 = scorer.weights().iter().copied().map(f64::from).sum();
            prop_assert!((found - expected).abs() <= 1e-4 * expected);
        }
    }
}

#[test]
fn people_with_few_likes_are_nobodys_neighbors() {
    let data = matrix(
        3,
        4,
        [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 0, 1.0), (2, 2, 1.0), (2, 3, 1.0)],
    );
    let first = |least| {
        let model = fit(UserKnnConfig::default().with_min_interactions(least), &data);
        let found = scores(&model, &*model.scorer(UserIdx::new(0)).unwrap());
        (found[1] > 0.0, found[2] > 0.0)
    };
    assert_eq!(first(2), (true, true));
    assert_eq!(first(3), (false, true));
    assert_eq!(first(4), (false, false));
}

#[test]
fn a_user_is_no_neighbor_of_their_own_grown_history() {
    let entries = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0)];
    let data = matrix(2, 4, entries);
    let model = fit(UserKnnConfig::default().with_min_interactions(1), &data);
    let grown = History::new([0, 1, 3].map(|item| (ItemIdx::new(item), 1.0)).to_vec());
    let found = scores(&model, &*model.fold_in(&grown).unwrap());
    assert!(found[2] > 0.0 && found[0] > 0.0, "user 1 speaks");
    assert!(found[1].abs() < 1e-12, "user 0 likes nothing that the history lacks");
}

#[test]
fn a_neighbors_dislike_counts_against_the_item() {
    let entries = [(0, 0, 1.0), (1, 0, 1.0), (1, 1, -1.0), (1, 2, 1.0), (2, 0, 1.0), (2, 2, 1.0)];
    let model = fit(UserKnnConfig::default().with_min_interactions(1), &matrix(3, 3, entries));
    let found = scores(&model, &*model.scorer(UserIdx::new(0)).unwrap());
    assert!(found[1] < 0.0 && found[2] > 0.0);
}

#[test]
fn only_items_that_share_a_user_are_similar() {
    let entries = [(0, 0, 1.0), (0, 1, 1.0), (1, 2, 1.0), (1, 3, 1.0)];
    let model = fit(UserKnnConfig::default().with_min_interactions(1), &matrix(2, 4, entries));
    let list = model.similar_items(ItemIdx::new(2), &Request::top(4)).unwrap();
    assert_eq!(list.iter().map(|hit| hit.item.get()).collect::<Vec<_>>(), [3]);
    assert_eq!(model.recommend(UserIdx::new(1), &Request::top(4)).unwrap().len(), 4);
}
