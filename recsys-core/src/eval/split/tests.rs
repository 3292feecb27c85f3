//! Laws of the splits.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ids::UserIdx;

/// A log of few users and items, with repetitions and missing times.
fn log(events: &[(u8, u8, Option<i64>)]) -> InteractionLog {
    let mut log = InteractionLog::new();
    for (user, item, at) in events {
        log.push([*user], [*item], "view", 1.0, at.map(Timestamp)).unwrap();
    }
    log
}

fn logs() -> impl Strategy<Value = InteractionLog> {
    let event = (0..6u8, 0..9u8, prop::option::of(0..40i64));
    prop::collection::vec(event, 0..60).prop_map(|events| log(&events))
}

fn methods() -> impl Strategy<Value = SplitMethod> {
    prop_oneof![
        (2..6u32).prop_map(|folds| SplitMethod::EventFolds { folds }),
        (2..6u32, 0.05..0.95)
            .prop_map(|(folds, revealed)| SplitMethod::UserFolds { folds, revealed }),
        (1..4u32).prop_map(|count| SplitMethod::LastEvents { count }),
        Just(SplitMethod::LeaveOneOut { choice: Choice::Newest }),
        Just(SplitMethod::LeaveOneOut { choice: Choice::Random }),
        (0.05..0.95).prop_map(|share| SplitMethod::RandomEvents { share }),
        (0.05..0.95).prop_map(|share| SplitMethod::RandomPerUser { share }),
        (0.05..0.95).prop_map(|share| SplitMethod::TimeCut { share }),
        (1..4u32, 1e-7..2e-7)
            .prop_map(|(windows, days)| SplitMethod::TimeWindows { windows, days }),
    ]
}

fn pairs(log: &InteractionLog) -> BTreeSet<(u32, u32)> {
    log.iter().map(|event| (event.user.get(), event.item.get())).collect()
}

fn times_of(log: &InteractionLog, user: UserIdx) -> Vec<i64> {
    log.iter().filter(|event| event.user == user).map(|event| age_order(event.at)).collect()
}

proptest! {
    #[test]
    fn every_event_is_in_exactly_one_part(
        log in logs(), method in methods(), seed in 0..3u64, drop: [bool; 3],
    ) {
        let config = SplitConfig { method, seed, drop_unseen_items: drop[0], drop_unseen_users: drop[1], drop_seen_pairs: drop[2] };
        let Ok(assigned) = config.assign(&log) else { return Ok(()) };
        let splits = config.split(&log).unwrap();
        prop_assert_eq!(assigned.len(), splits.len());
        for (parts, split) in assigned.iter().zip(&splits) {
            let count = |part| parts.iter().filter(|other| **other == part).count();
            prop_assert_eq!(split.train.len(), count(Part::Train));
            prop_assert_eq!(split.revealed.len(), count(Part::Revealed));
            prop_assert!(split.test.len() <= count(Part::Test));
            prop_assert_eq!(split.test.users().len(), log.users().len());
            if drop == [false; 3] {
                prop_assert_eq!(split.test.len(), count(Part::Test));
            }
        }
    }

    #[test]
    fn folds_hold_every_event_or_user_out_once(log in logs(), folds in 2..6u32, seed in 0..3u64) {
        let events = SplitConfig::new(SplitMethod::EventFolds { folds }).with_seed(seed);
        if let Ok(splits) = events.assign(&log) {
            for at in 0..log.len() {
                let held = splits.iter().filter(|parts| parts[at] == Part::Test).count();
                prop_assert_eq!(held, 1);
            }
        }
        let users = SplitConfig::new(SplitMethod::UserFolds { folds, revealed: 0.5 }).with_seed(seed);
        if let Ok(splits) = users.split(&log) {
            for split in &splits {
                let of = |log: &InteractionLog| log.iter().map(|event| event.user).collect::<BTreeSet<_>>();
                prop_assert!(of(&split.train).is_disjoint(&of(&split.revealed)), "nobody measured is trained on");
                prop_assert!(of(&split.train).is_disjoint(&of(&split.test)));
                prop_assert!(of(&split.test).is_subset(&of(&split.revealed)), "something is revealed of each");
            }
        }
    }

    #[test]
    fn nothing_newer_is_learnt_from(log in logs(), share in 0.05..0.95, windows in 1..4u32) {
        let config = SplitConfig::new(SplitMethod::TimeCut { share }).with_seen_pairs_dropped(false);
        let cut = config.split(&log).unwrap_or_default();
        let config = SplitConfig::new(SplitMethod::TimeWindows { windows, days: 1e-7 });
        for split in cut.into_iter().chain(config.split(&log).unwrap_or_default()) {
            let last_known = split.train.newest().map_or(i64::MIN, |at| at.0);
            prop_assert!(split.test.iter().all(|event| age_order(event.at) > last_known));
        }
    }

    #[test]
    fn the_newest_events_of_a_user_are_held_out_but_never_all(log in logs(), count in 1..4u32) {
        let config = SplitConfig::new(SplitMethod::LastEvents { count }).with_seen_pairs_dropped(false);
        let Ok(splits) = config.split(&log) else { return Ok(()) };
        for (user, _) in log.users().iter() {
            let (train, test) = (times_of(&splits[0].train, user), times_of(&splits[0].test, user));
            prop_assert!(!train.is_empty());
            prop_assert_eq!(test.len(), (count as usize).min(train.len() + test.len() - 1));
            prop_assert!(test.iter().min().is_none_or(|oldest| train.iter().all(|at| at <= oldest)));
        }
    }

    #[test]
    fn options_leave_out_exactly_what_they_name(log in logs(), method in methods(), drop: [bool; 3]) {
        let plain = SplitConfig::new(method).with_seen_pairs_dropped(false);
        let config = plain.with_unseen_dropped(drop[0], drop[1]).with_seen_pairs_dropped(drop[2]);
        let (Ok(all), Ok(kept)) = (plain.split(&log), config.split(&log)) else { return Ok(()) };
        for (all, kept) in all.iter().zip(&kept) {
            let shown: BTreeSet<_> = pairs(&all.train).union(&pairs(&all.revealed)).copied().collect();
            let users: BTreeSet<u32> = shown.iter().map(|(user, _)| *user).collect();
            let items: BTreeSet<u32> = pairs(&all.train).iter().map(|(_, item)| *item).collect();
            let stays = |(user, item): &(u32, u32)| {
                (!drop[0] || users.contains(user)) && (!drop[1] || items.contains(item))
                    && (!drop[2] || !shown.contains(&(*user, *item)))
            };
            let expected: BTreeSet<_> = pairs(&all.test).into_iter().filter(stays).collect();
            prop_assert_eq!(pairs(&kept.test), expected.clone());
            prop_assert_eq!(pairs(&config.filter(all).test), expected, "the same for a split from outside");
        }
    }

    #[test]
    fn a_seed_decides_the_split(log in logs(), method in methods()) {
        let config = SplitConfig::new(method);
        prop_assert_eq!(config.assign(&log), config.assign(&log));
    }
}

#[test]
fn a_share_of_each_user_is_rounded_and_leaves_something_on_either_side() {
    let held = |count| assign::part(0.2, count);
    assert_eq!([0, 1, 2, 5, 7, 8, 10].map(held), [0, 0, 1, 1, 1, 2, 2]);
    assert_eq!(assign::part(0.9, 3), 2);
}

#[test]
fn a_log_of_one_moment_cannot_be_cut() {
    assert!(split_by_time(&log(&[(0, 0, Some(5)), (0, 1, Some(5)), (0, 2, None)]), 0.5).is_none());
}

#[test]
fn windows_slide_up_to_the_newest_event() {
    let log = log(&[(0, 0, Some(1)), (0, 1, Some(10)), (0, 2, Some(15)), (0, 3, Some(20))]);
    let method = SplitMethod::TimeWindows { windows: 2, days: 5.0 / 86_400_000.0 };
    let splits = SplitConfig::new(method).split(&log).unwrap();
    let sizes: Vec<_> = splits.iter().map(|split| (split.train.len(), split.test.len())).collect();
    assert_eq!(sizes, [(2, 1), (3, 1)]);
}

#[test]
fn given_parts_are_brought_to_common_positions() {
    let split = Split::given(&log(&[(0, 7, None)]), &log(&[(3, 1, None), (0, 2, None)])).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (1, 2));
    assert_eq!(split.train.users().len(), 2);
    assert_eq!(split.train.items().index([2]), split.test.items().index([2]));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused =
        |method: SplitMethod| SplitConfig::new(method).split(&log(&[])).unwrap_err().to_string();
    assert!(refused(SplitMethod::TimeCut { share: 1.0 }).starts_with("split.time_cut.share"));
    assert!(refused(SplitMethod::EventFolds { folds: 1 }).starts_with("split.event_folds.folds"));
    assert!(refused(SplitMethod::Given).contains("not given"));
}
