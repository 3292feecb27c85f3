//! Settings and texts: settings are refused, or terms ascend, vectors have length one or zero, and a text
//! has the same vector however it is asked for.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use recsys_core::features::text::{DocumentFrequency, Language, StopWords};
use recsys_core::features::{FeatureRows, TfIdf, TfIdfConfig};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    lengths: (u8, u8),
    max_features: Option<u8>,
    min_documents: u8,
    max_share: u8,
    stemming: bool,
    strip_accents: bool,
    sublinear: bool,
    smooth: bool,
    lowercase: bool,
    stop_words: u8,
    texts: Vec<&'a str>,
}

fuzz_target!(
    init: {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("nothing has used threads before");
    },
    |input: Input<'_>| {
        let config = config(&input);
        let limit = config.max_features;
        let Ok(estimator) = TfIdf::new(config) else { return };
        let (vectorizer, rows) = estimator.fit(&input.texts);
        let terms: Vec<&str> = vectorizer.terms().collect();
        assert_eq!(terms.len(), vectorizer.n_columns());
        assert!(terms.is_sorted_by(|left, right| left < right), "{terms:?}");
        assert!(limit.is_none_or(|limit| terms.len() <= limit as usize));
        assert!(vectorizer.inverse_document_frequencies().iter().all(|idf| idf.is_finite()));
        check_rows(&rows, input.texts.len(), terms.len());
        assert!(vectorizer.transform(&input.texts) == rows, "fitting and describing disagree");
        for (at, text) in input.texts.iter().enumerate() {
            assert!(vectorizer.transform(&[text]).row(0) == rows.row(at), "{text:?} depends on others");
        }
    }
);

fn config(input: &Input<'_>) -> TfIdfConfig {
    let mut config = TfIdfConfig::default()
        .with_sequences(u32::from(input.lengths.0 % 6), u32::from(input.lengths.1 % 12))
        .with_max_features(input.max_features.map(u32::from))
        .with_documents(
            DocumentFrequency::Count(u32::from(input.min_documents)),
            DocumentFrequency::Share(f64::from(input.max_share) / 254.0),
        )
        .with_stop_words(match input.stop_words % 3 {
            0 => StopWords::None,
            1 => StopWords::English,
            _ => {
                StopWords::Words(input.texts.iter().take(2).map(|&text| text.to_owned()).collect())
            }
        })
        .with_strip_accents(input.strip_accents)
        .with_sublinear(input.sublinear)
        .with_smooth(input.smooth);
    config.lowercase = input.lowercase;
    if input.stemming { config.with_stemming(Language::English) } else { config }
}

fn check_rows(rows: &FeatureRows, expected: usize, n_columns: usize) {
    assert_eq!(rows.len(), expected);
    for at in 0..rows.len() {
        let (columns, weights) = rows.row(at);
        assert!(columns.is_sorted_by(|left, right| left < right));
        assert!(columns.iter().all(|&column| (column as usize) < n_columns));
        assert!(weights.iter().all(|weight| weight.is_finite() && *weight > 0.0));
        let length: f64 = weights.iter().map(|&weight| f64::from(weight).powi(2)).sum();
        assert!(columns.is_empty() || (length - 1.0).abs() < 1e-4, "row {at} has length {length}");
    }
}
