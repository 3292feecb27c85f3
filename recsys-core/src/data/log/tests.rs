//! The log against a plain map, and its rules one by one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::data::{Aggregation, Duplicates, History, HistoryEvent, KindPolicy};

const DAY: i64 = 86_400_000;

fn one_pair(how: &Aggregation, events: &[(&str, f32, Option<i64>)]) -> Vec<f32> {
    let mut log = InteractionLog::new();
    for &(kind, value, at) in events {
        log.push("u", "i", kind, value, at.map(Timestamp)).unwrap();
    }
    log.to_interactions(how).unwrap().user(UserIdx::new(0)).values().to_vec()
}

#[test]
fn kinds_are_weighted_and_added() {
    let events = [("view", 1.0, None), ("view", 1.0, None), ("purchase", 1.0, None)];
    assert_eq!(one_pair(&Aggregation::default(), &events), [7.0]);
}

#[test]
fn a_dislike_is_kept_as_a_negative_value() {
    assert_eq!(one_pair(&Aggregation::default(), &[("dislike", 1.0, None)]), [-3.0]);
}

#[test]
fn the_newest_rating_replaces_earlier_ones_even_when_logged_first() {
    let events = [("rating", 5.0, Some(2 * DAY)), ("rating", 1.0, Some(DAY))];
    assert_eq!(one_pair(&Aggregation::default(), &events), [2.5]);
}

#[test]
fn a_worth_of_exactly_zero_is_no_interaction() {
    assert!(one_pair(&Aggregation::default(), &[("rating", 2.5, None)]).is_empty());
}

#[test]
fn an_event_one_half_life_older_than_the_newest_counts_half() {
    let how = Aggregation::plain().with_half_life_days(10.0);
    assert_eq!(one_pair(&how, &[("view", 1.0, Some(0)), ("view", 1.0, Some(10 * DAY))]), [1.5]);
}

#[test]
fn values_that_are_not_finite_are_refused_and_leave_the_log_as_it_was() {
    let mut log = InteractionLog::new();
    let refused = log.push("u", "i", "view", f32::INFINITY, None);
    assert!(matches!(refused, Err(DataError::NotFinite { position: 0, .. })));
    assert!(log.is_empty() && log.users().is_empty() && log.items().is_empty());
}

#[test]
fn events_before_a_refused_one_stay_in_the_log() {
    let event = |user| NewEvent::new(user, b"i", "view").with_time(Timestamp(7));
    let mut log = InteractionLog::new();
    let events = [event(b"a"), event(b"b").with_value(f32::NAN), event(b"c")];
    let refused = log.push_all(&events);
    assert!(matches!(refused, Err(DataError::NotFinite { position: 1, .. })));
    assert_eq!(log.iter().map(|event| event.at).collect::<Vec<_>>(), [Some(Timestamp(7))]);
    assert_eq!((log.users().len(), log.items().len()), (1, 1));
}

#[test]
fn enormous_sums_stay_finite() {
    let events = [("view", f32::MAX, None), ("view", f32::MAX, None)];
    assert_eq!(one_pair(&Aggregation::plain(), &events), [f32::MAX]);
}

#[test]
fn an_unusable_half_life_is_named() {
    let how = Aggregation::default().with_half_life_days(-1.0);
    let error = InteractionLog::new().to_interactions(&how).unwrap_err();
    assert_eq!(error.to_string(), "aggregation.half_life_days is -1, expected a positive number");
}

#[test]
fn a_registered_item_has_an_empty_column() {
    let mut log = InteractionLog::new();
    let item = log.push_item("new").unwrap();
    let data = log.to_interactions(&Aggregation::default()).unwrap();
    assert_eq!((data.n_items(), data.item(item).len()), (1, 0));
}

fn events() -> impl Strategy<Value = Vec<(u8, u8, u8, i8, Option<u8>)>> {
    prop::collection::vec((0..6u8, 0..6u8, 0..3u8, -3..4i8, prop::option::of(0..50u8)), 0..120)
}

const KINDS: [&str; 3] = ["a", "b", "c"];

fn policies() -> Aggregation {
    let last = KindPolicy { duplicates: Duplicates::Last, ..KindPolicy::weighted(2.0) };
    let max = KindPolicy { duplicates: Duplicates::Max, ..KindPolicy::rating(1.0, 0.5) };
    Aggregation::plain().with_kind("a", last).with_kind("b", max)
}

proptest! {
    #[test]
    fn events_logged_together_are_those_logged_one_by_one(events in events()) {
        let (mut together, mut one_by_one) = (InteractionLog::new(), InteractionLog::new());
        let ids: Vec<([u8; 1], [u8; 1])> = events.iter().map(|event| ([event.0], [event.1])).collect();
        let mut new = Vec::new();
        for ((user, item), &(_, _, kind, value, at)) in ids.iter().zip(&events) {
            let (kind, value) = (KINDS[usize::from(kind)], f32::from(value));
            let at = at.map(|at| Timestamp(i64::from(at)));
            one_by_one.push(user, item, kind, value, at).unwrap();
            new.push(NewEvent { at, ..NewEvent::new(user, item, kind).with_value(value) });
        }
        together.push_all(&new).unwrap();
        prop_assert!(together.iter().eq(one_by_one.iter()));
        prop_assert!(together.users().iter().eq(one_by_one.users().iter()));
        prop_assert!(together.items().iter().eq(one_by_one.items().iter()));
    }

    #[test]
    fn aggregation_equals_a_plain_map(events in events()) {
        let how = policies();
        let mut log = InteractionLog::new();
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        for &(user, item, kind, value, at) in &events {
            let (kind, value) = (usize::from(kind), f32::from(value));
            log.push([user], [item], KINDS[kind], value, at.map(|at| Timestamp(i64::from(at)))).unwrap();
            groups.entry((user, item, kind)).or_default().push((value, at));
        }
        let mut expected: BTreeMap<(u8, u8), f32> = BTreeMap::new();
        for ((user, item, kind), group) in groups {
            let policy = how.policy(KINDS[kind]);
            let worth = |value: f32| policy.weight * (value - policy.offset);
            let newest = group.iter().map(|event| event.1).max().unwrap();
            *expected.entry((user, item)).or_default() += match policy.duplicates {
                Duplicates::Sum => group.iter().map(|event| worth(event.0)).sum(),
                Duplicates::Max => group.iter().map(|event| worth(event.0)).fold(f32::MIN, f32::max),
                Duplicates::Last => worth(group.iter().rfind(|event| event.1 == newest).unwrap().0),
            };
        }
        expected.retain(|_, worth| *worth != 0.0);
        let data = log.to_interactions(&how).unwrap();
        let mut found = BTreeMap::new();
        for (user, id) in data.users().iter() {
            for (item, value) in data.user(user).iter() {
                found.insert((id[0], data.items().id(item).unwrap()[0]), value);
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_history_reduces_like_the_users_row_of_the_log(events in events()) {
        let how = policies().with_half_life_days(1e-6);
        let mut log = InteractionLog::new();
        for &(user, item, kind, value, at) in &events {
            let at = at.map(|at| Timestamp(i64::from(at)));
            log.push([user], [item], KINDS[usize::from(kind)], f32::from(value), at).unwrap();
        }
        let data = log.to_interactions(&how).unwrap();
        for (user, _) in data.users().iter() {
            let own = log.iter().filter(|event| event.user == user).map(|event| HistoryEvent {
                item: event.item, kind: event.kind, value: event.value, at: event.at,
            });
            let history: History = how.history(log.newest(), own);
            prop_assert_eq!(history.as_row(), data.user(user));
        }
    }
}

#[test]
fn an_entry_has_the_newest_time_of_its_events_and_the_oldest_of_all_if_it_has_none() {
    let mut log = InteractionLog::new();
    let events = [("a", "x", Some(5)), ("a", "x", Some(3)), ("a", "y", None), ("b", "x", Some(9))];
    for (user, item, at) in events {
        log.push(user, item, "view", 1.0, at.map(Timestamp)).unwrap();
    }
    let data = log.to_dataset(&Aggregation::default()).unwrap();
    assert_eq!(data.times(), Some(&[5, 3, 9].map(Timestamp)[..]));
    assert_eq!(data.interactions().nnz(), 3);
}

#[test]
fn a_log_without_any_time_gives_no_times() {
    let mut log = InteractionLog::new();
    log.push("a", "x", "view", 1.0, None).unwrap();
    assert!(log.to_dataset(&Aggregation::default()).unwrap().times().is_none());
}

#[test]
fn entries_that_cancel_out_have_no_time_either() {
    let mut log = InteractionLog::new();
    log.push("a", "x", "like", 1.0, Some(Timestamp(1))).unwrap();
    log.push("a", "x", "dislike", 1.0, Some(Timestamp(2))).unwrap();
    log.push("a", "y", "like", 1.0, Some(Timestamp(3))).unwrap();
    let data = log.to_dataset(&Aggregation::default()).unwrap();
    assert_eq!(data.times(), Some(&[Timestamp(3)][..]));
}
