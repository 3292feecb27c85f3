//! Figures of users and items of similar degree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The figure of those whose degree lies in a span.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SliceFigure {
    /// The smallest degree of the group.
    pub from: usize,
    /// The largest.
    pub to: usize,
    /// How many lists, or held-out pairs, the figure is made of.
    pub count: usize,
    /// Their mean.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// Values by degree.
#[derive(Clone, Debug, Default)]
pub(in crate::eval) struct DegreeTally {
    sums: BTreeMap<usize, Tally>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    count: usize,
    sum: f64,
    squares: f64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
    }
}

impl DegreeTally {
    pub(in crate::eval) fn add(&mut self, degree: usize, value: f64) {
        let tally = Tally { count: 1, sum: value, squares: value * value };
        self.sums.entry(degree).or_default().add(tally);
    }

    /// Puts neighbouring degrees into at most `groups` groups of about the same count; one degree is
    /// never torn apart.
    pub(in crate::eval) fn groups(&self, groups: u32) -> Vec<SliceFigure> {
        let total: usize = self.sums.values().map(|tally| tally.count).sum();
        let mut figures = Vec::new();
        let (mut before, mut from, mut tally) = (0, None, Tally::default());
        for (&degree, &more) in &self.sums {
            tally.add(more);
            let first = *from.get_or_insert(degree);
            // The group ends where its share of the whole is reached.
            let reached = (before + tally.count) * groups as usize;
            if reached >= total * (figures.len() + 1) {
                figures.push(figure(first, degree, tally));
                (before, from, tally) = (before + tally.count, None, Tally::default());
            }
        }
        figures
    }
}

fn figure(from: usize, to: usize, tally: Tally) -> SliceFigure {
    let n = tally.count as f64;
    let value = tally.sum / n;
    let variance = (tally.squares / n - value * value).max(0.0);
    SliceFigure {
        from,
        to,
        count: tally.count,
        value,
        error: (variance / (n - 1.0).max(1.0)).sqrt(),
    }
}
