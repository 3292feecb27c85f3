//! What an item is in numbers: three blocks side by side, one sparse row of length 1.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{Content, ContentConfig};
use crate::data::ItemFeatures;
use crate::features::{CategoryEncoder, FeatureRows, NumberScaler, TextVectorizer};
use crate::fit::{FitContext, FitError};
use crate::linalg::sparse::SparseRows;
use crate::model::{Cause, Field};

/// The columns: terms, then categories, then measurements.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    pub(super) text: TextVectorizer,
    pub(super) categories: CategoryEncoder,
    pub(super) numbers: NumberScaler,
    scales: Scales,
}

/// How the blocks of an item are weighted.
#[derive(Clone, Copy, Debug)]
struct Scales {
    weights: [f64; 3],
    by_weight: bool,
}

impl Blocks {
    pub(super) fn new(
        config: &ContentConfig,
        text: TextVectorizer,
        categories: CategoryEncoder,
        numbers: NumberScaler,
    ) -> Self {
        let weights = [config.text_weight, config.category_weight, config.number_weight];
        let scales = Scales { weights: weights.map(f64::from), by_weight: config.scale_by_weight };
        Self { text, categories, numbers, scales }
    }

    /// Learns the columns from `items` and returns the items' rows with them.
    pub(super) fn fit(
        estimator: &Content,
        items: &[ItemFeatures],
        context: &FitContext<'_>,
    ) -> Result<(Self, SparseRows), FitError> {
        let config = estimator.config();
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let (text, terms) = estimator.text().fit_with(&texts, context)?;
        context.report("content", 1, 2);
        let categories = CategoryEncoder::fit(items.iter().map(categories_of));
        context.check()?;
        let chosen = common_numbers(items, config.max_numbers as usize);
        let numbers: Vec<BTreeMap<String, f64>> =
            items.iter().map(|item| only(&item.numbers, &chosen)).collect();
        let numbers = NumberScaler::fit(&numbers);
        context.check()?;
        let blocks = Self::new(config, text, categories, numbers);
        let rows = blocks.assemble(items, &terms);
        Ok((blocks, rows))
    }

    /// Describes items in the columns that were learnt.
    pub(super) fn rows(&self, items: &[ItemFeatures]) -> SparseRows {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        self.assemble(items, &self.text.transform(&texts))
    }

    pub(super) fn n_columns(&self) -> usize {
        self.text.n_columns() + self.categories.n_columns() + self.numbers.n_columns()
    }

    /// Returns what a column stands for.
    pub(super) fn cause(&self, column: u32) -> Cause {
        let mut at = column as usize;
        let terms = self.text.sorted_terms();
        if at < terms.len() {
            return Cause::Feature { field: Field::Text, name: Arc::from(terms.name(at)) };
        }
        at -= terms.len();
        let categories = self.categories.sorted_names();
        if at < categories.len() {
            return Cause::Feature { field: Field::Category, name: Arc::from(categories.name(at)) };
        }
        let name = self.numbers.sorted_names().name(at - categories.len());
        Cause::Feature { field: Field::Number, name: Arc::from(name) }
    }

    fn assemble(&self, items: &[ItemFeatures], terms: &FeatureRows) -> SparseRows {
        let categories = self.categories.transform(items.iter().map(categories_of));
        let mut rows = SparseRows::default();
        for (at, item) in items.iter().enumerate() {
            self.push_row(terms.row(at), categories.row(at).0, item, &mut rows);
        }
        rows
    }

    fn push_row(
        &self,
        (terms, weights): (&[u32], &[f32]),
        categories: &[u32],
        item: &ItemFeatures,
        rows: &mut SparseRows,
    ) {
        let numbers = self.numbers.transform(&item.numbers);
        let length = numbers.iter().flatten().map(|value| value * value).sum::<f64>().sqrt();
        let there = [!terms.is_empty(), !categories.is_empty(), length > 0.0 && length.is_finite()];
        let [text, category, number] = self.scales.of(there);
        let mut push = |column: usize, value: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "columns fit u32, values are kept as f32"
            )]
            let (column, value) = (column as u32, value as f32);
            if value != 0.0 {
                rows.indices.push(column);
                rows.weights.push(value);
            }
        };
        for (&column, &weight) in terms.iter().zip(weights) {
            push(column as usize, text * f64::from(weight));
        }
        let start = self.text.n_columns();
        #[expect(clippy::cast_precision_loss, reason = "a handful of categories")]
        let each = category / (categories.len().max(1) as f64).sqrt();
        for &column in categories {
            push(start + column as usize, each);
        }
        let start = start + self.categories.n_columns();
        if number > 0.0 {
            for (at, value) in numbers.iter().enumerate() {
                push(start + at, number * value.unwrap_or(0.0) / length);
            }
        }
        rows.indptr.push(rows.indices.len());
    }
}

impl Scales {
    /// The factors of the blocks of an item that has these of them: zero for the others, and squares
    /// that sum to 1.
    fn of(self, there: [bool; 3]) -> [f64; 3] {
        let mut factors = [0.0; 3];
        for ((factor, weight), there) in factors.iter_mut().zip(self.weights).zip(there) {
            if there {
                *factor = if self.by_weight { weight } else { weight.sqrt() };
            }
        }
        let length = factors.iter().map(|factor| factor * factor).sum::<f64>().sqrt();
        if length > 0.0 { factors.map(|factor| factor / length) } else { factors }
    }
}

fn categories_of(item: &ItemFeatures) -> impl Iterator<Item = &str> {
    item.categories.iter().map(String::as_str)
}

/// The names that the most items have a finite value of; ties in code-point order.
fn common_numbers(items: &[ItemFeatures], limit: usize) -> Vec<&str> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, value) in items.iter().flat_map(|item| &item.numbers) {
        if value.is_finite() {
            *uses.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<(&str, usize)> = uses.into_iter().collect();
    names.sort_by(|(_, left), (_, right)| right.cmp(left));
    names.truncate(limit);
    names.into_iter().map(|(name, _)| name).collect()
}

fn only(numbers: &BTreeMap<String, f64>, names: &[&str]) -> BTreeMap<String, f64> {
    let known = names.iter().filter_map(|&name| numbers.get_key_value(name));
    known.map(|(name, &value)| (name.clone(), value)).collect()
}
