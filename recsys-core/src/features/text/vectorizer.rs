//! A fitted vectorizer: terms, their inverse document frequencies, and what a text is in them.

use super::config::TfIdfConfig;
use super::count::WordRules;
use crate::features::FeatureRows;
use crate::features::names::SortedNames;
use crate::linalg::sparse::SparseRows;

/// The terms of a corpus and how rare they are there.
///
/// # Examples
///
/// ```
/// use recsys_core::features::{TfIdf, TfIdfConfig};
///
/// # fn main() -> Result<(), recsys_core::param::ParamError> {
/// let texts = ["A red lamp", "A green lamp", "Green tea"];
/// let (vectorizer, rows) = TfIdf::new(TfIdfConfig::default())?.fit(&texts);
/// let terms: Vec<&str> = vectorizer.terms().collect();
/// assert_eq!(terms, ["green", "green lamp", "green tea", "lamp", "red", "red lamp", "tea"]);
/// let (columns, weights) = rows.row(2);
/// assert_eq!(columns, [0, 2, 6]);
/// assert!(weights[0] < weights[2], "green is in more texts than tea");
/// assert_eq!(vectorizer.transform(&["green tea"]).row(0), (columns, weights));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TextVectorizer {
    config: TfIdfConfig,
    terms: SortedNames,
    n_documents: usize,
    /// Documents with each term.
    documents: Vec<usize>,
    /// Derived from these.
    idf: Vec<f64>,
}

impl TextVectorizer {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 documents")]
    pub(super) fn new(
        config: TfIdfConfig,
        terms: SortedNames,
        n_documents: usize,
        documents: Vec<usize>,
    ) -> Self {
        let more = if config.smooth { 1.0 } else { 0.0 };
        let all = n_documents as f64 + more;
        let idf = documents.iter().map(|&with| (all / (with as f64 + more)).ln() + 1.0).collect();
        Self { config, terms, n_documents, documents, idf }
    }

    /// Rebuilds a vectorizer; `None` unless each term is in one document at least and not in more than
    /// there are.
    pub(crate) fn from_parts(
        config: TfIdfConfig,
        terms: SortedNames,
        n_documents: usize,
        documents: Vec<usize>,
    ) -> Option<Self> {
        let sane = documents.iter().all(|&with| (1..=n_documents).contains(&with));
        let fits = sane && documents.len() == terms.len();
        fits.then(|| Self::new(config, terms, n_documents, documents))
    }

    /// Describes texts in the terms of the corpus; others are ignored.
    #[must_use]
    pub fn transform<T: AsRef<str>>(&self, texts: &[T]) -> FeatureRows {
        let rules = WordRules::new(&self.config);
        let mut rows = SparseRows::default();
        let mut scratch = Scratch::default();
        for text in texts {
            self.count(text.as_ref(), &rules, &mut scratch);
            self.push_row(&mut scratch.counts, &mut rows);
        }
        FeatureRows { rows }
    }

    /// Iterates over the terms by column: words, and words joined by a space.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        (0..self.terms.len()).map(|at| self.terms.name(at))
    }

    /// Returns the inverse document frequencies by column.
    #[must_use]
    pub fn inverse_document_frequencies(&self) -> &[f64] {
        &self.idf
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.terms.len()
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &TfIdfConfig {
        &self.config
    }

    pub(crate) fn sorted_terms(&self) -> &SortedNames {
        &self.terms
    }

    /// Returns the number of documents, and of those with each term.
    pub(crate) fn frequencies(&self) -> (usize, &[usize]) {
        (self.n_documents, &self.documents)
    }

    /// Weighs the columns and counts of one document and appends them as a row.
    pub(super) fn push_row(&self, counts: &mut [(u32, u32)], rows: &mut SparseRows) {
        counts.sort_unstable_by_key(|&(column, _)| column);
        let weight = |&(column, count): &(u32, u32)| {
            let count = f64::from(count);
            let frequency = if self.config.sublinear { 1.0 + count.ln() } else { count };
            frequency * self.idf[column as usize]
        };
        let length = counts.iter().map(|entry| weight(entry).powi(2)).sum::<f64>().sqrt();
        rows.indices.extend(counts.iter().map(|&(column, _)| column));
        #[expect(clippy::cast_possible_truncation, reason = "kept as f32")]
        rows.weights.extend(counts.iter().map(|entry| (weight(entry) / length) as f32));
        rows.indptr.push(rows.indices.len());
    }

    /// Counts the known terms of a text.
    fn count(&self, text: &str, rules: &WordRules, scratch: &mut Scratch) {
        let Scratch { buffer, words, ends, columns, counts } = scratch;
        words.clear();
        ends.clear();
        rules.for_each_word(text, buffer, |word| {
            words.push_str(word);
            ends.push(words.len());
            words.push(' ');
        });
        columns.clear();
        let (shortest, longest) = (self.config.shortest as usize, self.config.longest as usize);
        for first in 0..ends.len() {
            let start = if first == 0 { 0 } else { ends[first - 1] + 1 };
            let lasts = (first + shortest - 1)..(first + longest).min(ends.len());
            columns.extend(lasts.filter_map(|last| self.terms.position(&words[start..ends[last]])));
        }
        columns.sort_unstable();
        counts.clear();
        for group in columns.chunk_by(|left, right| left == right) {
            counts.push((group[0], u32::try_from(group.len()).unwrap_or(u32::MAX)));
        }
    }
}

/// Reused from text to text.
#[derive(Debug, Default)]
struct Scratch {
    buffer: String,
    /// The words of a text, a space behind each.
    words: String,
    /// End of each word.
    ends: Vec<usize>,
    columns: Vec<u32>,
    counts: Vec<(u32, u32)>,
}
