//! What cold tasks hide, and how degrees are grouped.

use super::*;
use crate::data::{Aggregation, History, InteractionLog};
use crate::eval::generated;

fn log() -> InteractionLog {
    generated(40, 30, 12, 1).0
}

#[test]
fn cold_users_are_not_learnt_from_and_differ_by_what_is_revealed_alone() {
    let log = log();
    let whole = log.to_interactions(&Aggregation::plain()).unwrap();
    let config = SliceConfig {
        cold_user_reveals: vec![0, 1, 3],
        cold_user_share: 0.2,
        ..SliceConfig::default()
    };
    let task = cold_users(&log, &whole, |value| value > 0.0, &config).unwrap();
    let [(0, none), (1, one), (3, three)] = &task.questions[..] else { panic!("three questions") };
    assert_eq!(none.cases().len(), 8);
    for ((none, one), three) in none.cases().iter().zip(one.cases()).zip(three.cases()) {
        assert!(task.train.iter().all(|event| event.user != none.user));
        assert_eq!((&none.relevant, &none.exclude), (&three.relevant, &three.exclude));
        let revealed = [none, one, three].map(|case| case.history.as_ref().map(History::len));
        assert_eq!(revealed, [None, Some(1), Some(3)]);
        assert!(three.relevant.iter().all(|item| !three.exclude.contains(*item)));
        assert_eq!(three.relevant.len() + 3, whole.user(three.user).len());
    }
}

#[test]
fn cold_items_have_no_event_to_learn_from() {
    let log = log();
    let whole = log.to_interactions(&Aggregation::plain()).unwrap();
    let task = cold_items(&log, &whole, |value| value > 0.0, 0.2, 7).unwrap();
    assert_eq!(task.items.len(), 6);
    assert!(task.train.iter().all(|event| !task.items.contains(event.item)));
    let (_, question) = &task.questions[0];
    for case in question.cases() {
        assert!(case.relevant.iter().all(|item| task.items.contains(*item)));
        assert!(case.exclude.as_slice().iter().all(|item| !task.items.contains(*item)));
    }
}

#[test]
fn groups_are_of_about_one_size_and_tear_no_degree() {
    let mut tally = DegreeTally::default();
    for (degree, count) in [(1, 5), (2, 1), (3, 2), (4, 2), (9, 10)] {
        (0..count).for_each(|at| tally.add(degree, f64::from(at % 2)));
    }
    let groups: Vec<_> =
        tally.groups(4).iter().map(|group| (group.from, group.to, group.count)).collect();
    assert_eq!(groups, [(1, 1, 5), (2, 4, 5), (9, 9, 10)]);
    assert!((tally.groups(4)[2].value - 0.5).abs() < 1e-12);
    assert!((tally.groups(4)[2].error - (0.25_f64 / 9.0).sqrt()).abs() < 1e-12);
    assert!(DegreeTally::default().groups(4).is_empty());
}
