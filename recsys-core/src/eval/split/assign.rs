//! Random and per-user assignments of events to parts.

use rand::seq::SliceRandom;

use super::{Part, age_order};
use crate::data::InteractionLog;
use crate::rng;

/// Streams of a seed: 0 shuffles the whole, the others are of one user each.
const WHOLE: u64 = 0;

/// How many of `count` events a share is: rounded, but neither none nor all of two or more.
pub(super) fn part(share: f64, count: usize) -> usize {
    let rounded = (share * count as f64).round() as usize;
    if count < 2 { 0 } else { rounded.clamp(1, count - 1) }
}

pub(super) fn random_events(log: &InteractionLog, share: f64, seed: u64) -> Vec<Part> {
    let mut order: Vec<usize> = (0..log.len()).collect();
    order.shuffle(&mut rng::stream(seed, WHOLE));
    let held = (share * log.len() as f64).round() as usize;
    let mut parts = vec![Part::Train; log.len()];
    for &at in &order[..held] {
        parts[at] = Part::Test;
    }
    parts
}

/// Holds `count_of` (a user's events) of each user's events out, but never all of them.
pub(super) fn random_per_user(
    log: &InteractionLog,
    seed: u64,
    count_of: impl Fn(usize) -> usize,
) -> Vec<Part> {
    let mut parts = vec![Part::Train; log.len()];
    for (user, mut events) in (1..).zip(by_user(log)) {
        let held = count_of(events.len()).min(events.len().saturating_sub(1));
        if held > 0 {
            let (chosen, _) = events.partial_shuffle(&mut rng::stream(seed, user), held);
            chosen.iter().for_each(|&at| parts[at] = Part::Test);
        }
    }
    parts
}

pub(super) fn last_events(log: &InteractionLog, count: u32) -> Vec<Part> {
    let times: Vec<i64> = log.iter().map(|event| age_order(event.at)).collect();
    let mut parts = vec![Part::Train; log.len()];
    for mut events in by_user(log) {
        events.sort_by_key(|&at| (times[at], at));
        let held = (count as usize).min(events.len().saturating_sub(1));
        events.iter().rev().take(held).for_each(|&at| parts[at] = Part::Test);
    }
    parts
}

pub(super) fn event_folds(log: &InteractionLog, folds: u32, seed: u64) -> Vec<Vec<Part>> {
    let fold_of = evenly(log.len(), folds, seed);
    let of_fold = |fold| {
        let part = |&other: &u32| if other == fold { Part::Test } else { Part::Train };
        fold_of.iter().map(part).collect()
    };
    (0..folds).map(of_fold).collect()
}

pub(super) fn user_folds(
    log: &InteractionLog,
    folds: u32,
    revealed: f64,
    seed: u64,
) -> Vec<Vec<Part>> {
    let fold_of = evenly(log.users().len(), folds, seed);
    let held_out = random_per_user(log, seed, |count| count.saturating_sub(part(revealed, count)));
    let of_fold = |fold| {
        let events = log.iter().zip(&held_out);
        let part = events.map(|(event, &part)| match part {
            _ if fold_of[event.user.index()] != fold => Part::Train,
            Part::Test => Part::Test,
            _ => Part::Revealed,
        });
        part.collect()
    };
    (0..folds).map(of_fold).collect()
}

/// Gives each of `count` things one of `folds` numbers at random, as evenly as it goes.
fn evenly(count: usize, folds: u32, seed: u64) -> Vec<u32> {
    let mut fold_of: Vec<u32> = (0..folds).cycle().take(count).collect();
    fold_of.shuffle(&mut rng::stream(seed, WHOLE));
    fold_of
}

/// Positions of each user's events in arrival order.
fn by_user(log: &InteractionLog) -> Vec<Vec<usize>> {
    let mut events = vec![Vec::new(); log.users().len()];
    for (at, event) in log.iter().enumerate() {
        events[event.user.index()].push(at);
    }
    events
}
