//! The sparse way against dense vectors by the formula.

use proptest::prelude::*;

use super::{Content, ContentConfig, ContentModel};
use crate::codec::{decode_model, encode_model};
use crate::data::{Dataset, History, ItemFeatures};
use crate::features::{TfIdf, TfIdfConfig};
use crate::fit::{EstimatorExt, FitError};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, Field, Model, ModelExt, Scorer};
use crate::query::{Candidates, ItemSet, Request};
use crate::testing::fixtures::{dataset, items, long_tail, matrix};

fn films() -> Vec<ItemFeatures> {
    let film = |text: &str, categories: &[&str], year: f64| {
        let film = ItemFeatures::text(text).with_number("year", year);
        categories.iter().fold(film, |film, &category| film.with_category(category))
    };
    vec![
        film("space battle", &["war", "science fiction"], 1977.0),
        film("space travel", &["science fiction"], 1968.0),
        film("battle of the navy", &["war"], 1941.0),
        film("a summer romance", &["romance"], 1995.0),
        ItemFeatures::default(),
        ItemFeatures::text("space"),
    ]
}

fn model(config: ContentConfig, entries: &[(u32, u32, f32)]) -> ContentModel {
    let data = Dataset::new(matrix(3, 6, entries.iter().copied())).with_features(films()).unwrap();
    Content::new(config).unwrap().fit(&data).unwrap()
}

fn scores(scorer: &dyn Scorer) -> Vec<f32> {
    let mut scores = vec![0.0; 6];
    scorer.score_into(Candidates::All, &mut scores);
    scores
}

/// The three blocks of each item, dense and each of length 1.
fn naive_blocks(features: &[ItemFeatures]) -> Vec<[Vec<f64>; 3]> {
    let unit = |block: Vec<f64>| {
        let length = block.iter().map(|value| value * value).sum::<f64>().sqrt();
        block.into_iter().map(|value| if length > 0.0 { value / length } else { 0.0 }).collect()
    };
    let texts: Vec<&str> = features.iter().map(|item| item.text.as_str()).collect();
    let (vectorizer, rows) = TfIdf::new(TfIdfConfig::default()).unwrap().fit(&texts);
    let mut names: Vec<&String> = features.iter().flat_map(|item| &item.categories).collect();
    names.sort();
    names.dedup();
    let years: Vec<f64> =
        features.iter().filter_map(|item| item.numbers.get("year")).copied().collect();
    let mean = years.iter().sum::<f64>() / years.len() as f64;
    let variance = years.iter().map(|year| (year - mean).powi(2)).sum::<f64>() / years.len() as f64;
    let of = |(at, item): (usize, &ItemFeatures)| {
        let mut text = vec![0.0; vectorizer.n_columns()];
        for (&column, &weight) in rows.row(at).0.iter().zip(rows.row(at).1) {
            text[column as usize] = f64::from(weight);
        }
        let has = |name: &&String| if item.categories.contains(name) { 1.0 } else { 0.0 };
        let year = item.numbers.get("year").map_or(0.0, |year| (year - mean) / variance.sqrt());
        [text, unit(names.iter().map(has).collect()), unit(vec![year])]
    };
    features.iter().enumerate().map(of).collect()
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// One vector for each item, dense.
fn naive_vectors(features: &[ItemFeatures], by_weight: bool) -> Vec<Vec<f64>> {
    let join = |blocks: [Vec<f64>; 3]| {
        let scaled = blocks.into_iter().zip([0.6_f64, 0.3, 0.1]).flat_map(|(block, weight)| {
            let scale = if by_weight { weight } else { weight.sqrt() };
            block.into_iter().map(move |value| value * scale)
        });
        let vector: Vec<f64> = scaled.collect();
        let length = dot(&vector, &vector).sqrt();
        vector.iter().map(|value| if length > 0.0 { value / length } else { 0.0 }).collect()
    };
    naive_blocks(features).into_iter().map(join).collect()
}

fn naive_scores(vectors: &[Vec<f64>], history: &[(u32, f32)]) -> Vec<f64> {
    let mut profile = vec![0.0; vectors[0].len()];
    for &(item, value) in history {
        for (sum, part) in profile.iter_mut().zip(&vectors[item as usize]) {
            *sum += f64::from(value) * part;
        }
    }
    let length = dot(&profile, &profile).sqrt();
    vectors
        .iter()
        .map(|item| if length > 0.0 { dot(item, &profile) / length } else { 0.0 })
        .collect()
}

proptest! {
    #[test]
    fn scores_are_the_cosines_of_the_formula(
        values in prop::collection::vec(prop_oneof![Just(0.0_f32), Just(2.0), Just(0.5), Just(-1.0)], 6),
        by_weight: bool,
    ) {
        let history: Vec<(u32, f32)> =
            (0..).zip(values).filter(|(_, value)| *value != 0.0).collect();
        prop_assume!(history.iter().any(|(_, value)| *value > 0.0));
        let entries: Vec<(u32, u32, f32)> =
            history.iter().map(|&(item, value)| (0, item, value)).collect();
        let model = model(ContentConfig::default().with_scale_by_weight(by_weight), &entries);
        let expected = naive_scores(&naive_vectors(&films(), by_weight), &history);
        let found = scores(&*model.scorer(UserIdx::new(0)).unwrap());
        for (found, expected) in found.iter().zip(expected) {
            prop_assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}

#[test]
fn the_cosine_of_items_is_the_weighted_mean_of_the_blocks() {
    let model = model(ContentConfig::default(), &[(0, 0, 1.0)]);
    let hits = crate::model::SimilarItems::similar_items(&model, ItemIdx::new(0), &Request::top(9));
    let blocks = naive_blocks(&films());
    for hit in hits.unwrap().iter().filter(|hit| hit.item.get() < 4) {
        let cosines =
            [0, 1, 2].map(|block| dot(&blocks[0][block], &blocks[hit.item.index()][block]));
        let expected = 0.6 * cosines[0] + 0.3 * cosines[1] + 0.1 * cosines[2];
        assert!((f64::from(hit.score) - expected).abs() < 1e-6, "item {}", hit.item.get());
    }
}

#[test]
fn items_nobody_touched_are_recommended_and_unlike_ones_are_not_similar() {
    let model = model(ContentConfig::default(), &[(0, 0, 1.0)]);
    let user = UserIdx::new(0);
    let list = model.recommend(user, &Request::top(2).excluding(&model.seen(user))).unwrap();
    assert!(list.iter().all(|hit| hit.score > 0.0));
    let mut first: Vec<u32> = list.iter().map(|hit| hit.item.get()).collect();
    first.sort_unstable();
    assert_eq!(first, [1, 5], "what is about space");
    let all = model.as_similar_items().unwrap();
    let similar = all.similar_items(ItemIdx::new(0), &Request::top(9)).unwrap();
    assert!(similar.iter().all(|hit| hit.item.get() != 4), "nothing is known of it");
    let unlike = all.similar_items(ItemIdx::new(3), &Request::top(9)).unwrap();
    assert!(unlike.iter().all(|hit| hit.item.get() != 2), "another time and nothing in common");
    let among = ItemSet::new(items(&[1, 4, 5]), 6).unwrap();
    let few = all.similar_items(ItemIdx::new(0), &Request::top(9).among(&among)).unwrap();
    let expected: Vec<_> =
        similar.into_iter().filter(|hit| [1, 5].contains(&hit.item.get())).collect();
    assert_eq!(few, expected);
}

#[test]
fn causes_are_the_shared_words_categories_and_numbers() {
    let model = model(ContentConfig::default(), &[(0, 0, 1.0)]);
    let explanation = model.scorer(UserIdx::new(0)).unwrap().explain(ItemIdx::new(1), 9);
    let mut found: Vec<(Field, String)> = Vec::new();
    for part in &explanation.contributions {
        let Cause::Feature { field, name } = &part.cause else { panic!("{part:?}") };
        found.push((*field, name.to_string()));
    }
    found.sort();
    let expected = [
        (Field::Category, "science fiction".to_owned()),
        (Field::Number, "year".to_owned()),
        (Field::Text, "space".to_owned()),
    ];
    assert_eq!(found, expected);
    let error = explanation.sum() - f64::from(explanation.score);
    assert!(error.abs() < 1e-6, "off by {error}");
}

#[test]
fn an_unseen_item_scores_what_it_would_score_in_the_model_also_after_a_round_trip() {
    let data = dataset(&long_tail(20, 30, 6, 3));
    let model = Content::new(ContentConfig::default()).unwrap().fit(&data).unwrap();
    let again = decode_model(&encode_model(&model).unwrap()).unwrap();
    let history = History::new(vec![(ItemIdx::new(3), 2.0), (ItemIdx::new(8), -1.0)]);
    let mut expected = vec![0.0; 30];
    let scorer = crate::model::FoldIn::fold_in(&model, &history).unwrap();
    scorer.score_into(Candidates::All, &mut expected);
    for model in [&model as &dyn Model, &*again] {
        let cold = model.as_cold_items().unwrap();
        assert_eq!(cold.score_features(&history, data.features().unwrap()).unwrap(), expected);
        let nothing = ItemFeatures::text("unheard").with_number("weight", 3.0);
        assert_eq!(cold.score_features(&history, &[nothing]).unwrap(), [0.0]);
    }
}

#[test]
fn data_without_features_is_refused() {
    let data = matrix(1, 1, [(0, 0, 1.0)]);
    let error = Content::new(ContentConfig::default()).unwrap().fit(&data).unwrap_err();
    let expected = FitError::Missing { algorithm: "content", what: "item features" };
    assert_eq!(error, expected);
}

#[test]
fn as_many_numbers_as_are_wanted_are_used() {
    let mut features = films();
    for (at, film) in features.iter_mut().enumerate() {
        film.numbers.insert(format!("number {at}"), 1.0);
    }
    let data = Dataset::new(matrix(1, 6, [(0, 0, 1.0)])).with_features(features).unwrap();
    let fit = |numbers: u32| {
        let config = ContentConfig::default().with_max_numbers(numbers);
        Content::new(config).unwrap().fit(&data).unwrap().n_features()
    };
    assert_eq!(fit(1), fit(0) + 1);
    assert_eq!(fit(64), fit(0) + 7);
}

#[test]
fn compact_vectors_reproduce_scores_when_there_are_enough_and_nearly_when_not() {
    let data = dataset(&long_tail(20, 60, 6, 3));
    let model = Content::new(ContentConfig::default()).unwrap().fit(&data).unwrap();
    let history = History::new(vec![(ItemIdx::new(3), 2.0), (ItemIdx::new(8), 1.0)]);
    let mut exact = vec![0.0; 60];
    let scorer = crate::model::FoldIn::fold_in(&model, &history).unwrap();
    scorer.score_into(Candidates::All, &mut exact);
    let worst = |dimensions: u32| {
        let vectors = model.compact_vectors(dimensions, 7);
        let query = model.compact_query(&vectors, &history).unwrap();
        let near = |item: u32| {
            crate::linalg::dot(vectors.item_vector(ItemIdx::new(item)).unwrap(), &query)
        };
        (0..60).map(|item| (near(item) - exact[item as usize]).abs()).fold(0.0, f32::max)
    };
    assert!(model.compact_vectors(60, 7).kept() > 0.999);
    assert!(model.compact_vectors(8, 7).kept() < 0.999);
    assert!(worst(60) < 1e-3, "{}", worst(60));
    assert!(worst(8) < 0.5, "{}", worst(8));
    assert!(model.compact_vectors(8, 7).item_vector(ItemIdx::new(60)).is_none());
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = [
        (ContentConfig::default().with_weights(-1.0, 1.0, 1.0), "content.text_weight"),
        (ContentConfig::default().with_weights(0.0, 0.0, 0.0), "content.text_weight"),
        (ContentConfig::default().with_weights(1.0, f32::NAN, 0.0), "content.category_weight"),
        (ContentConfig::default().with_max_numbers(5_000), "content.max_numbers"),
        (
            ContentConfig::default().with_text(TfIdfConfig::default().with_sequences(0, 1)),
            "text.shortest",
        ),
    ];
    for (config, name) in refused {
        let error = Content::new(config).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
