//! Cases of ratings.

use chrono::{Duration, SubsecRound, Utc};

use super::{history_of, rating, ratings_of, shop};
use crate::error::StoreErrorKind;
use crate::traits::{Storage, TenantStores};
use crate::types::{Item, ItemId, NewRating, UserId};

async fn counters(stores: &TenantStores, item: ItemId) -> (u64, Option<f64>, u64) {
    let found: Item = stores.catalog.get_many(&[item]).await.unwrap()[0].clone().unwrap();
    (found.rating_count, found.average_rating(), found.interaction_count)
}

/// A user has one rating per item: the last; the item's mean follows.
pub async fn a_rating_replaces_the_former_one(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let ben = stores.users.create(super::user("ben")).await.unwrap();
    let lamp = items[0].id;
    let log = &stores.interactions;
    let first = log.rate(&[rating(ann.id, lamp, 2.0)]).await.unwrap();
    log.rate(&[rating(ben.id, lamp, 4.0)]).await.unwrap();
    assert_eq!(counters(&stores, lamp).await, (2, Some(3.0), 2));
    let reviewed = NewRating { review: Some("grew on me".into()), ..rating(ann.id, lamp, 5.0) };
    let second = log.rate(&[reviewed]).await.unwrap();
    assert_eq!(second[0].id, first[0].id);
    assert_eq!(ratings_of(&stores, ann.id, 10).await, second);
    assert_eq!(second[0].review.as_deref(), Some("grew on me"));
    assert_eq!(counters(&stores, lamp).await, (2, Some(4.5), 3));
    assert_eq!(counters(&stores, items[1].id).await, (0, None, 0));
}

/// Each rating is also an event, which training reads.
pub async fn a_rating_leaves_an_event(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp"]).await;
    let at = (Utc::now() - Duration::days(3)).trunc_subsecs(3);
    let old = NewRating { at: Some(at), ..rating(ann.id, items[0].id, 3.5) };
    let written = stores.interactions.rate(&[old]).await.unwrap();
    assert_eq!(written[0].created_at, at);
    let history = history_of(&stores, ann.id, 10).await;
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].kind.as_str(), history[0].value), ("rating", 3.5));
    assert_eq!((history[0].at, history[0].sequence), (at, 1));
}

/// An import of dated ratings can be repeated.
pub async fn rating_again_at_the_same_time_changes_nothing(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let at = Utc::now() - Duration::days(3);
    let dated = |item: &Item, value| NewRating { at: Some(at), ..rating(ann.id, item.id, value) };
    let batch = [dated(&items[0], 3.0), dated(&items[1], 4.0)];
    let first = stores.interactions.rate(&batch).await.unwrap();
    assert_eq!(stores.interactions.rate(&batch).await.unwrap(), first);
    assert_eq!(stores.interactions.last_sequence().await.unwrap(), 2);
    assert_eq!(counters(&stores, items[0].id).await, (1, Some(3.0), 1));
    let changed = [dated(&items[0], 1.0), dated(&items[1], 4.0)];
    stores.interactions.rate(&changed).await.unwrap();
    assert_eq!(stores.interactions.last_sequence().await.unwrap(), 3);
    assert_eq!(counters(&stores, items[0].id).await, (1, Some(1.0), 2));
}

/// An import of old ratings does not undo what was rated since.
pub async fn an_older_rating_leaves_the_newer_one(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp"]).await;
    let live = stores.interactions.rate(&[rating(ann.id, items[0].id, 5.0)]).await.unwrap();
    let at = Some(Utc::now() - Duration::days(3));
    let old = NewRating { at, ..rating(ann.id, items[0].id, 1.0) };
    assert_eq!(stores.interactions.rate(&[old]).await.unwrap(), live);
    assert_eq!(ratings_of(&stores, ann.id, 10).await, live);
    assert_eq!(counters(&stores, items[0].id).await, (1, Some(5.0), 1));
}

/// One rating that cannot be stored, and none is.
pub async fn a_batch_of_ratings_is_all_or_nothing(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp"]).await;
    let good = rating(ann.id, items[0].id, 3.0);
    let too_high = rating(ann.id, items[0].id, 11.0);
    let error = stores.interactions.rate(&[good.clone(), too_high]).await.unwrap_err();
    let field = "ratings[1].rating".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
    let nowhere = rating(ann.id, ItemId::generate(), 3.0);
    let error = stores.interactions.rate(&[good, nowhere]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
    assert_eq!(ratings_of(&stores, ann.id, 10).await, []);
    assert_eq!(counters(&stores, items[0].id).await, (0, None, 0));
}

/// Of several ratings of one item in one batch each is an event and the last one stays.
pub async fn the_last_of_several_ratings_of_one_item_stays(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp"]).await;
    let batch = [rating(ann.id, items[0].id, 1.0), rating(ann.id, items[0].id, 4.0)];
    let written = stores.interactions.rate(&batch).await.unwrap();
    assert_eq!(ratings_of(&stores, ann.id, 10).await, written[1..]);
    assert_eq!(counters(&stores, items[0].id).await, (1, Some(4.0), 2));
}

/// Ratings are found by user and item, in the order asked for; others are not there.
pub async fn ratings_are_found_by_user_and_item(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let given = [rating(ann.id, items[0].id, 4.0), rating(ann.id, items[1].id, 2.0)];
    let stored = stores.interactions.rate(&given).await.unwrap();
    let pairs = [
        (ann.id, items[1].id),
        (UserId::generate(), items[0].id),
        (ann.id, items[0].id),
        (ann.id, items[1].id),
    ];
    let found = stores.interactions.ratings_of(&pairs).await.unwrap();
    let [lamp, chair] = [&stored[0], &stored[1]].map(|rating| Some(rating.clone()));
    assert_eq!(found, [chair.clone(), None, lamp, chair]);
    let (other, _, _) = shop(storage, "other", &[]).await;
    assert_eq!(other.interactions.ratings_of(&pairs).await.unwrap(), [None, None, None, None]);
}
