//! What a setting may be, and points spread evenly over the space of all.

use std::collections::BTreeMap;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SearchConfig;
use crate::eval::EvalError;
use crate::rng;

/// What a setting may be. In a file: `{ log = { from = 1e-4, to = 1.0 } }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Range {
    /// One of these.
    Choices(Vec<Value>),
    /// A whole number, ends included.
    Integer {
        /// The smallest.
        from: i64,
        /// The largest.
        to: i64,
    },
    /// A number, evenly.
    Linear {
        /// The smallest.
        from: f64,
        /// The largest.
        to: f64,
    },
    /// A number above 0, evenly by its logarithm.
    Log {
        /// The smallest.
        from: f64,
        /// The largest.
        to: f64,
    },
    /// A whole number above 0, evenly by its logarithm, ends included.
    LogInteger {
        /// The smallest.
        from: u32,
        /// The largest.
        to: u32,
    },
}

impl Range {
    pub(super) fn check(&self, path: &str) -> Result<(), EvalError> {
        let holds = match self {
            Self::Choices(choices) => !choices.is_empty(),
            Self::Integer { from, to } => from <= to && to.checked_sub(*from).is_some(),
            Self::Linear { from, to } => from <= to && (to - from).is_finite(),
            Self::Log { from, to } => *from > 0.0 && from <= to && to.is_finite(),
            Self::LogInteger { from, to } => *from > 0 && from <= to,
        };
        if holds {
            Ok(())
        } else {
            Err(EvalError::Protocol(format!("the range of {path} is empty or has no logarithm")))
        }
    }

    /// Maps a share of the range, from 0 to below 1, to a value.
    fn at(&self, share: f64) -> Value {
        let between = |from: f64, to: f64| from + (to - from) * share;
        let logarithmic = |from: f64, to: f64| between(from.ln(), to.ln()).exp().clamp(from, to);
        match self {
            Self::Choices(choices) => {
                let at = (share * choices.len() as f64) as usize;
                choices[at.min(choices.len() - 1)].clone()
            }
            Self::Integer { from, to } => {
                let count = (to - from) as f64 + 1.0;
                Value::from((from + (share * count) as i64).min(*to))
            }
            Self::Linear { from, to } => number(between(*from, *to).clamp(*from, *to)),
            Self::Log { from, to } => number(logarithmic(*from, *to)),
            Self::LogInteger { from, to } => {
                // From half under the smallest to half above the largest, so that the ends have their share.
                let value = logarithmic(f64::from(*from) - 0.5, f64::from(*to) + 0.5).round();
                Value::from((value as u32).clamp(*from, *to))
            }
        }
    }
}

/// Settings have the precision of `f32`; four digits are enough to choose by and pleasant to read.
fn number(value: f64) -> Value {
    let text = format!("{value:.3e}");
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

/// Draws the candidates: nothing changed first, then points of an additive recurrence with a random
/// start, without repetitions.
pub(super) fn candidates(config: &SearchConfig) -> Vec<BTreeMap<String, Value>> {
    let mut drawn = vec![BTreeMap::new()];
    if config.space.is_empty() {
        return drawn;
    }
    let mut generator = rng::stream(config.seed, 0);
    let start: Vec<f64> = config.space.iter().map(|_| generator.random()).collect();
    let steps = steps(config.space.len());
    // A space of few points is exhausted before this many draws.
    let most = config.trials.saturating_mul(50);
    for point in 0..most {
        if drawn.len() >= config.trials as usize {
            break;
        }
        let axes = config.space.iter().zip(start.iter().zip(&steps));
        let settings = axes.map(|((path, range), (start, step))| {
            let share = (start + step * f64::from(point)).fract();
            (path.clone(), range.at(share))
        });
        let settings: BTreeMap<String, Value> = settings.collect();
        if !drawn.contains(&settings) {
            drawn.push(settings);
        }
    }
    drawn
}

/// Steps of the recurrence in each dimension: powers of the inverse of the root of `x^(d+1) = x + 1`.
fn steps(dimensions: usize) -> Vec<f64> {
    let mut root = 2.0_f64;
    for _ in 0..64 {
        root = (1.0 + root).powf(1.0 / (dimensions as f64 + 1.0));
    }
    (1..=dimensions).map(|at| root.powi(-(at as i32)).fract()).collect()
}
