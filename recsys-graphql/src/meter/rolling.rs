//! Figures of the last minutes, in constant memory.

use std::{collections::VecDeque, time::Duration};

/// Length of one slot, in seconds.
const SLOT: u64 = 10;
/// Slots that count: five minutes.
const SLOTS: u64 = 30;
/// Upper end of the first bucket of durations, in seconds, and the ratio of one end to the next.
const FIRST: f64 = 0.0005;
const RATIO: f64 = 1.25;
/// The last bucket has what takes longer than about a minute.
const BUCKETS: usize = 54;

/// What happened in the last five minutes.
#[derive(Debug, Default)]
pub(super) struct Rolling {
    slots: VecDeque<(u64, Sums)>,
}

/// Sums over some time.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) requests: u64,
    /// Those of the requests that failed through no fault of their sender.
    pub(super) failures: u64,
    pub(super) seconds: f64,
    pub(super) lists: u64,
    pub(super) list_seconds: f64,
    /// Those of the lists that were kept ready.
    pub(super) kept: u64,
    /// How long the requests took, by bucket.
    pub(super) durations: [u32; BUCKETS],
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            requests: 0,
            failures: 0,
            seconds: 0.0,
            lists: 0,
            list_seconds: 0.0,
            kept: 0,
            durations: [0; BUCKETS],
        }
    }
}

impl Rolling {
    /// Returns the sums of the slot in which `at` lies, a time since the beginning of counting.
    pub(super) fn slot(&mut self, at: Duration) -> &mut Sums {
        let number = at.as_secs() / SLOT;
        self.forget(number);
        if self.slots.back().is_none_or(|(last, _)| *last < number) {
            self.slots.push_back((number, Sums::default()));
        }
        &mut self.slots.back_mut().expect("there is one now").1
    }

    /// Returns the sums of the last five minutes.
    pub(super) fn sums(&mut self, at: Duration) -> Sums {
        self.forget(at.as_secs() / SLOT);
        let mut total = Sums::default();
        for (_, sums) in &self.slots {
            total.requests += sums.requests;
            total.failures += sums.failures;
            total.seconds += sums.seconds;
            total.lists += sums.lists;
            total.list_seconds += sums.list_seconds;
            total.kept += sums.kept;
            for (all, some) in total.durations.iter_mut().zip(&sums.durations) {
                *all += some;
            }
        }
        total
    }

    /// Tells whether nothing happened in the last five minutes.
    pub(super) fn is_idle(&self, at: Duration) -> bool {
        self.slots.back().is_none_or(|(last, _)| last + SLOTS <= at.as_secs() / SLOT)
    }

    fn forget(&mut self, now: u64) {
        while self.slots.front().is_some_and(|(number, _)| number + SLOTS <= now) {
            self.slots.pop_front();
        }
    }
}

impl Sums {
    pub(super) fn add_request(&mut self, seconds: f64, failed: bool) {
        self.requests += 1;
        self.failures += u64::from(failed);
        self.seconds += seconds;
        let ends = std::iter::successors(Some(FIRST), |end| Some(end * RATIO));
        let bucket = ends.take(BUCKETS - 1).take_while(|end| seconds > *end).count();
        self.durations[bucket] += 1;
    }

    /// Returns a duration that 95 of 100 requests do not exceed, at most a quarter too long.
    pub(super) fn p95(&self) -> f64 {
        let below = (self.requests * 95).div_ceil(100);
        let (mut count, mut end) = (0, FIRST);
        for bucket in &self.durations {
            count += u64::from(*bucket);
            if count >= below {
                break;
            }
            end *= RATIO;
        }
        if self.requests == 0 { 0.0 } else { end }
    }
}

/// Returns `part` of `whole`, 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share, for people")]
pub(super) fn per(part: f64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_five_minutes_does_not_count() {
        let mut rolling = Rolling::default();
        rolling.slot(Duration::from_secs(5)).add_request(0.1, true);
        rolling.slot(Duration::from_secs(200)).add_request(0.3, false);
        let sums = rolling.sums(Duration::from_secs(299));
        assert_eq!((sums.requests, sums.failures), (2, 1));
        let sums = rolling.sums(Duration::from_secs(300));
        assert_eq!((sums.requests, sums.failures), (1, 0));
        assert!(!rolling.is_idle(Duration::from_secs(499)));
        assert!(rolling.is_idle(Duration::from_secs(500)));
    }

    #[test]
    fn of_a_hundred_durations_the_ninety_fifth_is_found_nearly() {
        let mut sums = Sums::default();
        for milliseconds in 1..=100 {
            sums.add_request(f64::from(milliseconds) / 1_000.0, false);
        }
        assert!((0.095..0.12).contains(&sums.p95()), "{}", sums.p95());
        sums.add_request(1e9, false);
        assert!(Sums::default().p95().abs() < f64::EPSILON);
    }
}
