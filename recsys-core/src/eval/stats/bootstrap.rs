//! Confidence intervals by drawing users again.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::Sample;
use crate::param::{ParamError, require};
use crate::{par, rng};

/// Between which values a figure lies, with the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Settings of [`bootstrap()`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Bootstrap {
    /// Times that users are drawn. Default 1000; 100 to 100,000.
    pub resamples: u32,
    /// Share of them that lies in the interval. Default 0.95; above 0, below 1.
    pub confidence: f64,
    /// Start of the random stream. Default 42.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1000, confidence: 0.95, seed: 42 }
    }
}

impl Bootstrap {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting.
    pub fn check(&self) -> Result<(), ParamError> {
        let Self { resamples, confidence, .. } = *self;
        let enough = (100..=100_000).contains(&resamples);
        require(enough, "bootstrap.resamples", resamples, "100 to 100,000")?;
        let share = confidence > 0.0 && confidence < 1.0;
        require(share, "bootstrap.confidence", confidence, "a share above 0 and below 1")
    }
}

/// Percentile intervals of figures of the same users: `None` for one to which nobody contributes.
///
/// Each resample draws as many users as there are, with replacement, once for all samples: so
/// intervals of differences could be made from the same draws, and many samples cost little more than
/// one. Users who contribute to none of the samples are not drawn.
///
/// # Errors
///
/// [`ParamError`] when a setting is out of range.
///
/// # Panics
///
/// When the samples are of different numbers of users.
///
/// # Complexity
///
/// `O(resamples · users · samples)`, in parallel.
pub fn bootstrap(
    samples: &[&Sample],
    settings: &Bootstrap,
) -> Result<Vec<Option<Interval>>, ParamError> {
    settings.check()?;
    let Some(first) = samples.first() else { return Ok(Vec::new()) };
    let n = first.parts().0.len();
    assert!(samples.iter().all(|sample| sample.parts().0.len() == n), "samples of the same users");
    let active = |&user: &usize| samples.iter().any(|sample| sample.parts().1[user] > 0.0);
    let users: Vec<usize> = (0..n).filter(active).collect();
    let compact = |values: &[f64]| users.iter().map(|&user| values[user]).collect::<Vec<f64>>();
    let parts: Vec<(Vec<f64>, Vec<f64>)> = samples
        .iter()
        .map(|sample| (compact(sample.parts().0), compact(sample.parts().1)))
        .collect();
    // A chunk is one resample with a stream of its own.
    let chunks = par::balanced_chunks(settings.resamples as usize, 1, |_| 1);
    let drawn = par::try_map_chunks(
        &chunks,
        || vec![0.0; users.len()],
        |counts, chunk| {
            draw(counts, settings.seed, chunk.start as u64);
            let of =
                |(sums, weights): &(Vec<f64>, Vec<f64>)| (dot(counts, sums), dot(counts, weights));
            Ok::<Vec<(f64, f64)>, ParamError>(parts.iter().map(of).collect())
        },
    )?;
    let interval = |(at, sample): (usize, &&Sample)| {
        let mut figures: Vec<f64> = drawn
            .iter()
            .filter_map(|resample| sample.figure(resample[at].0, resample[at].1))
            .collect();
        figures.sort_unstable_by(f64::total_cmp);
        let outside = (1.0 - settings.confidence) / 2.0;
        Some(Interval {
            low: quantile(&figures, outside)?,
            high: quantile(&figures, 1.0 - outside)?,
        })
    };
    Ok(samples.iter().enumerate().map(interval).collect())
}

/// Counts how often each user is drawn.
fn draw(counts: &mut [f64], seed: u64, resample: u64) {
    let mut generator = rng::stream(seed, resample);
    counts.fill(0.0);
    for _ in 0..counts.len() {
        let user = generator.random_range(0..counts.len());
        counts[user] += 1.0;
    }
}

/// Sums in a fixed order, in as many lanes as the processor may add at once.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (left, right) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(l, r)| l * r).sum();
    for (left, right) in left.zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The quantile of ascending values, between neighbours in proportion (definition 7 of Hyndman & Fan).
pub(super) fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(ascending[below] + (ascending[above] - ascending[below]) * (place - below as f64))
}
