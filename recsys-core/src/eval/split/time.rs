//! Cuts by time, over which nothing leaks.

use super::{Part, Split, age_order};
use crate::data::{InteractionLog, Timestamp};
use crate::eval::EvalError;

/// Milliseconds in a day.
const DAY: f64 = 86_400_000.0;

/// Cuts `log` so that about `share` of the dated events, the newest, are held out; events without a
/// time belong to the training part. `None` when fewer than two moments are known or `share` is not
/// between 0 and 1.
///
/// Events of one moment are never torn apart, so nothing leaks over the cut.
#[must_use]
pub fn split_by_time(log: &InteractionLog, share: f64) -> Option<Split> {
    Some(Split::from_parts(log, &cut(log, share)?))
}

pub(super) fn cut(log: &InteractionLog, share: f64) -> Option<Vec<Part>> {
    let mut times: Vec<Timestamp> = log.iter().filter_map(|event| event.at).collect();
    if !(share > 0.0 && share < 1.0) || times.is_empty() {
        return None;
    }
    times.sort_unstable();
    let position = ((1.0 - share) * times.len() as f64) as usize;
    let cut = times[position.min(times.len() - 1)];
    if cut == times[0] {
        return None;
    }
    let part = |at: Option<Timestamp>| match at {
        Some(at) if at >= cut => Part::Test,
        _ => Part::Train,
    };
    Some(log.iter().map(|event| part(event.at)).collect())
}

/// The windows from the oldest to the newest. A window takes in its end but not its start.
pub(super) fn windows(
    log: &InteractionLog,
    windows: u32,
    days: f64,
) -> Result<Vec<Vec<Part>>, EvalError> {
    let newest = log.newest().ok_or(EvalError::Split("its events have no times"))?;
    let length = (days * DAY).round().max(1.0) as i64;
    let end_of = |back: u32| newest.0.saturating_sub(length.saturating_mul(i64::from(back)));
    let of_window = |back: u32| {
        let (start, end) = (end_of(back + 1), end_of(back));
        let part = |at: i64| match at {
            at if at <= start => Part::Train,
            at if at <= end => Part::Test,
            _ => Part::Dropped,
        };
        log.iter().map(|event| part(age_order(event.at))).collect()
    };
    Ok((0..windows).rev().map(of_window).collect())
}
