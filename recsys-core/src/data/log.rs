//! The log of events, column by column, in arrival order.

mod matrix;

use super::{DataError, Timestamp};
use crate::ids::{IDS_AT_ONCE, IdMap, ItemIdx, UserIdx};

/// Raw events in arrival order, with optional times. Splits work on this.
///
/// # Examples
///
/// ```
/// use recsys_core::data::{Aggregation, InteractionLog};
///
/// # fn main() -> Result<(), recsys_core::data::DataError> {
/// let mut log = InteractionLog::new();
/// log.push("ann", "tea", "view", 1.0, None)?;
/// log.push("ann", "tea", "purchase", 1.0, None)?;
/// let data = log.to_interactions(&Aggregation::default())?;
/// let ann = data.users().index("ann").expect("ann was logged");
/// assert_eq!(data.user(ann).values(), [6.0]); // one view and one purchase
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct InteractionLog {
    users: IdMap<UserIdx>,
    items: IdMap<ItemIdx>,
    kinds: Vec<String>,
    user: Vec<u32>,
    item: Vec<u32>,
    kind: Vec<u16>,
    value: Vec<f32>,
    at: Vec<i64>,
}

/// One event of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// Who.
    pub user: UserIdx,
    /// On what.
    pub item: ItemIdx,
    /// What was done, as in "view".
    pub kind: &'a str,
    /// How much, finite.
    pub value: f32,
    /// When, if known.
    pub at: Option<Timestamp>,
}

/// An event in outside ids, to be logged.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewEvent<'a> {
    /// Who.
    pub user: &'a [u8],
    /// On what.
    pub item: &'a [u8],
    /// What was done, as in "view".
    pub kind: &'a str,
    /// How much; must be finite.
    pub value: f32,
    /// When, if known.
    pub at: Option<Timestamp>,
}

impl<'a> NewEvent<'a> {
    /// Describes an event of value 1 whose time is not known.
    #[must_use]
    pub fn new(user: &'a [u8], item: &'a [u8], kind: &'a str) -> Self {
        Self { user, item, kind, value: 1.0, at: None }
    }

    /// Sets how much.
    #[must_use]
    pub fn with_value(mut self, value: f32) -> Self {
        self.value = value;
        self
    }

    /// Sets when.
    #[must_use]
    pub fn with_time(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

/// Stands for "no time" in the column; no real event is 292 million years old.
const NO_TIME: i64 = i64::MIN;

impl InteractionLog {
    /// Returns an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one event.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFinite`] for a value that is not a number, [`DataError::TooMany`] when the log
    /// cannot hold another user, item, kind or event (2³² of these). The log is unchanged then.
    pub fn push(
        &mut self,
        user: impl AsRef<[u8]>,
        item: impl AsRef<[u8]>,
        kind: &str,
        value: f32,
        at: Option<Timestamp>,
    ) -> Result<(), DataError> {
        self.check_next(value)?;
        let kind = self.intern_kind(kind)?;
        let user = self.push_user(user)?;
        let item = self.push_item(item)?;
        self.append(user, item, kind, value, at);
        Ok(())
    }

    /// Appends events in their order: the same as [`push`](Self::push) for each, but cheaper when the ids do not fit
    /// the processor's caches, as many are then looked up side by side.
    ///
    /// # Errors
    ///
    /// Those of [`push`](Self::push). Events before the one that is refused are in the log then, and ids of a few
    /// after it may be registered.
    pub fn push_all(&mut self, events: &[NewEvent<'_>]) -> Result<(), DataError> {
        for events in events.chunks(IDS_AT_ONCE) {
            let good = events.iter().take_while(|event| event.value.is_finite()).count();
            let (good, refused) = events.split_at(good);
            let ids = |of: for<'a> fn(&NewEvent<'a>) -> &'a [u8]| {
                let mut ids = [&[][..]; IDS_AT_ONCE];
                for (id, event) in ids.iter_mut().zip(good) {
                    *id = of(event);
                }
                ids
            };
            let users = self.users.intern_together(&ids(|event| event.user)[..good.len()]);
            let items = self.items.intern_together(&ids(|event| event.item)[..good.len()]);
            for ((event, user), item) in good.iter().zip(users).zip(items) {
                self.check_next(event.value)?;
                let kind = self.intern_kind(event.kind)?;
                let user = user.ok_or(DataError::TooMany("users"))?;
                let item = item.ok_or(DataError::TooMany("items"))?;
                self.append(user, item, kind, event.value, event.at);
            }
            if let Some(event) = refused.first() {
                self.check_next(event.value)?;
            }
        }
        Ok(())
    }

    /// Whether there is room for an event of this value.
    fn check_next(&self, value: f32) -> Result<(), DataError> {
        if !value.is_finite() {
            return Err(DataError::NotFinite { position: self.len(), value });
        }
        u32::try_from(self.len()).map(|_| ()).map_err(|_| DataError::TooMany("events"))
    }

    fn append(
        &mut self,
        user: UserIdx,
        item: ItemIdx,
        kind: u16,
        value: f32,
        at: Option<Timestamp>,
    ) {
        self.user.push(user.get());
        self.item.push(item.get());
        self.kind.push(kind);
        self.value.push(value);
        self.at.push(at.map_or(NO_TIME, |at| at.0.max(NO_TIME + 1)));
    }

    /// Registers an item without events, so that it has a column, and returns its position.
    ///
    /// # Errors
    ///
    /// [`DataError::TooMany`] when the log cannot hold another item.
    pub fn push_item(&mut self, item: impl AsRef<[u8]>) -> Result<ItemIdx, DataError> {
        self.items.intern(item).ok_or(DataError::TooMany("items"))
    }

    /// Registers a user without events, so that there is a row, and returns the position.
    ///
    /// # Errors
    ///
    /// [`DataError::TooMany`] when the log cannot hold another user.
    pub fn push_user(&mut self, user: impl AsRef<[u8]>) -> Result<UserIdx, DataError> {
        self.users.intern(user).ok_or(DataError::TooMany("users"))
    }

    /// Returns a log with the same users, items and their positions, and only the events for which
    /// `keep` holds. Splits are made of this.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize, Event<'_>) -> bool) -> Self {
        let chosen: Vec<usize> = self
            .iter()
            .enumerate()
            .filter(|&(at, event)| keep(at, event))
            .map(|(at, _)| at)
            .collect();
        Self {
            users: self.users.clone(),
            items: self.items.clone(),
            kinds: self.kinds.clone(),
            user: chosen.iter().map(|&at| self.user[at]).collect(),
            item: chosen.iter().map(|&at| self.item[at]).collect(),
            kind: chosen.iter().map(|&at| self.kind[at]).collect(),
            value: chosen.iter().map(|&at| self.value[at]).collect(),
            at: chosen.iter().map(|&at| self.at[at]).collect(),
        }
    }

    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.user.len()
    }

    /// Returns whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.user.is_empty()
    }

    /// Returns the users seen so far.
    #[must_use]
    pub fn users(&self) -> &IdMap<UserIdx> {
        &self.users
    }

    /// Returns the items seen so far.
    #[must_use]
    pub fn items(&self) -> &IdMap<ItemIdx> {
        &self.items
    }

    /// Iterates over the events in arrival order.
    pub fn iter(&self) -> impl Iterator<Item = Event<'_>> + '_ {
        (0..self.len()).map(|at| Event {
            user: UserIdx::new(self.user[at]),
            item: ItemIdx::new(self.item[at]),
            kind: &self.kinds[usize::from(self.kind[at])],
            value: self.value[at],
            at: self.time(at),
        })
    }

    /// Returns the newest time in the log.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.at.iter().copied().filter(|&at| at != NO_TIME).max().map(Timestamp)
    }

    fn time(&self, position: usize) -> Option<Timestamp> {
        Some(self.at[position]).filter(|&at| at != NO_TIME).map(Timestamp)
    }

    fn intern_kind(&mut self, kind: &str) -> Result<u16, DataError> {
        let found = self.kinds.iter().position(|known| known == kind);
        let position = found.unwrap_or(self.kinds.len());
        let narrow = u16::try_from(position).map_err(|_| DataError::TooMany("event kinds"))?;
        if found.is_none() {
            self.kinds.push(kind.to_owned());
        }
        Ok(narrow)
    }
}

#[cfg(test)]
mod tests;
