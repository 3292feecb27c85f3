//! The history of a user whom a model may never have seen.

use super::aggregation::{Contributing, Scratch, combine};
use super::{Aggregation, Row, Timestamp};
use crate::ids::{DenseIdx, ItemIdx};

/// What one user did, as a sparse row that owns its data: the input of fold-in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    indices: Vec<u32>,
    values: Vec<f32>,
}

/// One event of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct HistoryEvent<'a> {
    /// On what.
    pub item: ItemIdx,
    /// What was done.
    pub kind: &'a str,
    /// How much.
    pub value: f32,
    /// When, if known.
    pub at: Option<Timestamp>,
}

impl History {
    /// Collects items and what they are worth. Repeated items are added; zero and non-finite sums are
    /// left out.
    #[must_use]
    pub fn new(mut entries: Vec<(ItemIdx, f32)>) -> Self {
        entries.sort_by_key(|&(item, _)| item);
        let mut history = Self::default();
        for group in entries.chunk_by(|left, right| left.0 == right.0) {
            let worth: f32 = group.iter().map(|&(_, worth)| worth).sum();
            if worth != 0.0 && worth.is_finite() {
                history.indices.push(group[0].0.get());
                history.values.push(worth);
            }
        }
        history
    }

    /// Copies a row.
    #[must_use]
    pub fn from_row(row: Row<'_, ItemIdx>) -> Self {
        Self { indices: row.indices().to_vec(), values: row.values().to_vec() }
    }

    /// Returns the history as a row.
    #[must_use]
    pub fn as_row(&self) -> Row<'_, ItemIdx> {
        Row::new(&self.indices, &self.values)
    }

    /// Returns the largest position in it.
    #[must_use]
    pub fn last_item(&self) -> Option<ItemIdx> {
        self.indices.last().copied().map(ItemIdx::new)
    }

    /// Returns the number of items in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Returns whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

impl Aggregation {
    /// Reduces one user's events, oldest first, to a history, exactly as
    /// [`to_interactions`](super::InteractionLog::to_interactions) reduces a row of the log.
    /// Ages count from `reference`.
    #[must_use]
    pub fn history<'a>(
        &self,
        reference: Option<Timestamp>,
        events: impl IntoIterator<Item = HistoryEvent<'a>>,
    ) -> History {
        let mut names: Vec<&str> = Vec::new();
        let mut grouped: Vec<(ItemIdx, Contributing)> = Vec::new();
        for event in events.into_iter().filter(|event| event.value.is_finite()) {
            let known = names.iter().position(|name| *name == event.kind);
            let position = known.unwrap_or_else(|| {
                names.push(event.kind);
                names.len() - 1
            });
            let contributing = Contributing {
                kind: u32::try_from(position).unwrap_or(u32::MAX),
                policy: self.policy(event.kind),
                value: event.value,
                at: event.at,
                retained: self.retained(event.at, reference),
            };
            grouped.push((event.item, contributing));
        }
        grouped.sort_by_key(|(item, _)| *item);
        let mut scratch = Scratch::default();
        let mut history = History::default();
        for group in grouped.chunk_by(|left, right| left.0 == right.0) {
            let worth = combine(group.iter().map(|(_, event)| *event), &mut scratch);
            if worth != 0.0 {
                history.indices.push(group[0].0.get());
                history.values.push(worth);
            }
        }
        history
    }
}

impl FromIterator<(ItemIdx, f32)> for History {
    fn from_iter<T: IntoIterator<Item = (ItemIdx, f32)>>(entries: T) -> Self {
        Self::new(entries.into_iter().collect())
    }
}

impl<I: DenseIdx> PartialEq<Row<'_, I>> for History {
    fn eq(&self, row: &Row<'_, I>) -> bool {
        self.indices == row.indices() && self.values == row.values()
    }
}
