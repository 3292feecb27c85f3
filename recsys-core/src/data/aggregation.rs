//! What events are worth: weights of kinds, ageing, and how repeated events add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use crate::param::{ParamError, require};

/// How the events of one user and one item become one number.
///
/// Each event contributes `weight * (value - offset)` of its kind, halved for every `half_life_days`
/// of its age. Contributions of one kind are combined by that kind's [`Duplicates`]; kinds are added.
/// A sum of exactly zero is no interaction; a negative one is an explicit dislike and is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Aggregation {
    /// Age at which an event counts half, in days. Default none: events do not age.
    pub half_life_days: Option<f64>,
    /// Policy of each known kind. The default knows view 1, click 1, bookmark 2, like 3, share 3,
    /// cart 3, purchase 5, dislike −3 and rating (weight 1, offset 2.5, the last one counts).
    pub kinds: BTreeMap<String, KindPolicy>,
    /// Policy of every other kind. Default weight 1, offset 0, summed.
    pub other: KindPolicy,
}

/// What an event of one kind is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KindPolicy {
    /// How repeated events of this kind on one item combine. Default [`Duplicates::Sum`].
    pub duplicates: Duplicates,
    /// Subtracted from the event's value before weighting, so that a rating under it is a dislike.
    /// Default 0.
    pub offset: f32,
    /// Multiplies the value. Default 1.
    pub weight: f32,
}

/// How several events of one kind, by one user on one item, become one contribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the three ways that exist; a fourth is a new meaning")]
pub enum Duplicates {
    /// The newest event counts (the later in the log when times are equal or missing).
    Last,
    /// The largest contribution counts.
    Max,
    /// Contributions are added.
    #[default]
    Sum,
}

impl KindPolicy {
    /// Returns a policy that sums `weight * value`.
    #[must_use]
    pub const fn weighted(weight: f32) -> Self {
        Self { duplicates: Duplicates::Sum, offset: 0.0, weight }
    }

    /// Returns a policy for ratings: the last one counts, values under `neutral` are dislikes.
    #[must_use]
    pub const fn rating(weight: f32, neutral: f32) -> Self {
        Self { duplicates: Duplicates::Last, offset: neutral, weight }
    }
}

impl Default for KindPolicy {
    fn default() -> Self {
        Self::weighted(1.0)
    }
}

impl Default for Aggregation {
    fn default() -> Self {
        let kinds = [
            ("bookmark", KindPolicy::weighted(2.0)),
            ("cart", KindPolicy::weighted(3.0)),
            ("click", KindPolicy::weighted(1.0)),
            ("dislike", KindPolicy::weighted(-3.0)),
            ("like", KindPolicy::weighted(3.0)),
            ("purchase", KindPolicy::weighted(5.0)),
            ("rating", KindPolicy::rating(1.0, 2.5)),
            ("share", KindPolicy::weighted(3.0)),
            ("view", KindPolicy::weighted(1.0)),
        ];
        Self {
            half_life_days: None,
            kinds: kinds.into_iter().map(|(name, policy)| (name.to_owned(), policy)).collect(),
            other: KindPolicy::default(),
        }
    }
}

impl Aggregation {
    /// Returns the policy under which every kind counts `value` as it is, summed.
    #[must_use]
    pub fn plain() -> Self {
        Self { half_life_days: None, kinds: BTreeMap::new(), other: KindPolicy::default() }
    }

    /// Sets the policy of one kind.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>, policy: KindPolicy) -> Self {
        self.kinds.insert(kind.into(), policy);
        self
    }

    /// Sets the age, in days, at which an event counts half.
    #[must_use]
    pub fn with_half_life_days(mut self, days: f64) -> Self {
        self.half_life_days = Some(days);
        self
    }

    /// Returns the policy of `kind`.
    #[must_use]
    pub fn policy(&self, kind: &str) -> KindPolicy {
        self.kinds.get(kind).copied().unwrap_or(self.other)
    }

    /// Checks that weights and offsets are finite and the half-life positive.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting.
    pub fn check(&self) -> Result<(), ParamError> {
        for policy in self.kinds.values().chain([&self.other]) {
            let finite = policy.weight.is_finite() && policy.offset.is_finite();
            let shown =
                format_args!("weight {}, offset {}", policy.weight, policy.offset).to_string();
            require(finite, "aggregation.kinds", shown, "finite numbers")?;
        }
        if let Some(days) = self.half_life_days {
            require(
                days.is_finite() && days > 0.0,
                "aggregation.half_life_days",
                days,
                "a positive number",
            )?;
        }
        Ok(())
    }

    /// Returns what an event of age `reference - at` keeps of its worth: 1 without half-life, time or
    /// age.
    pub(super) fn retained(&self, at: Option<Timestamp>, reference: Option<Timestamp>) -> f64 {
        let (Some(days), Some(at), Some(reference)) = (self.half_life_days, at, reference) else {
            return 1.0;
        };
        reference.retained(at, days)
    }
}

/// One event of the group that [`combine`] reduces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contributing {
    /// Any number that tells kinds apart.
    pub(super) kind: u32,
    pub(super) policy: KindPolicy,
    pub(super) value: f32,
    pub(super) at: Option<Timestamp>,
    /// From [`Aggregation::retained`].
    pub(super) retained: f64,
}

/// Reduces the events of one user and one item, in log order, to their worth, in f64 and then
/// bounded to finite f32.
pub(super) fn combine(
    events: impl IntoIterator<Item = Contributing>,
    scratch: &mut Scratch,
) -> f32 {
    let kinds = &mut scratch.kinds;
    kinds.clear();
    for event in events {
        let policy = event.policy;
        let worth = f64::from(policy.weight)
            * (f64::from(event.value) - f64::from(policy.offset))
            * event.retained;
        match kinds.iter_mut().find(|state| state.kind == event.kind) {
            None => kinds.push(KindState { kind: event.kind, worth, newest: event.at }),
            Some(state) => match policy.duplicates {
                Duplicates::Sum => state.worth += worth,
                Duplicates::Max => state.worth = state.worth.max(worth),
                Duplicates::Last if event.at >= state.newest => {
                    state.worth = worth;
                    state.newest = event.at;
                }
                Duplicates::Last => {}
            },
        }
    }
    let total: f64 = kinds.iter().map(|state| state.worth).sum();
    #[expect(clippy::cast_possible_truncation, reason = "bounded to the range of f32 first")]
    let bounded = total.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
    bounded
}

/// Reused by [`combine`] so that aggregation allocates nothing per pair.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    kinds: Vec<KindState>,
}

#[derive(Debug)]
struct KindState {
    kind: u32,
    worth: f64,
    newest: Option<Timestamp>,
}
