//! Measurements as columns of mean 0 and variance 1.

use std::collections::BTreeMap;

use super::names::SortedNames;

/// Means and deviations of measurements by name, as scikit-learn's `StandardScaler` has them:
/// `(value - mean) / deviation` with the *population's* variance; a deviation of nothing but rounding
/// counts as 1. Values that are missing or not finite take part in nothing.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use recsys_core::features::NumberScaler;
///
/// let price = |value| BTreeMap::from([("price".to_owned(), value)]);
/// let items = [price(1.0), price(3.0), BTreeMap::new()];
/// let scaler = NumberScaler::fit(&items);
/// assert_eq!(scaler.transform(&items[1]), [Some(1.0)]); // mean 2, deviation 1
/// assert_eq!(scaler.transform(&items[2]), [None]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberScaler {
    names: SortedNames,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    spread: f64,
}

impl Moments {
    /// B. P. Welford: *Note on a method for calculating corrected sums of squares and products*,
    /// Technometrics 1962.
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.spread += before * (value - self.mean);
    }

    fn deviation(self) -> f64 {
        let variance = self.spread / self.count;
        // What rounding alone makes of a constant column.
        let noise = f64::EPSILON * self.count;
        let constant = noise * variance + (noise * self.mean).powi(2);
        if variance <= constant { 1.0 } else { variance.sqrt() }
    }
}

impl NumberScaler {
    /// Learns mean and deviation of every name that has a finite value.
    pub fn fit<'a>(items: impl IntoIterator<Item = &'a BTreeMap<String, f64>>) -> Self {
        let mut moments: BTreeMap<&str, Moments> = BTreeMap::new();
        for (name, &value) in items.into_iter().flatten() {
            if value.is_finite() {
                moments.entry(name).or_default().push(value);
            }
        }
        // Sums of huge values may leave the range of numbers: such a column says nothing.
        moments.retain(|_, of| of.mean.is_finite() && of.deviation().is_finite());
        Self {
            names: SortedNames::from_ascending(moments.keys().copied()),
            means: moments.values().map(|of| of.mean).collect(),
            deviations: moments.values().map(|of| of.deviation()).collect(),
        }
    }

    /// Returns each column's scaled value; `None` where the item has none.
    #[must_use]
    pub fn transform(&self, numbers: &BTreeMap<String, f64>) -> Vec<Option<f64>> {
        let scaled = |at: usize| {
            let value = numbers.get(self.names.name(at)).filter(|value| value.is_finite())?;
            Some((value - self.means[at]) / self.deviations[at])
        };
        (0..self.names.len()).map(|at| scaled(at).filter(|value| value.is_finite())).collect()
    }

    /// Iterates over the names by column.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.names.len()).map(|at| self.names.name(at))
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    /// Returns the means and the deviations by column.
    pub(crate) fn moments(&self) -> (&[f64], &[f64]) {
        (&self.means, &self.deviations)
    }

    /// Rebuilds a scaler; `None` when a mean is not finite or a deviation not above zero.
    pub(crate) fn from_parts(
        names: SortedNames,
        means: Vec<f64>,
        deviations: Vec<f64>,
    ) -> Option<Self> {
        let fits = means.len() == names.len() && deviations.len() == names.len();
        let sane = means.iter().all(|mean| mean.is_finite())
            && deviations.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0);
        (fits && sane).then_some(Self { names, means, deviations })
    }

    pub(crate) fn sorted_names(&self) -> &SortedNames {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(values: &[(&str, f64)]) -> BTreeMap<String, f64> {
        values.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn the_variance_is_the_populations() {
        let items = [1.0, 2.0, 3.0, 6.0].map(|value| item(&[("x", value)]));
        let scaler = NumberScaler::fit(&items);
        let scaled = scaler.transform(&items[3])[0].unwrap();
        // mean 3, variance (4 + 1 + 0 + 9) / 4
        assert!((scaled - 3.0 / 3.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_constant_column_is_only_centred() {
        let items = [item(&[("year", 1995.1)]), item(&[("year", 1995.1)])];
        let scaler = NumberScaler::fit(&items);
        let scaled = scaler.transform(&item(&[("year", 1997.1)]));
        assert!((scaled[0].unwrap() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn missing_and_wild_values_take_part_in_nothing() {
        let items = [
            item(&[("b", 1.0), ("a", f64::NAN)]),
            item(&[("b", 3.0)]),
            item(&[("b", f64::INFINITY), ("huge", f64::MAX)]),
            item(&[("huge", -f64::MAX)]),
        ];
        let scaler = NumberScaler::fit(&items);
        assert_eq!(scaler.names().collect::<Vec<_>>(), ["b"]);
        assert_eq!(scaler.transform(&items[0]), [Some(-1.0)]);
        assert_eq!(scaler.transform(&items[2]), [None]);
    }
}
