//! Predictions against the definition, pair by pair.

use proptest::prelude::*;

use crate::algo::item_knn::{ItemKnn, ItemKnnConfig};
use crate::algo::user_knn::{UserKnn, UserKnnConfig};
use crate::data::Interactions;
use crate::fit::EstimatorExt;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::Model;
use crate::query::{Candidates, ItemSet};
use crate::testing::fixtures::matrix;

const USERS: u32 = 9;
const ITEMS: u32 = 8;

/// Half stars, like most ratings.
fn ratings() -> impl Strategy<Value = Interactions> {
    let entry = (0..USERS, 0..ITEMS, 1_u8..=10);
    prop::collection::vec(entry, 1..50).prop_map(|mut entries| {
        entries.sort_by_key(|entry| (entry.0, entry.1));
        entries.dedup_by_key(|entry| (entry.0, entry.1));
        let halves = |(user, item, halves)| (user, item, f32::from(halves) / 2.0);
        matrix(USERS, ITEMS, entries.into_iter().map(halves))
    })
}

/// `table[row][column]`, a rating or nothing.
type Table = Vec<Vec<Option<f64>>>;

fn table(data: &Interactions) -> Table {
    let mut table = vec![vec![None; data.n_items()]; data.n_users()];
    for (user, _) in data.users().iter() {
        for (item, value) in data.user(user).iter() {
            table[user.index()][item.index()] = Some(f64::from(value));
        }
    }
    table
}

fn transposed(table: &Table) -> Table {
    (0..table[0].len()).map(|column| table.iter().map(|row| row[column]).collect()).collect()
}

/// The definition, with the same roundings, so that ties are ties in both: `row` rates `column` as the rows do that are like it.
fn predict(table: &Table, row: usize, column: usize, keep: usize, shrinkage: f64) -> f64 {
    let all: Vec<f64> = table.iter().flatten().filter_map(|value| *value).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let row_mean = |row: usize| {
        let known: Vec<f64> = table[row].iter().filter_map(|value| *value).collect();
        (!known.is_empty()).then(|| mean(&known))
    };
    let scale = |value: f64| {
        let lowest = all.iter().copied().fold(f64::INFINITY, f64::min);
        value.clamp(lowest, all.iter().copied().fold(0.0, f64::max))
    };
    let raters = (0..table.len()).filter(|&other| table[other][column].is_some());
    let Some(own_mean) = row_mean(row) else { return mean(&all) };
    if raters.clone().next().is_none() {
        return mean(&all);
    }
    let mut near: Vec<(f64, f64)> = raters
        .filter_map(|other| {
            let common = table[row].iter().zip(&table[other]);
            let common: Vec<(f64, f64)> =
                common.filter_map(|(x, y)| Some(((*x)?, (*y)?))).collect();
            let sum = |of: fn(&(f64, f64)) -> f64| common.iter().map(of).sum::<f64>();
            let count = common.len() as f64;
            let cosine = sum(|(x, y)| x * y) / (sum(|(x, _)| x * x) * sum(|(_, y)| y * y)).sqrt();
            let deviation = table[other][column]? - row_mean(other)?;
            (count > 0.0).then(|| (cosine * (count / (count + shrinkage)), deviation))
        })
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    near.truncate(keep);
    let total: f64 = near.iter().map(|near| near.0).sum();
    let sum: f64 = near.iter().map(|near| near.0 * near.1).sum();
    scale(own_mean + if total > 0.0 { sum / total } else { 0.0 })
}

fn close(found: f32, expected: f64) -> bool {
    (f64::from(found) - expected).abs() < 1e-5
}

proptest! {
    #[test]
    fn users_predict_what_the_definition_says(data in ratings(), keep in 1_u32..6) {
        let config = UserKnnConfig::ratings().with_neighbors(Some(keep));
        let model = UserKnn::new(config).unwrap().fit(&data).unwrap();
        let (table, ratings) = (table(&data), model.as_rating_prediction().unwrap());
        for (user, _) in data.users().iter() {
            for (item, _) in data.items().iter() {
                let found = ratings.predict(Some(user), Some(item));
                let expected = predict(&table, user.index(), item.index(), keep as usize, 0.0);
                prop_assert!(close(found, expected), "{found} is not {expected}");
            }
        }
    }

    /// However they are asked for: one at a time, a few, all.
    #[test]
    fn items_predict_what_the_definition_says(
        data in ratings(),
        keep in 1_u32..6,
        shrinkage in prop_oneof![Just(0.0_f32), Just(3.0)],
    ) {
        let config = ItemKnnConfig::ratings().with_neighbors(Some(keep)).with_shrinkage(shrinkage);
        let model = ItemKnn::new(config).unwrap().fit(&data).unwrap();
        let table = transposed(&table(&data));
        let ratings = model.as_rating_prediction().unwrap();
        let (lowest, highest) = ratings.scale();
        let few = ItemSet::new(vec![ItemIdx::new(1), ItemIdx::new(5)], ITEMS as usize).unwrap();
        for (user, _) in data.users().iter() {
            let scorer = model.scorer(user).unwrap();
            let (mut all, mut two) = (vec![0.0; ITEMS as usize], [0.0; 2]);
            scorer.score_into(Candidates::All, &mut all);
            scorer.score_into(Candidates::Only(&few), &mut two);
            prop_assert!(close(two[0], f64::from(all[1])) && close(two[1], f64::from(all[5])));
            for (item, _) in data.items().iter() {
                let found = ratings.predict(Some(user), Some(item));
                let expected =
                    predict(&table, item.index(), user.index(), keep as usize, f64::from(shrinkage));
                prop_assert!(close(found, expected), "{found} is not {expected}");
                if !data.user(user).is_empty() && !data.item(item).is_empty() {
                    prop_assert!(close(found, f64::from(all[item.index()].clamp(lowest, highest))));
                }
            }
        }
    }
}

#[test]
fn a_stranger_gets_the_mean_of_all() {
    let data = matrix(2, 2, [(0, 0, 5.0), (1, 0, 1.0), (1, 1, 3.0)]);
    let model = UserKnn::new(UserKnnConfig::ratings()).unwrap().fit(&data).unwrap();
    let ratings = model.as_rating_prediction().unwrap();
    assert_eq!(ratings.scale(), (1.0, 5.0));
    for pair in [(None, None), (None, Some(ItemIdx::new(0))), (Some(UserIdx::new(1)), None)] {
        assert!(close(ratings.predict(pair.0, pair.1), 3.0));
    }
}
