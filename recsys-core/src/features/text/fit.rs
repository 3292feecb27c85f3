//! Fitting: count in parallel, choose the terms, weigh in parallel.

use std::ops::Range;

use super::config::TfIdf;
use super::count::{Counter, Counts, NONE, WordRules};
use super::vectorizer::TextVectorizer;
use super::vocabulary::{Corpus, Vocabulary};
use crate::features::FeatureRows;
use crate::fit::{FitContext, FitError};
use crate::linalg::sparse::SparseRows;
use crate::par::{balanced_chunks, try_map_chunks};

/// Bytes of text in one piece of work: some ten milliseconds.
const CHUNK_BYTES: u64 = 1 << 20;
/// What a document costs beside its bytes.
const DOCUMENT_BYTES: u64 = 16;

impl TfIdf {
    /// Learns the terms of a corpus and returns the vectors of its documents with them.
    ///
    /// # Panics
    ///
    /// Never: only a context can stop the work.
    #[must_use]
    pub fn fit<T: AsRef<str> + Sync>(&self, texts: &[T]) -> (TextVectorizer, FeatureRows) {
        let fitted = self.fit_with(texts, &FitContext::default());
        fitted.expect("a context that nobody cancels does not stop the work")
    }

    /// Learns the terms of a corpus and returns the vectors of its documents with them, stopping soon
    /// after `context` asks to.
    ///
    /// # Errors
    ///
    /// [`FitError::Cancelled`].
    pub fn fit_with<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
        context: &FitContext<'_>,
    ) -> Result<(TextVectorizer, FeatureRows), FitError> {
        let config = self.config();
        let rules = WordRules::new(config);
        let chunks = balanced_chunks(texts.len(), CHUNK_BYTES, |at| {
            DOCUMENT_BYTES + texts[at].as_ref().len() as u64
        });
        let count = |(): &mut (), chunk: Range<usize>| {
            context.check()?;
            let mut counter = Counter::new(&rules, config);
            texts[chunk].iter().for_each(|text| counter.push(text.as_ref()));
            Ok(counter.finish())
        };
        let parts = try_map_chunks(&chunks, || (), count)?;
        let mut corpus = Corpus::default();
        let mut numbers = Vec::with_capacity(parts.len());
        for part in &parts {
            context.check()?;
            numbers.push(corpus.add(part));
        }
        let Vocabulary { terms, documents, columns } = corpus.vocabulary(config);
        context.check()?;
        let vectorizer = TextVectorizer::new(config.clone(), terms, texts.len(), documents);
        let one_each: Vec<Range<usize>> = (0..parts.len()).map(|at| at..at + 1).collect();
        let weigh = |(): &mut (), chunk: Range<usize>| {
            context.check()?;
            let at = chunk.start;
            let column = |term: u32| columns[numbers[at][term as usize] as usize];
            Ok(weigh(&vectorizer, &parts[at], column))
        };
        let rows = SparseRows::concatenated(try_map_chunks(&one_each, || (), weigh)?);
        Ok((vectorizer, FeatureRows { rows }))
    }
}

/// The weighted rows of a part.
fn weigh(vectorizer: &TextVectorizer, part: &Counts, column: impl Fn(u32) -> u32) -> SparseRows {
    let mut rows = SparseRows::default();
    let mut counts = Vec::new();
    let mut start = 0;
    for &end in &part.ends {
        counts.clear();
        let entries = part.entries[start..end].iter();
        counts.extend(entries.map(|&(term, count)| (column(term), count)));
        counts.retain(|&(column, _)| column != NONE);
        vectorizer.push_row(&mut counts, &mut rows);
        start = end;
    }
    rows
}
