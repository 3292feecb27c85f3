//! Every metric against a calculation by hand, and laws that hold for all lists.

use proptest::prelude::*;

use super::*;
use crate::data::ItemFeatures;
use crate::ids::ItemIdx;
use crate::query::ScoredItem;
use crate::testing::fixtures::{items, matrix};

fn list(items: &[u32]) -> Vec<ScoredItem> {
    items.iter().map(|&item| ScoredItem { item: ItemIdx::new(item), score: 0.0 }).collect()
}

fn hits(listed: &[u32], relevant: &[u32]) -> Hits {
    Hits::of(&list(listed), &items(relevant))
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-12
}

/// Hits at ranks 2 and 4 of a list of 5, with 3 relevant items.
fn example() -> Hits {
    hits(&[9, 1, 8, 2, 7], &[1, 2, 3])
}

#[test]
fn precision_divides_by_the_length_or_by_what_is_listed() {
    let (lightgcn, lenskit) = (Conventions::lightgcn(), Conventions::lenskit());
    assert!(close(example().precision(4, &lightgcn), 2.0 / 4.0));
    assert!(close(example().precision(10, &lightgcn), 2.0 / 10.0));
    assert!(close(example().precision(10, &lenskit), 2.0 / 5.0));
}

#[test]
fn recall_divides_by_the_relevant_or_by_what_is_achievable() {
    assert!(close(example().recall(2, &Conventions::lightgcn()), 1.0 / 3.0));
    assert!(close(example().recall(2, &Conventions::liang()), 1.0 / 2.0));
    assert!(close(example().recall(5, &Conventions::liang()), 2.0 / 3.0));
}

#[test]
fn f_weighs_recall_by_beta() {
    let mut how = Conventions::lightgcn();
    // Precision 1/2, recall 2/3.
    assert!(close(example().f_beta(4, &how), 2.0 * (1.0 / 3.0) / (7.0 / 6.0)));
    how.beta = 2.0;
    assert!(close(example().f_beta(4, &how), 5.0 * (1.0 / 3.0) / (4.0 * 0.5 + 2.0 / 3.0)));
    assert!(close(example().f_beta(1, &how), 0.0));
}

#[test]
fn ndcg_knows_two_ideals_and_two_discounts() {
    let gained = 1.0 / 3_f64.log2() + 1.0 / 5_f64.log2();
    let of_three = 1.0 + 1.0 / 3_f64.log2() + 0.5;
    let of_four = of_three + 1.0 / 5_f64.log2();
    assert!(close(example().ndcg(4, &Conventions::lightgcn()), gained / of_three));
    assert!(close(example().ndcg(4, &Conventions::rectools()), gained / of_four));
    let (gained, ideal) = (1.0 + 0.5, 1.0 + 1.0 + 1.0 / 3_f64.log2());
    assert!(close(example().ndcg(4, &Conventions::lenskit()), gained / ideal));
}

#[test]
fn figures_of_the_example_are_those_that_lenskit_gives() {
    // Version 2025.8.1, for lists cut at 2, 4 and 10: NDCG, recall, precision.
    let expected = [
        (2, [0.5, 0.5, 0.5]),
        (4, [0.570_140_650_073_901_5, 2.0 / 3.0, 0.5]),
        (10, [0.570_140_650_073_901_5, 2.0 / 3.0, 0.4]),
    ];
    let how = Conventions::lenskit();
    for (k, [ndcg, recall, precision]) in expected {
        let found = example();
        assert!(close(found.ndcg(k, &how), ndcg) && close(found.recall(k, &how), recall), "{k}");
        assert!(close(found.precision(k, &how), precision), "{k}");
    }
}

#[test]
fn average_precision_knows_four_denominators() {
    let sum = 1.0 / 2.0 + 2.0 / 4.0;
    let with =
        |map, k| example().average_precision(k, &Conventions { map, ..Conventions::default() });
    assert!(close(with(MapDenominator::Relevant, 4), sum / 3.0));
    assert!(close(with(MapDenominator::Length, 4), sum / 4.0));
    assert!(close(with(MapDenominator::Achievable, 2), 0.5 / 2.0));
    assert!(close(with(MapDenominator::Listed, 2), 0.5 / 2.0));
    let short = hits(&[1], &[1, 2, 3]);
    let listed = Conventions::lenskit();
    assert!(close(short.average_precision(10, &listed), 1.0), "the list has one item");
}

#[test]
fn the_first_hit_decides_reciprocal_rank_and_hit_rate() {
    assert!(close(example().reciprocal_rank(4), 0.5) && close(example().hit_rate(4), 1.0));
    assert!(close(example().reciprocal_rank(1), 0.0) && close(example().hit_rate(1), 0.0));
    assert!(close(example().r_precision(20), 1.0 / 3.0));
    assert!(close(example().r_precision(2), 1.0 / 2.0), "a list cannot show more than it is long");
}

#[test]
fn novelty_popularity_and_serendipity_look_at_who_knows_an_item() {
    // Item 0 has four users, item 1 two, item 2 one, item 3 none.
    let known = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (0, 2)];
    let train = matrix(5, 4, known.map(|(user, item)| (user, item, 1.0)));
    let popularities = Popularities::of(&train);
    let novelty = popularities.novelty(&list(&[0, 1, 2, 3])).unwrap();
    assert!(close(novelty, (0.0 + 1.0 + 2.0 + 2.0) / 4.0), "the fifth user did nothing");
    assert!(close(popularities.popularity(&list(&[0, 2])).unwrap(), 2.5));
    assert!(popularities.novelty(&[]).is_none());
    // Item 2 stands at rank 1 and by popularity at 3: (3 - 1) / 4. Item 0 is a hit below its rank.
    let serendipity = popularities.serendipity(&list(&[2, 0]), &items(&[0, 2])).unwrap();
    assert!(close(serendipity, 0.5 / 2.0));
}

#[test]
fn exposure_counts_items_that_are_never_listed() {
    let lists = [list(&[0, 1]), list(&[0, 2]), list(&[])];
    let exposure = Exposure::of(lists.iter().map(Vec::as_slice), 2, 4);
    assert!(close(exposure.coverage(), 0.75));
    // Counts 0 1 1 2: (-3·0 - 1·1 + 1·1 + 3·2) / (4 · 4).
    assert!(close(exposure.gini(), 6.0 / 16.0));
    assert!(close(exposure.entropy(), 0.5 + 0.5 + 0.5));
    let first = Exposure::of(lists.iter().map(Vec::as_slice), 1, 4);
    assert!(
        close(first.coverage(), 0.25) && close(first.gini(), 0.75) && close(first.entropy(), 0.0)
    );
}

#[test]
fn distances_are_of_categories_users_or_vectors() {
    let of = |categories: &[&str]| {
        categories.iter().fold(ItemFeatures::default(), |item, name| item.with_category(*name))
    };
    let distance = ItemDistance::by_categories(&[of(&["a", "b"]), of(&["b", "c"]), of(&[])]);
    let between = |distance: &ItemDistance, left, right| {
        distance.between(ItemIdx::new(left), ItemIdx::new(right))
    };
    assert!(close(between(&distance, 0, 1), 1.0 - 1.0 / 3.0));
    assert!(close(between(&distance, 0, 2), 1.0) && close(between(&distance, 2, 2), 1.0));
    assert!(close(distance.within(&list(&[0, 1, 2])).unwrap(), (2.0 / 3.0 + 1.0 + 1.0) / 3.0));
    assert!(distance.within(&list(&[0])).is_none());

    let train = matrix(3, 3, [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0)]);
    let distance = ItemDistance::by_users(&train);
    assert!(close(between(&distance, 0, 1), 1.0 - 1.0 / 2_f64.sqrt()));
    assert!(close(between(&distance, 0, 2), 1.0));

    let distance = ItemDistance::by_vectors(vec![1.0, 0.0, 0.0, 2.0, -3.0, 0.0], 2);
    assert!(close(between(&distance, 0, 1), 0.5) && close(between(&distance, 0, 2), 1.0));
}

#[test]
fn names_are_read_back_and_wrong_ones_explained() {
    for &kind in MetricKind::ALL {
        let metric = Metric::new(kind, 7).unwrap();
        assert_eq!(metric.to_string().parse(), Ok(metric));
    }
    let refused = |text: &str| text.parse::<Metric>().unwrap_err().to_string();
    assert!(refused("ndgc@10").contains("known are auc"));
    assert!(refused("ndcg").contains("ndcg@10"));
    assert!(refused("auc@10").contains("no length"));
    assert!(refused("ndcg@0").contains("1 to 100000"));
}

#[test]
fn conventions_are_a_name_or_a_table() {
    let read = |text: &str| serde_json::from_str::<Conventions>(text);
    assert_eq!(read("\"lenskit\"").unwrap(), Conventions::lenskit());
    assert_eq!(read(r#"{"recall": "achievable"}"#).unwrap(), Conventions::liang());
    assert!(read("\"astrology\"").unwrap_err().to_string().contains("lightgcn, liang"));
    let written = serde_json::to_string(&Conventions::rectools()).unwrap();
    assert_eq!(read(&written).unwrap(), Conventions::rectools());
}

fn rankings() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let order = Just((0..12_u32).collect::<Vec<_>>()).prop_shuffle();
    let relevant = prop::collection::btree_set(0..12_u32, 1..8);
    (order, 0..13_usize, relevant).prop_map(|(order, length, relevant)| {
        (order[..length].to_vec(), relevant.into_iter().collect())
    })
}

proptest! {
    #[test]
    fn every_metric_of_a_list_is_between_zero_and_one(
        (listed, relevant) in rankings(), k in 1..15_usize, preset in 0..4_usize,
    ) {
        let how = Conventions::named(["lightgcn", "liang", "rectools", "lenskit"][preset]).unwrap();
        let hits = hits(&listed, &relevant);
        let values = [
            hits.precision(k, &how), hits.recall(k, &how), hits.f_beta(k, &how), hits.hit_rate(k),
            hits.average_precision(k, &how), hits.reciprocal_rank(k), hits.ndcg(k, &how),
            hits.r_precision(k),
        ];
        for value in values {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{:?}", values);
        }
    }

    #[test]
    fn a_better_place_for_a_relevant_item_is_never_worse(
        (listed, relevant) in rankings(), k in 1..15_usize,
    ) {
        let how = Conventions::lightgcn();
        let wanted = |item: &u32| relevant.contains(item);
        let before = hits(&listed, &relevant);
        for at in 1..listed.len() {
            if wanted(&listed[at]) && !wanted(&listed[at - 1]) {
                let mut better = listed.clone();
                better.swap(at - 1, at);
                let after = hits(&better, &relevant);
                prop_assert!(after.ndcg(k, &how) >= before.ndcg(k, &how) - 1e-12);
                prop_assert!(after.average_precision(k, &how) >= before.average_precision(k, &how) - 1e-12);
                prop_assert!(after.recall(k, &how) >= before.recall(k, &how));
            }
        }
    }

    #[test]
    fn gini_is_the_mean_difference_of_all_pairs(counts in prop::collection::vec(0..6_u32, 1..9)) {
        let lists: Vec<Vec<ScoredItem>> = (0..).zip(&counts)
            .flat_map(|(item, &count)| (0..count).map(move |_| list(&[item]))).collect();
        prop_assume!(!lists.is_empty());
        let exposure = Exposure::of(lists.iter().map(Vec::as_slice), 1, counts.len());
        let n = counts.len() as f64;
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        let differences: f64 = counts.iter()
            .flat_map(|&left| counts.iter().map(move |&right| f64::from(left.abs_diff(right)))).sum();
        prop_assert!(close(exposure.gini(), differences / (2.0 * n * total)));
    }
}
