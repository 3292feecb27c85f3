//! Settings of the text vectorizer and their validation.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::language::Language;
use crate::param::{ParamError, require};

/// Settings of [`TfIdf`]. The defaults are words and pairs of words, at most 5,000 terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TfIdfConfig {
    /// Words in the longest sequence, 1 to 8. Default 2.
    pub longest: u32,
    /// Whether case is ignored. Default true.
    pub lowercase: bool,
    /// Terms in more documents are left out. Default a share of 1: none is.
    pub max_documents: DocumentFrequency,
    /// Terms kept, those most frequent in the whole corpus, at least 1; none keeps all. Default 5,000.
    pub max_features: Option<u32>,
    /// Terms in fewer documents are left out. Default 1 document: none is.
    pub min_documents: DocumentFrequency,
    /// Words in the shortest sequence, 1 to `longest`. Default 1.
    pub shortest: u32,
    /// Whether one is added to every document frequency, as if one more document had every term.
    /// Default true.
    pub smooth: bool,
    /// Language whose stems stand for words. Default none: words stand for themselves.
    pub stemming: Option<Language>,
    /// Words that are left out. Default none.
    pub stop_words: StopWords,
    /// Whether letters lose their accents (compatibility decomposition without combining marks).
    /// Default false.
    pub strip_accents: bool,
    /// Whether `1 + ln tf` stands for `tf`. Default false.
    pub sublinear: bool,
}

/// A number of documents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a number is absolute or relative")]
pub enum DocumentFrequency {
    /// So many.
    Count(u32),
    /// That share of all, 0 to 1.
    Share(f64),
}

/// Words too common to tell texts apart.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopWords {
    /// Every word counts.
    #[default]
    None,
    /// The English list of the Natural Language Toolkit.
    English,
    /// These; they are brought into the spelling of the texts, case and accents included.
    Words(Vec<String>),
}

/// A validated trainer of [`TextVectorizer`](super::TextVectorizer).
#[derive(Clone, Debug, PartialEq)]
pub struct TfIdf {
    config: TfIdfConfig,
}

impl TfIdf {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    pub fn new(config: TfIdfConfig) -> Result<Self, ParamError> {
        let TfIdfConfig { longest, shortest, max_features, .. } = config;
        require((1..=8).contains(&longest), "text.longest", longest, "1 to 8")?;
        require((1..=longest).contains(&shortest), "text.shortest", shortest, "1 to text.longest")?;
        if let Some(limit) = max_features {
            require(limit > 0, "text.max_features", limit, "at least 1")?;
        }
        for (name, bound) in [
            ("text.max_documents", config.max_documents),
            ("text.min_documents", config.min_documents),
        ] {
            if let DocumentFrequency::Share(share) = bound {
                require((0.0..=1.0).contains(&share), name, share, "a share of 0 to 1")?;
            }
        }
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &TfIdfConfig {
        &self.config
    }
}

impl TfIdfConfig {
    /// Sets how many terms are kept; none keeps all.
    #[must_use]
    pub fn with_max_features(mut self, max_features: Option<u32>) -> Self {
        self.max_features = max_features;
        self
    }

    /// Sets the lengths of word sequences.
    #[must_use]
    pub fn with_sequences(mut self, shortest: u32, longest: u32) -> Self {
        (self.shortest, self.longest) = (shortest, longest);
        self
    }

    /// Leaves out terms in fewer or in more documents.
    #[must_use]
    pub fn with_documents(mut self, min: DocumentFrequency, max: DocumentFrequency) -> Self {
        (self.min_documents, self.max_documents) = (min, max);
        self
    }

    /// Sets the words that are left out.
    #[must_use]
    pub fn with_stop_words(mut self, stop_words: StopWords) -> Self {
        self.stop_words = stop_words;
        self
    }

    /// Lets stems of a language stand for words.
    #[must_use]
    pub fn with_stemming(mut self, language: Language) -> Self {
        self.stemming = Some(language);
        self
    }

    /// Sets whether letters lose their accents.
    #[must_use]
    pub fn with_strip_accents(mut self, strip_accents: bool) -> Self {
        self.strip_accents = strip_accents;
        self
    }

    /// Sets whether `1 + ln tf` stands for `tf`.
    #[must_use]
    pub fn with_sublinear(mut self, sublinear: bool) -> Self {
        self.sublinear = sublinear;
        self
    }

    /// Sets whether document frequencies are smoothed.
    #[must_use]
    pub fn with_smooth(mut self, smooth: bool) -> Self {
        self.smooth = smooth;
        self
    }
}

impl Default for TfIdfConfig {
    fn default() -> Self {
        Self {
            longest: 2,
            lowercase: true,
            max_documents: DocumentFrequency::Share(1.0),
            max_features: Some(5_000),
            min_documents: DocumentFrequency::Count(1),
            shortest: 1,
            smooth: true,
            stemming: None,
            stop_words: StopWords::None,
            strip_accents: false,
            sublinear: false,
        }
    }
}

impl DocumentFrequency {
    /// Returns the number of documents out of `all`, not rounded.
    pub(super) fn of(self, all: usize) -> f64 {
        match self {
            Self::Count(count) => f64::from(count),
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 documents")]
            Self::Share(share) => share * all as f64,
        }
    }
}

impl StopWords {
    /// Returns the words in the spelling that `normalize` gives.
    pub(super) fn list(&self, normalize: impl Fn(&str) -> String) -> HashSet<String> {
        match self {
            Self::None => HashSet::new(),
            Self::English => {
                let english = stop_words::lookup(stop_words::Language::English);
                english.unwrap_or_default().iter().map(|word| normalize(word)).collect()
            }
            Self::Words(words) => words.iter().map(|word| normalize(word)).collect(),
        }
    }
}
