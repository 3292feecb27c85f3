//! Items as sparse rows: words and categories of a catalogue as columns.

use recsys_core::data::ItemFeatures;
use recsys_core::features::{CategoryEncoder, TextVectorizer, TfIdf, TfIdfConfig};

/// Share of the words in the square of a row's length; the rest is that of the categories.
const WORDS: f32 = 2.0 / 3.0;

/// What columns there are: first words, then categories, each in code-point order.
pub(super) struct Columns {
    words: Vec<String>,
    /// How much each word tells, by its inverse document frequency.
    weights: Vec<f32>,
    /// Counts the words in texts.
    counter: TextVectorizer,
    /// For each column of the counter, that of its word here.
    of_counted: Vec<Option<u32>>,
    categories: CategoryEncoder,
}

/// How texts become words. Repeated ones count less and less.
pub(super) fn words(most: Option<u32>) -> TfIdf {
    let config = TfIdfConfig::default().with_sequences(1, 1).with_sublinear(true);
    TfIdf::new(config.with_max_features(most)).expect("the settings are within their ranges")
}

impl Columns {
    /// Takes ascending words with their weights, and categories.
    pub(super) fn new(words: Vec<String>, weights: Vec<f32>, categories: CategoryEncoder) -> Self {
        // Fitted on texts of one word each, all words weigh the same: what is left is how often they occur.
        let (counter, _) = self::words(None).fit(&words);
        let column = |word: &str| words.binary_search_by(|known| known.as_str().cmp(word)).ok();
        let column = |word| u32::try_from(column(word)?).ok();
        let of_counted = counter.terms().map(column).collect();
        Self { words, weights, counter, of_counted, categories }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len() + self.categories.n_columns()
    }

    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    pub(super) fn weights(&self) -> &[f32] {
        &self.weights
    }

    pub(super) fn categories(&self) -> &CategoryEncoder {
        &self.categories
    }

    /// Describes items: columns, each once, with their values. A row has length 1, or is empty for an item of which
    /// nothing is known here.
    pub(super) fn rows(&self, items: &[ItemFeatures]) -> Vec<Vec<(u32, f32)>> {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let counts = self.counter.transform(&texts);
        let names = items.iter().map(|item| item.categories.iter().map(String::as_str));
        let categories = self.categories.transform(names);
        let row = |at: usize| {
            let (columns, frequencies) = counts.row(at);
            let known = columns.iter().zip(frequencies).filter_map(|(column, frequency)| {
                let word = self.of_counted[*column as usize]?;
                Some((word, frequency * self.weights[word as usize]))
            });
            let mut row: Vec<(u32, f32)> = known.collect();
            scale(&mut row, WORDS.sqrt());
            let n_words = row.len();
            let shift = u32::try_from(self.words.len()).expect("words are counted in u32");
            row.extend(categories.row(at).0.iter().map(|column| (shift + column, 1.0)));
            scale(&mut row[n_words..], (1.0 - WORDS).sqrt());
            scale(&mut row, 1.0);
            row
        };
        (0..items.len()).map(row).collect()
    }
}

/// Brings values to a length, unless all of them are zero.
fn scale(row: &mut [(u32, f32)], length: f32) {
    let present = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    if present > 0.0 {
        row.iter_mut().for_each(|(_, value)| *value *= length / present);
    }
}
