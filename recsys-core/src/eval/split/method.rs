//! The methods and their settings.

use serde::{Deserialize, Serialize};

use super::{Part, Split, assign, filter};
use crate::data::InteractionLog;
use crate::eval::EvalError;
use crate::param::require;

/// How to cut a log. In a file: `{ random_per_user = { share = 0.2 } }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum SplitMethod {
    /// Every event is held out in exactly one fold, chosen at random.
    EventFolds {
        /// Number of folds, 2 to 100.
        folds: u32,
    },
    /// The parts come from outside, as the two files of a published split.
    Given,
    /// The newest events of each user who has more than that; of the others all but the oldest.
    LastEvents {
        /// Events held out of each user, at least 1.
        count: u32,
    },
    /// One event of each user who has two or more.
    LeaveOneOut {
        /// Which one.
        choice: Choice,
    },
    /// A share of all events, at random.
    RandomEvents {
        /// Share held out; above 0 and below 1, rounded to whole events.
        share: f64,
    },
    /// A share of each user's events, at random.
    RandomPerUser {
        /// Share held out; above 0 and below 1. Rounded to whole events, but a user with two or more
        /// keeps at least one on either side, and a user with one keeps it in training.
        share: f64,
    },
    /// The newest events of the whole log, about this share of those with a time.
    TimeCut {
        /// Share held out; above 0 and below 1. Events of one moment are never torn apart.
        share: f64,
    },
    /// Consecutive spans of time, the last of which ends with the newest event. All that is older than
    /// a span is learnt from, all that is newer is dropped.
    TimeWindows {
        /// Number of spans, 1 to 100.
        windows: u32,
        /// Length of each in days, above 0.
        days: f64,
    },
    /// Every user is held out in exactly one fold: the others are learnt from, a share of the user's
    /// events is revealed to be folded in, and the rest is measured (strong generalisation).
    UserFolds {
        /// Number of folds, 2 to 100.
        folds: u32,
        /// Share of a held-out user's events that is revealed; above 0 and below 1. Rounded as in
        /// [`RandomPerUser`](Self::RandomPerUser).
        revealed: f64,
    },
}

/// Which of a user's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the two that the literature knows")]
pub enum Choice {
    /// The newest; the later in the log when times are equal, and those without a time are the oldest.
    Newest,
    /// Any, with equal chance.
    Random,
}

/// A method, its seed, and what is left out of the measured part afterwards.
///
/// # Examples
///
/// ```
/// use recsys_core::data::InteractionLog;
/// use recsys_core::eval::{SplitConfig, SplitMethod};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut log = InteractionLog::new();
/// for item in ["tea", "milk", "cake", "jam", "bread"] {
///     log.push("ann", item, "view", 1.0, None)?;
/// }
/// let config = SplitConfig::new(SplitMethod::RandomPerUser { share: 0.4 });
/// let split = &config.split(&log)?[0];
/// assert_eq!((split.train.len(), split.test.len()), (3, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SplitConfig {
    /// How to cut. Default [`SplitMethod::RandomPerUser`] with a share of 0.2.
    pub method: SplitMethod,
    /// Start of the random stream. Default 42.
    pub seed: u64,
    /// Leaves test events of items out that training has no event of. Default off.
    pub drop_unseen_items: bool,
    /// Leaves test events of users out that training (or what is revealed) has no event of. Default
    /// off.
    pub drop_unseen_users: bool,
    /// Leaves test events out of which the same user and item stand in training or in what is
    /// revealed: a repetition. Default on.
    pub drop_seen_pairs: bool,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self {
            method: SplitMethod::RandomPerUser { share: 0.2 },
            seed: 42,
            drop_unseen_items: false,
            drop_unseen_users: false,
            drop_seen_pairs: true,
        }
    }
}

impl SplitConfig {
    /// Cuts by `method`, with the default options.
    #[must_use]
    pub fn new(method: SplitMethod) -> Self {
        Self { method, ..Self::default() }
    }

    /// Sets the start of the random stream.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether test events of unseen users and of unseen items are left out.
    #[must_use]
    pub fn with_unseen_dropped(mut self, users: bool, items: bool) -> Self {
        self.drop_unseen_users = users;
        self.drop_unseen_items = items;
        self
    }

    /// Sets whether repetitions of what is known are left out of the measured part.
    #[must_use]
    pub fn with_seen_pairs_dropped(mut self, dropped: bool) -> Self {
        self.drop_seen_pairs = dropped;
        self
    }

    /// Cuts `log`: one split for each fold or window, else one.
    ///
    /// # Errors
    ///
    /// [`EvalError::Param`] when a setting is out of range, [`EvalError::Split`] when nothing would be
    /// left to learn from or to measure, times are missing, or the method is
    /// [`SplitMethod::Given`].
    pub fn split(&self, log: &InteractionLog) -> Result<Vec<Split>, EvalError> {
        let mut splits = Vec::new();
        for mut parts in self.assign(log)? {
            filter::apply(self, log, &mut parts);
            splits.push(Split::from_parts(log, &parts));
        }
        Ok(splits)
    }

    /// Applies the options to a split that came from outside.
    #[must_use]
    pub fn filter(&self, split: &Split) -> Split {
        filter::filtered(self, split)
    }

    /// Says where each event goes, before the options, for each fold.
    pub(super) fn assign(&self, log: &InteractionLog) -> Result<Vec<Vec<Part>>, EvalError> {
        self.method.check()?;
        let folds = match self.method {
            SplitMethod::EventFolds { folds } => assign::event_folds(log, folds, self.seed),
            SplitMethod::Given => return Err(EvalError::Split("its parts are not given")),
            SplitMethod::LastEvents { count } => vec![assign::last_events(log, count)],
            SplitMethod::LeaveOneOut { choice: Choice::Newest } => {
                vec![assign::last_events(log, 1)]
            }
            SplitMethod::LeaveOneOut { choice: Choice::Random } => {
                vec![assign::random_per_user(log, self.seed, |_| 1)]
            }
            SplitMethod::RandomEvents { share } => {
                vec![assign::random_events(log, share, self.seed)]
            }
            SplitMethod::RandomPerUser { share } => {
                vec![assign::random_per_user(log, self.seed, |count| assign::part(share, count))]
            }
            SplitMethod::TimeCut { share } => vec![
                super::time::cut(log, share)
                    .ok_or(EvalError::Split("it has fewer than two moments"))?,
            ],
            SplitMethod::TimeWindows { windows, days } => super::time::windows(log, windows, days)?,
            SplitMethod::UserFolds { folds, revealed } => {
                assign::user_folds(log, folds, revealed, self.seed)
            }
        };
        let whole = |parts: &Vec<Part>| parts.contains(&Part::Train) && parts.contains(&Part::Test);
        if folds.iter().all(whole) {
            Ok(folds)
        } else {
            Err(EvalError::Split("there are too few events to learn from and to measure"))
        }
    }
}

impl SplitMethod {
    /// Whether the events of held-out users are folded in, so that a model needs that ability.
    #[must_use]
    pub fn folds_in(self) -> bool {
        matches!(self, Self::UserFolds { .. })
    }

    pub(crate) fn check(self) -> Result<(), EvalError> {
        let share = |share: f64, name| {
            require(share > 0.0 && share < 1.0, name, share, "a share above 0 and below 1")
        };
        let between = |count: u32, least: u32, name, expected| {
            require((least..=100).contains(&count), name, count, expected)
        };
        match self {
            Self::Given | Self::LeaveOneOut { .. } => Ok(()),
            Self::EventFolds { folds } => {
                between(folds, 2, "split.event_folds.folds", "2 to 100 folds")
            }
            Self::LastEvents { count } => {
                require(count > 0, "split.last_events.count", count, "1 or more")
            }
            Self::RandomEvents { share: held } => share(held, "split.random_events.share"),
            Self::RandomPerUser { share: held } => share(held, "split.random_per_user.share"),
            Self::TimeCut { share: held } => share(held, "split.time_cut.share"),
            Self::TimeWindows { windows, days } => {
                between(windows, 1, "split.time_windows.windows", "1 to 100 windows")?;
                // A hundred of the longest still fit the range of times.
                let positive = days > 0.0 && days <= 100_000.0;
                require(positive, "split.time_windows.days", days, "above 0, at most 100,000 days")
            }
            Self::UserFolds { folds, revealed } => {
                between(folds, 2, "split.user_folds.folds", "2 to 100 folds")?;
                share(revealed, "split.user_folds.revealed")
            }
        }
        .map_err(EvalError::Param)
    }
}
