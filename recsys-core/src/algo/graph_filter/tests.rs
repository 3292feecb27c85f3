//! Scores against the formula, written out densely in `f64`.

use super::{Balance, GraphFilter, GraphFilterConfig};
use crate::algo::item_knn::{ItemKnnConfig, Similarity};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::ids::UserIdx;
use crate::linalg::eigen::decompose;
use crate::model::Model;
use crate::query::Candidates;
use crate::testing::fixtures::{long_tail, matrix};

const FACTORS: usize = 5;

/// Likes of one value, so that masses are degrees.
fn likes() -> Interactions {
    let data = long_tail(50, 30, 7, 21);
    let users = data.users().iter();
    let liked = users.flat_map(|(user, _)| {
        let items = data.user(user).indices().iter();
        items.map(move |&item| (user.get(), item, 1.0))
    });
    matrix(50, 30, liked.collect::<Vec<_>>())
}

/// `r_u D^-β [P - diag + a V Vᵀ] D^β` for every user.
fn slowly(data: &Interactions, exponent: f64, weight: f64) -> Vec<Vec<f64>> {
    let n_items = data.n_items();
    let mut dense = vec![vec![0.0_f64; n_items]; data.n_users()];
    for (user, row) in (0..).map(UserIdx::new).zip(&mut dense) {
        for (item, _) in data.user(user).iter() {
            row[item.index()] = 1.0;
        }
    }
    let degree: Vec<f64> =
        (0..n_items).map(|item| dense.iter().map(|row| row[item]).sum::<f64>()).collect();
    let mut walk = vec![0.0; n_items * n_items];
    for row in &dense {
        let of_user: f64 = row.iter().sum();
        for left in 0..n_items {
            for right in 0..n_items {
                if row[left] * row[right] > 0.0 {
                    walk[left * n_items + right] +=
                        1.0 / (of_user * (degree[left] * degree[right]).sqrt());
                }
            }
        }
    }
    let vectors = decompose(&walk, n_items).vectors;
    let pair = |left: usize, right: usize| {
        let linear = if left == right { 0.0 } else { walk[left * n_items + right] };
        let low_rank: f64 =
            (0..FACTORS).map(|k| vectors[left * n_items + k] * vectors[right * n_items + k]).sum();
        let shift = (degree[right].max(1.0) / degree[left].max(1.0)).powf(exponent);
        shift * (linear + weight * low_rank)
    };
    let score = |row: &[f64], item: usize| -> f64 {
        (0..n_items).map(|other| row[other] * pair(other, item)).sum()
    };
    dense.iter().map(|row| (0..n_items).map(|item| score(row, item)).collect()).collect()
}

fn scores(model: &dyn Model, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.interactions().n_items()];
    model.scorer(UserIdx::new(user)).unwrap().score_into(Candidates::All, &mut scores);
    scores
}

fn whole(similarity: Similarity) -> ItemKnnConfig {
    ItemKnnConfig::default().with_neighbors(None).with_shrinkage(0.0).with_similarity(similarity)
}

#[test]
fn scores_are_those_of_the_filter() {
    let data = likes();
    for (similarity, exponent) in
        [(Similarity::symmetric(), 0.0), (Similarity::long_tail_source(), 0.4)]
    {
        let config = GraphFilterConfig::default()
            .with_linear(whole(similarity))
            .with_factors(u32::try_from(FACTORS).unwrap())
            .with_exponent(exponent)
            .with_weight(0.3, Balance::Absolute)
            .with_rounds(30);
        let model = GraphFilter::new(config).unwrap().fit(&data).unwrap();
        for (user, expected) in (0..).zip(slowly(&data, f64::from(exponent), 0.3)) {
            for (found, expected) in scores(&model, user).iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        }
    }
}

#[test]
fn with_a_relative_weight_both_terms_vary_alike() {
    let data = likes();
    let config = GraphFilterConfig::default().with_factors(4).with_weight(1.0, Balance::Relative);
    let model = GraphFilter::new(config).unwrap().fit(&data).unwrap();
    let deviation = |scores: &[f32]| {
        let mean = scores.iter().sum::<f32>() / scores.len() as f32;
        scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>().sqrt()
    };
    let (mut whole, mut linear, mut low_rank) = (0.0, 0.0, 0.0);
    for user in 0..50 {
        let both = scores(&model, user);
        let first = scores(model.linear(), user);
        let rest: Vec<f32> = both.iter().zip(&first).map(|(both, first)| both - first).collect();
        whole += deviation(&both);
        linear += deviation(&first);
        low_rank += deviation(&rest);
    }
    assert!((linear / low_rank - 1.0).abs() < 1e-3, "{linear} against {low_rank}");
    assert!(whole > linear);
}
