//! Scores against the definition, with singular vectors from a dense eigendecomposition.

use super::{TruncatedSvd, TruncatedSvdConfig};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::ids::UserIdx;
use crate::linalg::eigen::decompose;
use crate::model::Model;
use crate::query::Candidates;
use crate::testing::fixtures::long_tail;

/// `R V Vᵀ` with `V` from the eigenvectors of `RᵀR`, all in `f64`.
fn slowly(data: &Interactions, rank: usize) -> Vec<Vec<f64>> {
    let n_items = data.n_items();
    let dense: Vec<Vec<f64>> = data
        .users()
        .iter()
        .map(|(user, _)| {
            let mut row = vec![0.0; n_items];
            for (item, value) in data.user(user).iter() {
                row[item.index()] = f64::from(value);
            }
            row
        })
        .collect();
    let mut gram = vec![0.0; n_items * n_items];
    for row in &dense {
        for left in 0..n_items {
            for right in 0..n_items {
                gram[left * n_items + right] += row[left] * row[right];
            }
        }
    }
    let vectors = decompose(&gram, n_items).vectors;
    let projection = |left: usize, right: usize| -> f64 {
        (0..rank).map(|k| vectors[left * n_items + k] * vectors[right * n_items + k]).sum()
    };
    let score = |row: &Vec<f64>, item| {
        row.iter().enumerate().map(|(other, value)| value * projection(other, item)).sum()
    };
    dense.iter().map(|row| (0..n_items).map(|item| score(row, item)).collect()).collect()
}

#[test]
fn scores_are_the_projection_on_the_leading_singular_vectors() {
    let data = long_tail(60, 40, 8, 11);
    let config = TruncatedSvdConfig::default().with_factors(6).with_rounds(30);
    let model = TruncatedSvd::new(config).unwrap().fit(&data).unwrap();
    for (user, expected) in slowly(&data, 6).iter().enumerate() {
        let mut found = vec![0.0; data.n_items()];
        let user = UserIdx::new(u32::try_from(user).unwrap());
        model.scorer(user).unwrap().score_into(Candidates::All, &mut found);
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-3, "{found} is not {expected}");
        }
    }
}

#[test]
fn little_data_keeps_a_quarter_of_its_directions() {
    let model = TruncatedSvd::new(TruncatedSvdConfig::default()).unwrap();
    let model = model.fit(long_tail(30, 20, 6, 1)).unwrap();
    assert_eq!(model.as_item_vectors().unwrap().dimensions(), 5);
}
