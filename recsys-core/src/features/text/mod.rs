//! Texts as TF-IDF weights of words and word sequences.
//!
//! ```text
//! idf_t = ln((1 + n) / (1 + df_t)) + 1          (smooth; ln(n / df_t) + 1 without)
//! w_dt  = tf_dt · idf_t / ‖(tf_dt · idf_t)_t‖₂  (with 1 + ln tf for tf when sublinear)
//! ```
//!
//! where `tf` counts the term in the document, `df` the documents that have it, and `n` all documents. The
//! steps are those of scikit-learn's `TfidfVectorizer`:
//!
//! 1. the text in lower case, and without accents if wished;
//! 2. words: runs of letters, digits and underscores, two characters or longer;
//! 3. stop words out, before sequences are formed, so that those reach over the gap; then stems, if wished;
//! 4. sequences of [`TfIdfConfig::shortest`] to [`TfIdfConfig::longest`] words, joined by a space;
//! 5. terms in too few or too many documents out; of the rest the most frequent in the whole corpus;
//! 6. columns in code-point order, rows of length 1 (a row without any term stays zero).
//!
//! We differ in one place: of terms equally frequent at the cut, those first in code-point order stay,
//! where scikit-learn leaves it to an unstable sort. Weights are computed in `f64` and kept as `f32`.
//!
//! # Complexity
//!
//! Linear in the text: one table look-up a word and one a sequence. Chunks of the corpus are counted in
//! parallel and put together in order.
//!
//! G. Salton, C. Buckley: *Term-weighting approaches in automatic text retrieval*, Information Processing
//! and Management 1988.

mod config;
mod count;
mod fit;
mod language;
mod vectorizer;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

pub use config::{DocumentFrequency, StopWords, TfIdf, TfIdfConfig};
pub use language::Language;
pub use vectorizer::TextVectorizer;
