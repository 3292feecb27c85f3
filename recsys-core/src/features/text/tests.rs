//! Small corpora computed by hand, and the fast way against the plain one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{DocumentFrequency, Language, StopWords, TfIdf, TfIdfConfig};
use crate::features::FeatureRows;

fn terms(config: TfIdfConfig, texts: &[&str]) -> Vec<String> {
    let (vectorizer, _) = TfIdf::new(config).unwrap().fit(texts);
    vectorizer.terms().map(str::to_owned).collect()
}

fn all() -> TfIdfConfig {
    TfIdfConfig::default().with_max_features(None)
}

#[test]
fn weights_are_those_computed_by_hand() {
    let texts = ["tea tea milk", "milk", "tea cake", "..."];
    let (vectorizer, rows) = TfIdf::new(all().with_sequences(1, 1)).unwrap().fit(&texts);
    assert_eq!(vectorizer.terms().collect::<Vec<_>>(), ["cake", "milk", "tea"]);
    let (rare, common) = ((5.0_f64 / 2.0).ln() + 1.0, (5.0_f64 / 3.0).ln() + 1.0);
    let idf = vectorizer.inverse_document_frequencies();
    for (found, expected) in idf.iter().zip([rare, common, common]) {
        assert!((found - expected).abs() < 1e-15);
    }
    // (milk, tea) = (common, 2 common), of length common √5
    assert_eq!(rows.row(0), (&[1_u32, 2][..], &[5.0_f32.powf(-0.5), 2.0 * 5.0_f32.powf(-0.5)][..]));
    assert_eq!(rows.row(1), (&[1_u32][..], &[1.0_f32][..]));
    assert_eq!(rows.row(3), (&[][..], &[][..]));
}

#[test]
fn unsmoothed_and_sublinear_weights_follow_their_formulas() {
    let texts = ["tea tea milk", "milk"];
    let config = all().with_sequences(1, 1).with_smooth(false).with_sublinear(true);
    let (vectorizer, rows) = TfIdf::new(config).unwrap().fit(&texts);
    let idf = vectorizer.inverse_document_frequencies();
    assert!((idf[0] - 1.0).abs() < 1e-15 && (idf[1] - (1.0 + 2.0_f64.ln())).abs() < 1e-15);
    let (milk, tea) = (1.0_f64, (1.0 + 2.0_f64.ln()).powi(2));
    let expected = [milk / milk.hypot(tea), tea / milk.hypot(tea)];
    for (found, expected) in rows.row(0).1.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < 1e-7);
    }
}

#[test]
fn stop_words_go_before_sequences_are_formed() {
    let stop = |words: &[&str]| StopWords::Words(words.iter().map(|&word| word.into()).collect());
    let config = all().with_stop_words(stop(&["OF", "the"]));
    assert_eq!(terms(config, &["Lord of the rings"]), ["lord", "lord rings", "rings"]);
    assert_eq!(terms(all().with_stop_words(StopWords::English), &["this is the lamp"]), ["lamp"]);
}

#[test]
fn stems_stand_for_words_and_stop_words_are_told_before() {
    let config = all().with_sequences(1, 1).with_stemming(Language::English);
    assert_eq!(terms(config.clone(), &["connected connections", "connecting"]), ["connect"]);
    let stop = StopWords::Words(vec!["connected".into()]);
    assert_eq!(terms(config.with_stop_words(stop), &["connected lamps"]), ["lamp"]);
}

#[test]
fn terms_in_too_few_or_too_many_documents_go() {
    let texts = ["a1 b1 c1", "a1 b1", "a1 d1", "a1 d1"];
    let words = all().with_sequences(1, 1);
    let (two, three) = (DocumentFrequency::Count(2), DocumentFrequency::Share(0.75));
    assert_eq!(terms(words.clone().with_documents(two, three), &texts), ["b1", "d1"]);
    let half = DocumentFrequency::Share(0.5);
    assert_eq!(terms(words.with_documents(half, half), &texts), ["b1", "d1"]);
}

#[test]
fn the_most_frequent_terms_stay_and_ties_are_cut_in_code_point_order() {
    let texts = ["zz zz zz", "yy yy", "bb aa cc", "dd"];
    let words = |limit| all().with_sequences(1, 1).with_max_features(Some(limit));
    assert_eq!(terms(words(1), &texts), ["zz"]);
    assert_eq!(terms(words(4), &texts), ["aa", "bb", "yy", "zz"]);
    assert_eq!(terms(words(9), &texts).len(), 6);
}

#[test]
fn sequences_can_be_longer_and_words_left_out() {
    assert_eq!(
        terms(all().with_sequences(2, 3), &["aa bb cc dd"]),
        ["aa bb", "aa bb cc", "bb cc", "bb cc dd", "cc dd"]
    );
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = [
        (all().with_sequences(0, 2), "text.shortest"),
        (all().with_sequences(3, 2), "text.shortest"),
        (all().with_sequences(1, 9), "text.longest"),
        (all().with_max_features(Some(0)), "text.max_features"),
        (
            all().with_documents(DocumentFrequency::Share(-0.1), DocumentFrequency::Share(1.0)),
            "text.min_documents",
        ),
        (
            all().with_documents(DocumentFrequency::Count(1), DocumentFrequency::Share(f64::NAN)),
            "text.max_documents",
        ),
    ];
    for (config, name) in refused {
        let error = TfIdf::new(config).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// Terms with their weights, document by document, the plain way: strings and maps.
fn naive(config: &TfIdfConfig, texts: &[String]) -> Vec<BTreeMap<String, f64>> {
    let counts = |text: &String| {
        let lower = text.to_lowercase();
        let letter = |letter: char| letter.is_alphanumeric();
        let words: Vec<&str> =
            lower.split(|at| !letter(at)).filter(|word| word.chars().count() > 1).collect();
        let mut counts = BTreeMap::new();
        for length in config.shortest..=config.longest {
            for window in words.windows(length as usize) {
                *counts.entry(window.join(" ")).or_insert(0.0) += 1.0;
            }
        }
        counts
    };
    let documents: Vec<BTreeMap<String, f64>> = texts.iter().map(counts).collect();
    let mut terms: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (term, count) in documents.iter().flatten() {
        let of_term = terms.entry(term.clone()).or_default();
        *of_term = (of_term.0 + count, of_term.1 + 1.0);
    }
    let mut order: Vec<(&String, &(f64, f64))> = terms.iter().collect();
    order.sort_by(|(_, a), (_, b)| b.0.total_cmp(&a.0));
    order.truncate(config.max_features.unwrap_or(u32::MAX) as usize);
    let idf = |documents: f64| ((1.0 + texts.len() as f64) / (1.0 + documents)).ln() + 1.0;
    let idf: BTreeMap<&String, f64> =
        order.into_iter().map(|(term, &(_, documents))| (term, idf(documents))).collect();
    let weigh = |counts: BTreeMap<String, f64>| {
        let known = counts.into_iter().filter(|(term, _)| idf.contains_key(term));
        let mut row: BTreeMap<String, f64> =
            known.map(|(term, count)| (term.clone(), count * idf[&term])).collect();
        let length = row.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        row.values_mut().for_each(|weight| *weight /= length);
        row
    };
    documents.into_iter().map(weigh).collect()
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        6 => prop::sample::select(vec!["tea", "milk", "Cake", "é", "Été", "x", "42", "naïve"]),
        1 => prop::sample::select(vec!["one", "two", "three", "четыре", "-", "it's"]),
    ];
    prop::collection::vec(
        prop::collection::vec(word, 0..12).prop_map(|words| words.join(" ")),
        0..30,
    )
}

proptest! {
    #[test]
    fn weights_are_those_of_the_definitions(
        texts in texts(), longest in 1_u32..4, limit in prop::option::of(1_u32..20),
    ) {
        let config = all().with_sequences(1, longest).with_max_features(limit);
        let expected = naive(&config, &texts);
        let (vectorizer, rows) = TfIdf::new(config).unwrap().fit(&texts);
        let terms: Vec<&str> = vectorizer.terms().collect();
        prop_assert!(terms.is_sorted());
        for (at, expected) in expected.iter().enumerate() {
            let (columns, weights) = rows.row(at);
            let found: Vec<&str> = columns.iter().map(|&column| terms[column as usize]).collect();
            prop_assert_eq!(found, expected.keys().collect::<Vec<_>>());
            for (weight, expected) in weights.iter().zip(expected.values()) {
                prop_assert!((f64::from(*weight) - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn what_was_fitted_is_transformed_to_the_same_rows(
        texts in texts(), longest in 1_u32..4, stems: bool, sublinear: bool,
    ) {
        let mut config = all().with_sequences(1, longest).with_sublinear(sublinear);
        config.max_features = Some(10);
        config.stemming = stems.then_some(Language::English);
        config.stop_words = StopWords::Words(vec!["milk".into()]);
        let (vectorizer, rows) = TfIdf::new(config).unwrap().fit(&texts);
        prop_assert_eq!(vectorizer.transform(&texts), rows);
    }
}

/// More text than one chunk holds.
#[test]
fn the_number_of_threads_changes_nothing() {
    let texts: Vec<String> = (0..40_000_u32)
        .map(|at| format!("thing{} of kind{} and {at}", at % 700, at % 31))
        .collect();
    let fit_on = |threads: usize| -> (Vec<String>, FeatureRows) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (vectorizer, rows) =
            pool.install(|| TfIdf::new(TfIdfConfig::default()).unwrap().fit(&texts));
        (vectorizer.terms().map(str::to_owned).collect(), rows)
    };
    let one = fit_on(1);
    assert_eq!(one.0.len(), 5_000);
    assert!(fit_on(3) == one);
}
