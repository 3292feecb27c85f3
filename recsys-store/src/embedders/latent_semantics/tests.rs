//! What fitted embedders promise beyond the suite.

use proptest::prelude::*;
use recsys_core::data::ItemFeatures;
use recsys_core::fit::FitContext;
use recsys_core::linalg::dot;

use super::{DIMENSION, LatentSemantics, file};
use crate::error::StoreErrorKind;

fn fit(items: &[ItemFeatures]) -> Option<LatentSemantics> {
    LatentSemantics::fit(items, 3, &FitContext::default()).unwrap()
}

fn shop() -> Vec<ItemFeatures> {
    let item = |category: &str, text: &str| ItemFeatures::text(text).with_category(category);
    vec![
        item("tea", "green tea from the mountains"),
        item("tea", "black tea with bergamot"),
        item("tea", "white tea, gently dried leaves"),
        item("tools", "claw hammer with a wooden handle"),
        item("tools", "sledge hammer, heavy"),
        item("tools", "saw for green wood"),
    ]
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

#[test]
fn a_new_item_is_nearest_to_those_that_are_described_alike() {
    let shop = shop();
    let fitted = fit(&shop).unwrap();
    let places = fitted.place(&shop);
    let new = fitted.place(&[ItemFeatures::text("dried tea leaves").with_category("tea")]);
    let similar = |at: usize| cosine(new[0].as_deref().unwrap(), places[at].as_deref().unwrap());
    assert!((3..6).all(|tool| (0..3).all(|tea| similar(tea) > similar(tool))));
    assert!((0..6).all(|other| similar(2) >= similar(other)));
}

#[test]
fn in_a_small_catalogue_the_cosines_are_those_of_the_descriptions() {
    let shop = shop();
    let fitted = fit(&shop).unwrap();
    let (rows, places) = (fitted.fitted.columns.rows(&shop), fitted.place(&shop));
    for left in 0..shop.len() {
        for right in 0..shop.len() {
            let shared = |(column, value): &(u32, f32)| {
                let other = rows[right].iter().find(|(other, _)| other == column);
                value * other.map_or(0.0, |(_, value)| *value)
            };
            let expected: f32 = rows[left].iter().map(shared).sum();
            let place = |at: usize| places[at].as_deref().unwrap();
            assert!((cosine(place(left), place(right)) - expected).abs() < 1e-4);
        }
    }
}

#[test]
fn there_is_nothing_to_go_by_without_words_and_categories() {
    assert!(fit(&[]).is_none());
    assert!(fit(&[ItemFeatures::default(), ItemFeatures::text("…")]).is_none());
    let fitted = fit(&shop()).unwrap();
    assert_eq!(fitted.place(&[ItemFeatures::text("quantum chromodynamics")]), [None]);
}

#[test]
fn what_was_written_places_items_as_before() {
    let fitted = fit(&shop()).unwrap();
    let read = LatentSemantics::from_bytes(&fitted.to_bytes()).unwrap();
    assert_eq!((read.generation(), read.n_items()), (3, 6));
    assert_eq!(format!("{read:?}"), format!("{fitted:?}"));
    assert_eq!(read.place(&shop()), fitted.place(&shop()));
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = fit(&shop()).unwrap().to_bytes();
    for length in 0..bytes.len() {
        let error = LatentSemantics::from_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::Corrupt, "{length} bytes");
    }
    let mut newer = bytes;
    newer[8] = 9;
    let error = LatentSemantics::from_bytes(&newer).unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::UnsupportedVersion);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bytes that lie under a right checksum are refused, or give vectors that can be kept.
    #[test]
    fn hostile_bytes_give_an_error_or_vectors(at in 0_usize..4_000, value in any::<u32>()) {
        let mut bytes = fit(&shop()).unwrap().to_bytes();
        let at = (24 + at) % (bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        file::FORMAT.seal(&mut bytes);
        if let Ok(fitted) = LatentSemantics::from_bytes(&bytes) {
            for vector in fitted.place(&shop()).into_iter().flatten() {
                prop_assert_eq!(vector.len(), DIMENSION);
                prop_assert!(vector.iter().all(|value| value.is_finite()));
            }
        }
    }
}
