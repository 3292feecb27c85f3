//! Counting the terms of a part of the corpus.
//!
//! Words are interned once, and a sequence of words is a pair: the sequence without its last word, and
//! that word. So counting a term is one look-up of two numbers, and no text is put together.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use rust_stemmers::Stemmer;

use super::config::TfIdfConfig;
use super::words::{Spelling, words};
use crate::ids::{DenseIdx, IdMap, WordIdx};

/// Stands for "no sequence before" and "no such term".
pub(super) const NONE: u32 = u32::MAX;

/// How words are brought to the form that is counted.
pub(super) struct WordRules {
    spelling: Spelling,
    stop_words: HashSet<String>,
    stemmer: Option<Stemmer>,
}

impl WordRules {
    pub(super) fn new(config: &TfIdfConfig) -> Self {
        let spelling = Spelling::new(config);
        let normalize = |word: &str| spelling.normalize(word, &mut String::new()).to_owned();
        Self {
            spelling,
            stop_words: config.stop_words.list(normalize),
            stemmer: config.stemming.map(super::Language::stemmer),
        }
    }

    /// Calls `each` with every word of `text` that counts, stemmed. `buffer` is reused.
    pub(super) fn for_each_word(
        &self,
        text: &str,
        buffer: &mut String,
        mut each: impl FnMut(&str),
    ) {
        for word in words(self.spelling.normalize(text, buffer)) {
            if self.stop_words.contains(word) {
                continue;
            }
            match &self.stemmer {
                Some(stemmer) => each(&stemmer.stem(word)),
                None => each(word),
            }
        }
    }

    fn is_plain(&self) -> bool {
        self.stop_words.is_empty() && self.stemmer.is_none()
    }
}

/// A sequence of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sequence {
    /// The sequence without its last word, or [`NONE`].
    pub(super) before: u32,
    pub(super) last: WordIdx,
}

/// Numbers sequences in the order in which they are first seen.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) list: Vec<Sequence>,
    index: HashTable<u32>,
    hasher: RandomState,
}

impl Sequences {
    pub(super) fn intern(&mut self, sequence: Sequence) -> u32 {
        let Self { list, index, hasher } = self;
        let hash = |sequence: Sequence| {
            hasher.hash_one(u64::from(sequence.before) << 32 | u64::from(sequence.last.get()))
        };
        let key = hash(sequence);
        if let Some(&found) = index.find(key, |&at| list[at as usize] == sequence) {
            return found;
        }
        let at = u32::try_from(list.len()).expect("as many sequences would not fit into memory");
        list.push(sequence);
        index.insert_unique(key, at, |&other| hash(list[other as usize]));
        at
    }
}

/// The terms of a part of the corpus, numbered within it.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) words: IdMap<WordIdx>,
    pub(super) sequences: Sequences,
    /// How often each sequence occurs; zero for those that only begin a longer one.
    pub(super) occurrences: Vec<u64>,
    /// In how many documents.
    pub(super) documents: Vec<u32>,
    /// Sequence and number of occurrences, document by document.
    pub(super) entries: Vec<(u32, u32)>,
    /// End of each document in `entries`.
    pub(super) ends: Vec<usize>,
}

/// Counts documents into [`Counts`].
pub(super) struct Counter<'a> {
    rules: &'a WordRules,
    shortest: usize,
    longest: usize,
    tally: Tally,
    buffer: String,
    /// Words as they are spelt, where they differ from those that are counted.
    spelt: IdMap<WordIdx>,
    /// What each of them counts as.
    meant: Vec<Option<WordIdx>>,
    /// Words of the current document.
    document: Vec<WordIdx>,
}

#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    /// The last document each sequence was counted in, from one, and its entry there.
    seen: Vec<(u32, u32)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(rules: &'a WordRules, config: &TfIdfConfig) -> Self {
        Self {
            rules,
            shortest: config.shortest as usize,
            longest: config.longest as usize,
            tally: Tally::default(),
            buffer: String::new(),
            spelt: IdMap::new(),
            meant: Vec::new(),
            document: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.read(text);
        let start = self.tally.counts.entries.len();
        for first in 0..self.document.len() {
            let mut before = NONE;
            for (length, &last) in (1..=self.longest).zip(&self.document[first..]) {
                before = self.tally.number(Sequence { before, last });
                if length >= self.shortest {
                    self.tally.count(before, start);
                }
            }
        }
        self.tally.counts.ends.push(self.tally.counts.entries.len());
    }

    pub(super) fn finish(self) -> Counts {
        self.tally.counts
    }

    /// Brings the words of a text to their numbers.
    fn read(&mut self, text: &str) {
        let Self { rules, tally, buffer, spelt, meant, document, .. } = self;
        let known = &mut tally.counts.words;
        let numbered = "fewer words than 2^32";
        document.clear();
        for word in words(rules.spelling.normalize(text, buffer)) {
            if rules.is_plain() {
                document.push(known.intern(word).expect(numbered));
                continue;
            }
            // Stemming costs more than a look-up, so each spelling is stemmed once.
            let at = spelt.intern(word).expect(numbered).index();
            if at == meant.len() {
                let mut means = None;
                if !rules.stop_words.contains(word) {
                    let stem = rules.stemmer.as_ref().map(|stemmer| stemmer.stem(word));
                    means = known.intern(stem.as_deref().unwrap_or(word));
                }
                meant.push(means);
            }
            document.extend(meant[at]);
        }
    }
}

impl Tally {
    /// Returns the number of a sequence, a new one if need be.
    fn number(&mut self, sequence: Sequence) -> u32 {
        let number = self.counts.sequences.intern(sequence);
        if number as usize == self.seen.len() {
            self.seen.push((0, 0));
            self.counts.occurrences.push(0);
            self.counts.documents.push(0);
        }
        number
    }

    /// Counts a sequence in the current document, whose entries begin at `start`.
    fn count(&mut self, sequence: u32, start: usize) {
        let Self { counts, seen } = self;
        let at = sequence as usize;
        let document = u32::try_from(counts.ends.len() + 1).expect("fewer documents than 2^32");
        let (last, entry) = seen[at];
        counts.occurrences[at] += 1;
        if last == document {
            counts.entries[start + entry as usize].1 += 1;
            return;
        }
        let entry = u32::try_from(counts.entries.len() - start).expect("one for each sequence");
        seen[at] = (document, entry);
        counts.documents[at] += 1;
        counts.entries.push((sequence, 1));
    }
}
