//! Events and an aggregation policy: the policy is refused, or the matrix is well-formed, its rows are the
//! histories of the users, its columns are its transpose, and plain sums are right.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use recsys_core::data::{
    Aggregation, Duplicates, HistoryEvent, InteractionLog, Interactions, KindPolicy, Timestamp,
};
use recsys_core::{ItemIdx, UserIdx};

#[derive(Arbitrary, Debug)]
struct Input {
    events: Vec<Action>,
    half_life_days: Option<f64>,
    policies: [Policy; 3],
}

#[derive(Arbitrary, Debug)]
struct Action {
    user: u8,
    item: u8,
    kind: u8,
    value: f32,
    at: Option<i64>,
}

#[derive(Arbitrary, Debug)]
struct Policy {
    duplicates: u8,
    offset: f32,
    weight: f32,
}

fuzz_target!(
    init: {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("nothing has used threads before");
    },
    |input: Input| {
        let log = log(&input.events);
        let policy = policy(&input);
        let Ok(data) = log.to_interactions(&policy) else {
            assert!(policy.check().is_err(), "a sane policy was refused");
            return;
        };
        assert!(policy.check().is_ok(), "a policy without sense was accepted");
        check_structure(&data);
        check_histories(&log, &policy, &data);
        check_dataset(&log, &policy, &data);
        check_plain_sums(&input.events);
    }
);

/// The log of the events with finite values; the others change nothing.
fn log(events: &[Action]) -> InteractionLog {
    let mut log = InteractionLog::new();
    for event in events {
        let before = log.len();
        let at = event.at.map(Timestamp);
        let pushed = log.push([event.user], [event.item], kind(event), event.value, at);
        assert_eq!(pushed.is_ok(), event.value.is_finite());
        assert_eq!(log.len(), before + usize::from(pushed.is_ok()));
    }
    log
}

/// Three kinds with a policy, one without.
fn kind(event: &Action) -> &'static str {
    ["view", "like", "rating", "other"][usize::from(event.kind % 4)]
}

fn policy(input: &Input) -> Aggregation {
    let mut aggregation = Aggregation::plain();
    aggregation.half_life_days = input.half_life_days;
    for (name, policy) in ["view", "like", "rating"].into_iter().zip(&input.policies) {
        let mut of_kind = KindPolicy::weighted(policy.weight);
        of_kind.offset = policy.offset;
        of_kind.duplicates = [Duplicates::Last, Duplicates::Max, Duplicates::Sum]
            [usize::from(policy.duplicates % 3)];
        aggregation = aggregation.with_kind(name, of_kind);
    }
    aggregation
}

fn check_structure(data: &Interactions) {
    let mut columns = vec![Vec::new(); data.n_items()];
    for (user, _) in data.users().iter() {
        let row = data.user(user);
        assert!(row.indices().is_sorted_by(|left, right| left < right));
        assert!(row.values().iter().all(|value| value.is_finite() && *value != 0.0));
        for (item, value) in row.iter() {
            columns[item.get() as usize].push((user, value));
        }
    }
    for (item, _) in data.items().iter() {
        let column: Vec<(UserIdx, f32)> = data.item(item).iter().collect();
        assert_eq!(column, columns[item.get() as usize]);
    }
}

/// A user who is folded in has the row that training gave.
fn check_histories(log: &InteractionLog, policy: &Aggregation, data: &Interactions) {
    for (user, _) in data.users().iter() {
        let events = log.iter().filter(|event| event.user == user).map(|event| HistoryEvent {
            item: event.item,
            kind: event.kind,
            value: event.value,
            at: event.at,
        });
        assert_eq!(policy.history(log.newest(), events), data.user(user));
    }
}

/// Times leave the matrix as it is and are times of the log.
fn check_dataset(log: &InteractionLog, policy: &Aggregation, data: &Interactions) {
    let dataset = log.to_dataset(policy).expect("the policy was accepted before");
    let (timed, plain) = (dataset.interactions().user_csr(), data.user_csr());
    assert_eq!(
        (timed.indptr, timed.indices, timed.values),
        (plain.indptr, plain.indices, plain.values)
    );
    let known: Vec<Timestamp> = log.iter().filter_map(|event| event.at).collect();
    for time in dataset.times().unwrap_or_default() {
        assert!(known.contains(time), "{time:?} is not a time of the log");
    }
}

/// Quarters, which f64 adds without rounding, are added.
fn check_plain_sums(events: &[Action]) {
    let mut log = InteractionLog::new();
    let mut sums: BTreeMap<(UserIdx, ItemIdx), f64> = BTreeMap::new();
    for event in events {
        let value = f32::from(event.kind.cast_signed()) / 4.0;
        log.push([event.user], [event.item], kind(event), value, None).expect("finite");
        let user = log.users().index([event.user]).expect("the user was pushed");
        let item = log.items().index([event.item]).expect("the item was pushed");
        *sums.entry((user, item)).or_default() += f64::from(value);
    }
    sums.retain(|_, sum| *sum != 0.0);
    let data = log.to_interactions(&Aggregation::plain()).expect("the plain policy is sane");
    let found = data.users().iter().flat_map(|(user, _)| {
        data.user(user).iter().map(move |(item, value)| ((user, item), f64::from(value)))
    });
    assert!(found.eq(sums));
}
