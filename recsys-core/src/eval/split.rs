//! Cutting a log into what a model may know and what it is measured on.

use crate::data::{InteractionLog, Timestamp};

/// A log cut at a moment. Both parts keep the positions of users and items.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TimeSplit {
    /// Events before the moment.
    pub train: InteractionLog,
    /// Events from it on.
    pub test: InteractionLog,
}

/// Cuts `log` so that about `share` of the dated events, the newest, are held out; events without a
/// time belong to the training part. `None` when fewer than two moments are known or `share` is not
/// between 0 and 1.
///
/// Events of one moment are never torn apart, so nothing leaks over the cut.
#[must_use]
pub fn split_by_time(log: &InteractionLog, share: f64) -> Option<TimeSplit> {
    let mut times: Vec<Timestamp> = log.iter().filter_map(|event| event.at).collect();
    if !(share > 0.0 && share < 1.0) || times.is_empty() {
        return None;
    }
    times.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let position = ((1.0 - share) * times.len() as f64) as usize;
    let cut = times[position.min(times.len() - 1)];
    if cut == times[0] {
        return None;
    }
    let late = |at: Option<Timestamp>| at.is_some_and(|at| at >= cut);
    Some(TimeSplit {
        train: log.filtered(|_, event| !late(event.at)),
        test: log.filtered(|_, event| late(event.at)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log(times: &[Option<i64>]) -> InteractionLog {
        let mut log = InteractionLog::new();
        for (item, at) in times.iter().enumerate() {
            log.push("u", item.to_string(), "view", 1.0, at.map(Timestamp)).unwrap();
        }
        log
    }

    #[test]
    fn a_log_of_one_moment_cannot_be_cut() {
        assert!(split_by_time(&log(&[Some(5), Some(5), None]), 0.5).is_none());
    }

    proptest! {
        #[test]
        fn a_split_partitions_the_log_and_nothing_leaks(
            times in prop::collection::vec(prop::option::of(0..9i64), 0..40), share in 0.05..0.95f64,
        ) {
            let log = log(&times);
            let Some(split) = split_by_time(&log, share) else { return Ok(()) };
            prop_assert_eq!(split.train.len() + split.test.len(), log.len());
            prop_assert!(!split.test.is_empty());
            let last_known = split.train.newest().unwrap();
            prop_assert!(split.test.iter().all(|event| event.at.unwrap() > last_known));
        }
    }
}
