//! Cases of events.

use chrono::{Duration, SubsecRound, TimeZone as _, Utc};
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{event, history_of, rating, ratings_of, shop, user};
use crate::error::StoreErrorKind;
use crate::traits::{InteractionStore, Storage};
use crate::types::{Interaction, ItemId, NewInteraction, UserId};

async fn everything(store: &dyn InteractionStore) -> Vec<Interaction> {
    store.scan(0, 1_000).await.unwrap()
}

/// Events get the sequences 1, 2, 3 …, and come back as they were written.
pub async fn events_are_numbered_and_read_back(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let log = &stores.interactions;
    assert_eq!(log.last_sequence().await.unwrap(), 0);
    let at = (Utc::now() - Duration::days(400)).trunc_subsecs(3);
    let full = NewInteraction {
        kind: "purchase".into(),
        value: 2.75,
        context: Some(json!({"page": "home", "depth": [1, 2]})),
        at: Some(at),
        recommendation_id: Some(Uuid::now_v7()),
        idempotency_key: Some("key".into()),
        ..event(user.id, items[1].id)
    };
    let written = log.append(&[event(user.id, items[0].id), full.clone()]).await.unwrap();
    assert_eq!((written[0].sequence, written[1].sequence), (1, 2));
    assert_eq!((written[1].at, written[1].value), (at, 2.75));
    assert_eq!(written[1].context, full.context);
    assert_eq!(written[1].recommendation_id, full.recommendation_id);
    assert_eq!(written[0].at, written[0].created_at);
    assert_eq!(everything(&**log).await, written);
    assert_eq!(log.last_sequence().await.unwrap(), 2);
    assert_eq!(log.append(&[]).await.unwrap(), []);
}

/// One event of a batch that cannot be recorded, and none is; counters stay too.
pub async fn an_append_is_all_or_nothing(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let good = event(user.id, items[0].id);
    for bad in [event(user.id, ItemId::generate()), event(UserId::generate(), items[0].id)] {
        let error = stores.interactions.append(&[good.clone(), bad]).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::NotFound, "{error}");
    }
    assert_eq!(everything(&*stores.interactions).await, []);
    assert_eq!(stores.interactions.last_sequence().await.unwrap(), 0);
    let item = stores.catalog.get_many(&[items[0].id]).await.unwrap()[0].clone().unwrap();
    assert_eq!(item.interaction_count, 0);
}

/// A retried event is answered with the first result and not counted again.
pub async fn an_append_is_idempotent(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let keyed =
        NewInteraction { idempotency_key: Some("once".into()), ..event(user.id, items[0].id) };
    let first = stores.interactions.append(std::slice::from_ref(&keyed)).await.unwrap();
    let fresh = event(user.id, items[0].id);
    let again = stores.interactions.append(&[fresh, keyed]).await.unwrap();
    assert_eq!(again[1], first[0]);
    assert_eq!(everything(&*stores.interactions).await, [first[0].clone(), again[0].clone()]);
    let item = stores.catalog.get_many(&[items[0].id]).await.unwrap()[0].clone().unwrap();
    assert_eq!(item.interaction_count, 2);
}

/// The same key twice in one batch is one event.
pub async fn a_key_within_one_batch_counts_once(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let keyed =
        NewInteraction { idempotency_key: Some("once".into()), ..event(user.id, items[0].id) };
    let written = stores.interactions.append(&[keyed.clone(), keyed]).await.unwrap();
    assert_eq!(written[0], written[1]);
    assert_eq!(everything(&*stores.interactions).await, written[..1]);
}

/// A key with other content is refused, in one batch or later, and nothing of the batch is kept.
pub async fn a_reused_key_is_refused(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let keyed =
        NewInteraction { idempotency_key: Some("once".into()), ..event(user.id, items[0].id) };
    let other = NewInteraction { item_id: items[1].id, ..keyed.clone() };
    let log = &stores.interactions;
    let error = log.append(&[keyed.clone(), other.clone()]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::IdempotencyKeyReused);
    assert_eq!(everything(&**log).await, []);
    let first = log.append(&[keyed]).await.unwrap();
    let error = log.append(&[event(user.id, items[1].id), other]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::IdempotencyKeyReused);
    assert!(error.to_string().contains("once"), "{error}");
    assert_eq!(everything(&**log).await, first);
}

/// History goes by the time of the events, then by their sequence; lists filter by kind.
pub async fn history_is_newest_first_by_time(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let other = stores.users.create(super::user("ben")).await.unwrap();
    let now = Utc::now().trunc_subsecs(3);
    let at = |kind: &str, minutes: i64| NewInteraction {
        kind: kind.into(),
        at: Some(now - Duration::minutes(minutes)),
        ..event(user.id, items[0].id)
    };
    let batch = [at("old", 9), at("new", 1), at("middle", 5), at("middle_too", 5)];
    stores.interactions.append(&batch).await.unwrap();
    stores.interactions.append(&[event(other.id, items[0].id)]).await.unwrap();
    let kinds = |events: Vec<Interaction>| -> Vec<String> {
        events.into_iter().map(|event| event.kind).collect()
    };
    let history = history_of(&stores, user.id, 10).await;
    assert_eq!(kinds(history), ["new", "middle_too", "middle", "old"]);
    assert_eq!(kinds(history_of(&stores, user.id, 2).await), ["new", "middle_too"]);
    let old = stores.interactions.histories(&[user.id], Some("old"), 10).await.unwrap();
    assert_eq!(kinds(old.concat()), ["old"]);
    assert_eq!(history_of(&stores, UserId::generate(), 10).await, []);
}

/// Pages of any size add up to the log.
pub async fn a_scan_pages_through_everything_in_order(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    for _ in 0..3 {
        let batch = [event(user.id, items[0].id), event(user.id, items[1].id)];
        stores.interactions.append(&batch).await.unwrap();
    }
    let whole = everything(&*stores.interactions).await;
    let sequences: Vec<u64> = whole.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5, 6]);
    for limit in 1..8 {
        let (mut paged, mut after) = (Vec::new(), 0);
        loop {
            let page = stores.interactions.scan(after, limit).await.unwrap();
            let done = page.len() < limit as usize;
            after = page.last().map_or(after, |event| event.sequence);
            paged.extend(page);
            if done {
                break;
            }
        }
        assert_eq!(paged, whole, "limit {limit}");
    }
}

/// Each event counts at its item, once.
pub async fn counters_follow_the_events(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair", "Table"]).await;
    let (lamp, chair) = (event(user.id, items[0].id), event(user.id, items[1].id));
    stores.interactions.append(&[lamp.clone(), chair, lamp.clone()]).await.unwrap();
    stores.interactions.append(&[lamp]).await.unwrap();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let found = stores.catalog.get_many(&ids).await.unwrap();
    let counts: Vec<u64> = found.iter().flatten().map(|item| item.interaction_count).collect();
    assert_eq!(counts, [3, 1, 0]);
    assert!(
        found.iter().flatten().zip(&items).all(|(now, then)| now.updated_at == then.updated_at)
    );
}

/// Errors name the index and the field; the kind of ratings is reserved.
pub async fn wrong_events_are_refused_by_name(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let good = event(user.id, items[0].id);
    for (wrong, field) in [
        (NewInteraction { kind: "No Kind".into(), ..good.clone() }, "events[1].kind"),
        (NewInteraction { kind: "rating".into(), ..good.clone() }, "events[1].kind"),
        (NewInteraction { value: f64::NAN, ..good.clone() }, "events[1].value"),
        (
            NewInteraction { idempotency_key: Some(String::new()), ..good.clone() },
            "events[1].idempotency_key",
        ),
    ] {
        let error = stores.interactions.append(&[good.clone(), wrong]).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: field.into() });
    }
    assert_eq!(everything(&*stores.interactions).await, []);
}

/// Any time of the years 1 to 9999 and any JSON come back as they were; other times are refused.
pub async fn the_ends_of_time_and_all_of_json_are_kept(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let at = |year| Some(Utc.with_ymd_and_hms(year, 6, 1, 0, 0, 0).unwrap());
    let context = json!({
        "a\u{0}b": "\u{0}", "large": 1e300, "whole": 1e17, "small": -0.0, "digits": 0.1,
        "integer": u64::MAX, "nested": [null, {"": []}],
    });
    let with =
        |at| NewInteraction { at, context: Some(context.clone()), ..event(user.id, items[0].id) };
    let events = [with(at(1)), with(at(9999))];
    let written = stores.interactions.append(&events).await.unwrap();
    assert_eq!((written[0].at, written[1].at), (at(1).unwrap(), at(9999).unwrap()));
    let stored = everything(&*stores.interactions).await;
    assert_eq!(stored, written);
    let kept = stored[0].context.as_ref().unwrap();
    assert_eq!(kept.to_string(), context.to_string(), "to the last digit");
    for year in [0, 10_000, -5_000] {
        let error = stores.interactions.append(&[with(at(year))]).await.unwrap_err();
        let field = "events[0].at".to_owned();
        assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field }, "{year}");
    }
}

/// Simultaneous writers queue up: every event is there, and counted.
pub async fn simultaneous_appends_lose_nothing(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    let batch = [event(user.id, items[0].id), event(user.id, items[0].id)];
    let writes = join_all((0..20).map(|_| stores.interactions.append(&batch))).await;
    assert!(writes.iter().all(Result::is_ok));
    let sequences: Vec<u64> =
        everything(&*stores.interactions).await.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=40).collect::<Vec<u64>>());
    let item = stores.catalog.get_many(&[items[0].id]).await.unwrap()[0].clone().unwrap();
    assert_eq!(item.interaction_count, 40);
}

/// Reading for many users at once is reading for each, in the order asked for.
pub async fn many_users_are_read_as_each_is(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair", "Table"]).await;
    let ben = stores.users.create(user("ben")).await.unwrap();
    let cid = stores.users.create(user("cid")).await.unwrap();
    for item in &items {
        let like = NewInteraction { kind: "like".into(), ..event(ben.id, item.id) };
        stores.interactions.append(&[event(ann.id, item.id), like]).await.unwrap();
        let ratings = [rating(ann.id, item.id, 3.0), rating(ben.id, item.id, 4.0)];
        stores.interactions.rate(&ratings).await.unwrap();
    }
    let users = [ben.id, cid.id, ann.id, UserId::generate(), ben.id];
    for (kind, limit) in [(None, 4), (None, 100), (Some("like"), 2), (Some("cart"), 9), (None, 0)] {
        let lists = stores.interactions.histories(&users, kind, limit).await.unwrap();
        assert_eq!(lists.len(), users.len());
        for (user, list) in users.iter().zip(lists) {
            assert_eq!(
                list,
                stores.interactions.histories(&[*user], kind, limit).await.unwrap()[0]
            );
        }
    }
    let lists = stores.interactions.ratings(&users, 2).await.unwrap();
    assert_eq!(lists.len(), users.len());
    for (user, list) in users.iter().zip(lists) {
        assert_eq!(list, ratings_of(&stores, *user, 2).await);
    }
    assert!(stores.interactions.histories(&[], None, 9).await.unwrap().is_empty());
}
