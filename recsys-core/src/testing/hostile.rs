//! Model files that nobody vouches for: putting checksums right, and asking what comes out.

#![expect(clippy::missing_panics_doc, reason = "questions are tests")]

use super::fixtures::features;
use crate::data::History;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Model, ModelExt};
use crate::query::Request;

/// Puts the length and the checksum of a model file right after it was tampered with, so that tests
/// reach what lies behind them. Files too short for a header stay as they are.
pub fn reseal(file: &mut [u8]) {
    crate::codec::reseal(file);
}

/// Asks a model, its abilities and its members everything there is to ask, once for each user and item.
/// It must answer, whatever its numbers are.
pub fn ask_everything(model: &dyn Model) {
    let users: Vec<UserIdx> = model.interactions().users().iter().map(|(user, _)| user).collect();
    let items: Vec<ItemIdx> = model.interactions().items().iter().map(|(item, _)| item).collect();
    for &user in &users {
        let list = model.recommend(user, &Request::top(3)).expect("the user is there");
        if let Some(hit) = list.first() {
            model.scorer(user).expect("the user is there").explain(hit.item, 2);
        }
    }
    let mut block = vec![0.0; users.len() * items.len()];
    model.score_block(&users, &mut block).expect("the users are there");
    if let Some(bulk) = model.as_bulk_ranking() {
        bulk.rank_unseen(&users, 3).expect("the users are there");
    }
    for &item in &items {
        ask_about(model, item);
    }
    if let Some(ratings) = model.as_rating_prediction() {
        for user in users.iter().copied().map(Some).chain([None]) {
            for item in items.iter().copied().map(Some).chain([None]) {
                ratings.predict(user, item);
            }
        }
    }
    for member in model.as_blend().map_or(&[][..], |blend| blend.members()) {
        ask_everything(&**member);
    }
}

/// Asks what there is to ask about an item, and for a user who likes only that.
fn ask_about(model: &dyn Model, item: ItemIdx) {
    let history = History::new(vec![(item, 1.0)]);
    if let Some(similar) = model.as_similar_items() {
        similar.similar_items(item, &Request::top(2)).expect("the item is there");
    }
    if let Some(fold_in) = model.as_fold_in() {
        let scorer = fold_in.fold_in(&history).expect("something there is liked");
        scorer.explain(item, 2);
    }
    if let Some(vectors) = model.as_item_vectors() {
        let vector = vectors.item_vector(item).expect("the item is there");
        assert_eq!(vector.len(), vectors.dimensions());
        vectors.query_vector(&history).expect("something there is liked");
    }
    if let Some(cold) = model.as_cold_items() {
        cold.score_features(&history, &features(2)).expect("something there is liked");
    }
}
