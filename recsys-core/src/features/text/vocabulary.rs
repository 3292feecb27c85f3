//! From the terms of all parts to the columns.

use super::config::TfIdfConfig;
use super::count::{Counts, NONE, Sequence, Sequences};
use crate::features::names::SortedNames;
use crate::ids::{DenseIdx, IdMap, WordIdx};

/// The terms of the whole corpus.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    words: IdMap<WordIdx>,
    sequences: Sequences,
    occurrences: Vec<u64>,
    documents: Vec<usize>,
    n_documents: usize,
}

/// The columns.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) terms: SortedNames,
    /// Documents of each term.
    pub(super) documents: Vec<usize>,
    /// The column of each sequence of the corpus, or [`NONE`].
    pub(super) columns: Vec<u32>,
}

impl Corpus {
    /// Adds the terms of a part and returns the number here of each sequence there.
    pub(super) fn add(&mut self, part: &Counts) -> Vec<u32> {
        let word =
            |(_, word): (WordIdx, &[u8])| self.words.intern(word).expect("fewer words than 2^32");
        let words: Vec<WordIdx> = part.words.iter().map(word).collect();
        let mut numbers = Vec::with_capacity(part.sequences.list.len());
        for (at, &Sequence { before, last }) in part.sequences.list.iter().enumerate() {
            // What a sequence begins with was numbered before it.
            let before = if before == NONE { NONE } else { numbers[before as usize] };
            let number = self.sequences.intern(Sequence { before, last: words[last.index()] });
            if number as usize == self.occurrences.len() {
                self.occurrences.push(0);
                self.documents.push(0);
            }
            self.occurrences[number as usize] += part.occurrences[at];
            self.documents[number as usize] += part.documents[at] as usize;
            numbers.push(number);
        }
        self.n_documents += part.ends.len();
        numbers
    }

    /// Chooses the terms and puts them in order.
    pub(super) fn vocabulary(&self, config: &TfIdfConfig) -> Vocabulary {
        let mut chosen: Vec<(String, u32)> =
            self.most_frequent(config).into_iter().map(|at| (self.text(at), at)).collect();
        chosen.sort_unstable();
        let mut columns = vec![NONE; self.occurrences.len()];
        for (column, &(_, at)) in (0..).zip(&chosen) {
            columns[at as usize] = column;
        }
        Vocabulary {
            documents: chosen.iter().map(|&(_, at)| self.documents[at as usize]).collect(),
            terms: SortedNames::from_ascending(chosen.iter().map(|(term, _)| term.as_str())),
            columns,
        }
    }

    /// The terms in enough and not too many documents, and of these the most frequent ones.
    fn most_frequent(&self, config: &TfIdfConfig) -> Vec<u32> {
        let least = config.min_documents.of(self.n_documents);
        let most = config.max_documents.of(self.n_documents);
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 documents")]
        let wanted = |at: u32| {
            let documents = self.documents[at as usize] as f64;
            self.occurrences[at as usize] > 0 && least <= documents && documents <= most
        };
        let count =
            u32::try_from(self.occurrences.len()).expect("sequences have numbers below 2^32");
        let mut terms: Vec<u32> = (0..count).filter(|&at| wanted(at)).collect();
        let limit = config.max_features.map_or(usize::MAX, |limit| limit as usize);
        if terms.len() <= limit {
            return terms;
        }
        let occurrences = |at: &u32| self.occurrences[*at as usize];
        let (_, &mut last, _) =
            terms.select_nth_unstable_by(limit - 1, |a, b| occurrences(b).cmp(&occurrences(a)));
        let cut = occurrences(&last);
        // Texts are compared only where the counts do not decide.
        let mut equal: Vec<(String, u32)> = terms
            .iter()
            .filter(|at| occurrences(at) == cut)
            .map(|&at| (self.text(at), at))
            .collect();
        terms.retain(|at| occurrences(at) > cut);
        equal.sort_unstable();
        equal.truncate(limit - terms.len());
        terms.extend(equal.into_iter().map(|(_, at)| at));
        terms
    }

    /// The words of a sequence, joined by spaces.
    fn text(&self, sequence: u32) -> String {
        let mut words = Vec::new();
        let mut at = sequence;
        while at != NONE {
            let Sequence { before, last } = self.sequences.list[at as usize];
            let word = self.words.id(last).expect("words of sequences have numbers");
            words.push(std::str::from_utf8(word).expect("words are text"));
            at = before;
        }
        words.reverse();
        words.join(" ")
    }
}
