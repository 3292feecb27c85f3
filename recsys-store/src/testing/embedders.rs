//! Cases of embedders. [`embedder_suite!`](crate::embedder_suite) turns them into one test each.

use recsys_core::data::ItemFeatures;
use recsys_core::linalg::dot;

use crate::error::StoreErrorKind;
use crate::traits::Embedder;
use crate::types::{Metric, TenantId, VectorCollection, VectorQuery};

/// Items of a small shop, for embedders that are fitted on what they place.
#[must_use]
pub fn items() -> Vec<ItemFeatures> {
    let item = |category: &str, text: &str| ItemFeatures::text(text).with_category(category);
    vec![
        item("tea", "Green tea\nFresh leaves from the mountains"),
        item("tea", "Black tea\nWith oil of bergamot"),
        item("tea", "White tea\nGently dried leaves"),
        item("tools", "Claw hammer\nWith a handle of ash"),
        item("tools", "Sledge hammer\nHeavy"),
        item("tools", "Ünïcode saw\nFor \"green\" wood"),
    ]
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

/// Vectors are as long as was said, finite and not zero.
pub async fn every_item_has_a_vector_of_the_length_that_was_said(embedder: &dyn Embedder) {
    let vectors = embedder.embed(items()).await.unwrap();
    assert_eq!(vectors.len(), items().len());
    for vector in vectors {
        let vector = vector.unwrap();
        assert_eq!(vector.len(), embedder.dimension());
        assert!(vector.iter().all(|value| value.is_finite()));
        assert!(vector.iter().any(|value| *value != 0.0));
    }
    assert_eq!(embedder.embed(Vec::new()).await.unwrap(), Vec::<Option<Vec<f32>>>::new());
}

/// Each answer is that of the item in its place, and the same in whatever company.
pub async fn vectors_come_in_the_order_of_the_items(embedder: &dyn Embedder) {
    let together = embedder.embed(items()).await.unwrap();
    for (item, expected) in items().into_iter().zip(together) {
        let alone = embedder.embed(vec![item]).await.unwrap();
        let cosine = cosine(alone[0].as_deref().unwrap(), expected.as_deref().unwrap());
        assert!(cosine > 0.999, "the same item has the same vector in whatever company: {cosine}");
    }
}

/// An item without text, categories and numbers has no vector, and the others have theirs.
pub async fn an_item_of_which_nothing_is_known_has_no_vector(embedder: &dyn Embedder) {
    let mut some = items();
    some.insert(1, ItemFeatures::default());
    let vectors = embedder.embed(some).await.unwrap();
    let missing: Vec<usize> = (0..vectors.len()).filter(|at| vectors[*at].is_none()).collect();
    assert_eq!(missing, [1]);
}

/// Too many items are refused, naming them.
pub async fn more_items_than_a_call_takes_are_refused(embedder: &dyn Embedder) {
    assert!(embedder.at_once() >= 1);
    let many = items().into_iter().cycle().take(embedder.at_once() + 1).collect();
    let error = embedder.embed(many).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: "items".to_owned() });
}

/// A collection can be named after the embedder, and takes its vectors.
pub async fn name_and_length_are_those_of_a_collection(embedder: &dyn Embedder) {
    let (name, dimension) = (embedder.name(), embedder.dimension());
    let collection = VectorCollection::new(TenantId::generate(), name, dimension, Metric::Cosine);
    let collection = collection.unwrap();
    for vector in embedder.embed(items()).await.unwrap().into_iter().flatten() {
        VectorQuery::nearest(vector, 1).check(&collection).unwrap();
    }
}
