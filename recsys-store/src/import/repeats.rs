//! Finds the events of an import that come more than once.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::record::EventRow;
use crate::types::RATING_KIND;

/// What distinguishes repeated events, by their place among the good rows of a source.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Repeats {
    /// Ratings that a later one of the same user and item replaces.
    superseded: HashSet<u64>,
    /// How many equal events came before, where there were any.
    occurrence: HashMap<u64, u32>,
}

impl Repeats {
    pub(super) fn is_superseded(&self, place: u64) -> bool {
        self.superseded.contains(&place)
    }

    pub(super) fn occurrence(&self, place: u64) -> u32 {
        self.occurrence.get(&place).copied().unwrap_or_default()
    }

    pub(super) fn superseded(&self) -> u64 {
        self.superseded.len() as u64
    }
}

/// Collects [`Repeats`]. Holds about 40 bytes for each event; content is compared by 64-bit hashes,
/// of which two among a hundred million events agree by chance once in three thousand imports, and
/// then one event gets a number it would not need.
#[derive(Debug, Default)]
pub(super) struct RepeatFinder {
    ratings: HashMap<u64, Rated>,
    events: HashMap<u64, u32>,
    found: Repeats,
}

/// The latest rating of one user for one item.
#[derive(Clone, Copy, Debug)]
struct Rated {
    at: Option<i64>,
    place: u64,
}

impl RepeatFinder {
    pub(super) fn push(&mut self, place: u64, event: &EventRow) {
        let at = event.at.map(|at| at.timestamp_millis());
        if event.kind == RATING_KIND {
            self.push_rating(place, event, at);
            return;
        }
        let content = hash((&event.user, &event.item, &event.kind, event.value.to_bits(), at));
        let before = self.events.entry(content).or_default();
        if *before > 0 {
            self.found.occurrence.insert(place, *before);
        }
        *before += 1;
    }

    pub(super) fn finish(self) -> Repeats {
        self.found
    }

    /// A rating with a time beats one without; of equal times the later row wins.
    fn push_rating(&mut self, place: u64, event: &EventRow, at: Option<i64>) {
        let new = Rated { at, place };
        let Some(latest) = self.ratings.insert(hash((&event.user, &event.item)), new) else {
            return;
        };
        if at < latest.at {
            self.found.superseded.insert(place);
            self.ratings.insert(hash((&event.user, &event.item)), latest);
        } else {
            self.found.superseded.insert(latest.place);
        }
    }
}

fn hash(content: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn event(kind: &str, value: f64, at: Option<i64>) -> EventRow {
        EventRow {
            user: "u".to_owned(),
            item: "i".to_owned(),
            kind: kind.to_owned(),
            value,
            at: at.and_then(DateTime::from_timestamp_millis),
        }
    }

    fn repeats(events: &[EventRow]) -> Repeats {
        let mut finder = RepeatFinder::default();
        for (place, event) in (0..).zip(events) {
            finder.push(place, event);
        }
        finder.finish()
    }

    #[test]
    fn equal_events_are_numbered() {
        let view = event("view", 1.0, None);
        let found = repeats(&[view.clone(), event("view", 2.0, None), view.clone(), view]);
        assert_eq!([0, 1, 2, 3].map(|place| found.occurrence(place)), [0, 0, 1, 2]);
    }

    #[test]
    fn the_latest_rating_counts() {
        let found = repeats(&[
            event(RATING_KIND, 1.0, Some(5)),
            event(RATING_KIND, 2.0, Some(9)),
            event(RATING_KIND, 3.0, Some(7)),
            event(RATING_KIND, 4.0, None),
        ]);
        assert_eq!([0, 1, 2, 3].map(|place| found.is_superseded(place)), [true, false, true, true]);
        assert_eq!(found.superseded(), 3);
    }

    #[test]
    fn of_ratings_at_the_same_time_the_last_row_counts() {
        let found = repeats(&[event(RATING_KIND, 1.0, Some(5)), event(RATING_KIND, 2.0, Some(5))]);
        assert_eq!([0, 1].map(|place| found.is_superseded(place)), [true, false]);
    }
}
