//! Cutting a log into what a model may know and what it is measured on.
//!
//! | method | held out | leaks the future |
//! | --- | --- | --- |
//! | [`random_events`](SplitMethod::RandomEvents) | a share of all events | yes |
//! | [`random_per_user`](SplitMethod::RandomPerUser) | a share of each user's events | yes |
//! | [`event_folds`](SplitMethod::EventFolds) | each event once, in one of the folds | yes |
//! | [`user_folds`](SplitMethod::UserFolds) | each user once: strong generalisation | yes |
//! | [`leave_one_out`](SplitMethod::LeaveOneOut) | one event of each user | yes |
//! | [`last_events`](SplitMethod::LastEvents) | the newest events of each user | over users |
//! | [`time_cut`](SplitMethod::TimeCut) | everything from a moment on | no |
//! | [`time_windows`](SplitMethod::TimeWindows) | consecutive spans, with all before them to learn from | no |
//!
//! Every method puts each event into exactly one [`Part`]; parts keep the positions of users and items.

mod assign;
mod filter;
mod method;
mod time;

pub use method::{Choice, SplitConfig, SplitMethod};
pub use time::split_by_time;

use super::EvalError;
use crate::data::{InteractionLog, Timestamp};

/// Where an event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Nowhere: it is newer than what is measured, or an option leaves it out.
    Dropped,
    /// To the history that is folded in for a user who is not trained on.
    Revealed,
    /// To what the model is measured on.
    Test,
    /// To what the model learns from.
    Train,
}

/// A log in parts. All of them have the users and items of the whole, at the same positions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Split {
    /// What the model learns from.
    pub train: InteractionLog,
    /// Histories of the users who are not trained on; empty but for
    /// [`user_folds`](SplitMethod::UserFolds).
    pub revealed: InteractionLog,
    /// What it is measured on.
    pub test: InteractionLog,
}

impl Split {
    /// Distributes the events of `log`, one part for each in arrival order.
    ///
    /// # Panics
    ///
    /// When there is not one part for each event.
    #[must_use]
    pub fn from_parts(log: &InteractionLog, parts: &[Part]) -> Self {
        assert_eq!(parts.len(), log.len(), "one part for each event");
        let events_of = |part: Part| log.filtered(|at, _| parts[at] == part);
        Self {
            train: events_of(Part::Train),
            revealed: events_of(Part::Revealed),
            test: events_of(Part::Test),
        }
    }

    /// Joins two logs with positions of their own, as files of a published split have.
    ///
    /// # Errors
    ///
    /// [`EvalError::Data`] when together they have too many users, items or kinds of events.
    ///
    /// # Panics
    ///
    /// Never: events are of users and items of their log.
    pub fn given(train: &InteractionLog, test: &InteractionLog) -> Result<Self, EvalError> {
        let mut both = train.clone();
        for (_, id) in test.users().iter() {
            both.push_user(id)?;
        }
        for (_, id) in test.items().iter() {
            both.push_item(id)?;
        }
        for event in test.iter() {
            let user = test.users().id(event.user).expect("events are of users of their log");
            let item = test.items().id(event.item).expect("events are of items of their log");
            both.push(user, item, event.kind, event.value, event.at)?;
        }
        let mut parts = vec![Part::Train; train.len()];
        parts.resize(both.len(), Part::Test);
        Ok(Self::from_parts(&both, &parts))
    }
}

/// Time of an event for ordering: those without one are the oldest.
fn age_order(at: Option<Timestamp>) -> i64 {
    at.map_or(i64::MIN, |at| at.0)
}

#[cfg(test)]
mod tests;
