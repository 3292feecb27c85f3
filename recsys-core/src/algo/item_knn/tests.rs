//! The fast matrix against the formula, pair by pair in `f64`.

use proptest::prelude::*;

use super::{ItemKnn, ItemKnnConfig, Prune, Similarity, Weighting};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::ids::{IdMap, ItemIdx, UserIdx};

const N_ITEMS: usize = 12;

fn interactions(rows: &[Vec<f32>]) -> Interactions {
    let mut users = IdMap::<UserIdx>::new();
    let mut items = IdMap::<ItemIdx>::new();
    for id in 0..N_ITEMS {
        items.intern(id.to_string());
    }
    let (mut indptr, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for (user, row) in rows.iter().enumerate() {
        users.intern(user.to_string());
        for (item, &value) in (0_u32..).zip(row).filter(|(_, value)| **value != 0.0) {
            indices.push(item);
            values.push(value);
        }
        indptr.push(indices.len());
    }
    Interactions::from_csr(users, items, indptr, indices, values).expect("well formed")
}

/// Weighted positive values, dense, by the definitions.
fn weighted(rows: &[Vec<f32>], weighting: Weighting) -> Vec<Vec<f64>> {
    let positive = |value: f32| f64::from(value.max(0.0));
    let totals: Vec<f64> =
        (0..N_ITEMS).map(|item| rows.iter().map(|row| positive(row[item])).sum()).collect();
    let mean = totals.iter().sum::<f64>() / N_ITEMS as f64;
    let weigh = |row: &Vec<f32>| {
        let liked = row.iter().filter(|value| **value > 0.0).count();
        let rarity = (N_ITEMS as f64 / (1.0 + liked as f64)).ln();
        let one = |(item, &value): (usize, &f32)| {
            let value = positive(value);
            let weight = match weighting {
                Weighting::None => value,
                Weighting::TfIdf => value.sqrt() * rarity,
                Weighting::Bm25 { k1, b } => {
                    let (k1, b) = (f64::from(k1), f64::from(b));
                    value * (k1 + 1.0) / (k1 * (1.0 - b + b * totals[item] / mean) + value) * rarity
                }
            };
            if weight >= 1e-6 { weight } else { 0.0 }
        };
        row.iter().enumerate().map(one).collect()
    };
    rows.iter().map(weigh).collect()
}

/// `S`, dense and unpruned.
fn naive(rows: &[Vec<f32>], config: &ItemKnnConfig) -> Vec<Vec<f64>> {
    let rows = weighted(rows, config.weighting);
    let exponent = |mass: f64, exponent: f32| mass.powf(-f64::from(exponent));
    let mass = |item: usize| rows.iter().map(|row| row[item].powi(2)).sum::<f64>();
    let similarity = config.similarity;
    let pair = |source: usize, target: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in rows.iter().filter(|row| row[source] > 0.0 && row[target] > 0.0) {
            let user_mass: f64 = row.iter().map(|value| value.powi(2)).sum();
            sum += exponent(user_mass, similarity.user_exponent) * row[source] * row[target];
            count += 1.0;
        }
        if source == target || count < 0.5 {
            return 0.0;
        }
        exponent(mass(source), similarity.source_exponent)
            * sum.powf(f64::from(similarity.power))
            * exponent(mass(target), similarity.target_exponent)
            * count
            / (count + f64::from(config.shrinkage))
    };
    (0..N_ITEMS).map(|i| (0..N_ITEMS).map(|j| pair(i, j)).collect()).collect()
}

fn rows() -> impl Strategy<Value = Vec<Vec<f32>>> {
    let value = prop_oneof![
        4 => Just(0.0_f32), 3 => Just(1.0), 1 => Just(2.5), 1 => Just(-1.0),
    ];
    prop::collection::vec(prop::collection::vec(value, N_ITEMS), 1..25)
        .prop_filter("something is liked", |rows| rows.iter().flatten().any(|value| *value > 0.0))
}

fn config() -> impl Strategy<Value = ItemKnnConfig> {
    let similarity = prop_oneof![
        Just(Similarity::cosine()),
        Just(Similarity::rp3(0.4)),
        Just(Similarity::symmetric()),
        Just(Similarity::long_tail_source()),
        Just(Similarity::new(0.3, 1.2, 0.3, 0.7)),
    ];
    let weighting = prop_oneof![
        Just(Weighting::None),
        Just(Weighting::TfIdf),
        Just(Weighting::Bm25 { k1: 1.2, b: 0.75 }),
    ];
    let shrinkage = prop_oneof![Just(0.0_f32), Just(5.0)];
    (similarity, weighting, shrinkage).prop_map(|(similarity, weighting, shrinkage)| {
        ItemKnnConfig::default()
            .with_similarity(similarity)
            .with_weighting(weighting)
            .with_shrinkage(shrinkage)
    })
}

proptest! {
    #[test]
    fn unpruned_weights_are_those_of_the_formula(rows in rows(), config in config()) {
        let config = config.with_neighbors(None);
        let expected = naive(&rows, &config);
        let model = ItemKnn::new(config).unwrap().fit(interactions(&rows)).unwrap();
        for (source, expected) in expected.iter().enumerate() {
            let mut found = [0.0; N_ITEMS];
            let (items, weights) = model.neighbors().row(source);
            for (&item, &weight) in items.iter().zip(weights) {
                found[item as usize] = f64::from(weight);
            }
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!((found - expected).abs() <= 1e-5 * expected.abs() + 1e-12);
            }
        }
    }

    /// Pruning keeps the largest weights of its side and changes none.
    #[test]
    fn pruning_keeps_the_strongest(rows in rows(), config in config(), keep in 1_u32..6) {
        let data = interactions(&rows);
        let fit = |config: ItemKnnConfig| ItemKnn::new(config).unwrap().fit(&data).unwrap();
        for prune in [Prune::Source, Prune::Target] {
            let config = config.clone().with_prune(prune);
            let side = |model: &super::ItemKnnModel| match prune {
                Prune::Source => model.neighbors().clone(),
                Prune::Target => model.neighbors().transposed(data.n_items()),
            };
            let all = side(&fit(config.clone().with_neighbors(None)));
            let kept = side(&fit(config.with_neighbors(Some(keep))));
            for item in 0..N_ITEMS {
                let (items, weights) = all.row(item);
                let mut expected: Vec<(u32, f32)> =
                    items.iter().copied().zip(weights.iter().copied()).collect();
                expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                expected.truncate(keep as usize);
                let (items, weights) = kept.row(item);
                prop_assert_eq!(items.len(), expected.len());
                // Weights within rounding of each other may change places.
                let weakest = expected.last().map_or(0.0, |last| last.1);
                prop_assert!(weights.iter().all(|&weight| weight >= weakest * (1.0 - 1e-6)));
            }
        }
    }
}
