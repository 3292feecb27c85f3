//! Words: what a search goes by.
//!
//! One function makes them, of items and of searches alike and for every backend: letters lose case and accents, and
//! runs of letters and digits are words; so is each ideograph. A database keeps for each item the text of its words
//! and finds items by word through an index of its own, so a search means the same everywhere.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use std::collections::HashMap;
use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_segmentation::UnicodeSegmentation as _;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::types::ItemId;

/// Different words of an item by which it is found; later ones do not count.
const MOST_WORDS: usize = 200;
/// Characters of a word that count.
const LONGEST: usize = 64;
/// Items that are all looked at, by one word that they share. With a word that more items have, a walk along the
/// list meets the next page soon.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) const RARE: usize = 2_000;

/// Returns the words of a title and a description, each once and between spaces: ` red lamp `.
pub(crate) fn of(title: &str, description: Option<&str>) -> String {
    let pieces = title.split_whitespace().chain(description.unwrap_or_default().split_whitespace());
    let mut seen = HashSet::new();
    let mut text = String::from(" ");
    // Piece by piece, so that no more of a long text is read than counts.
    for piece in pieces {
        for word in split(&fold(piece)) {
            if seen.len() < MOST_WORDS && seen.insert(word.to_owned()) {
                text.push_str(word);
                text.push(' ');
            }
        }
        if seen.len() == MOST_WORDS {
            break;
        }
    }
    text
}

/// A search: words that must occur, the last one at least in its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    whole: Vec<String>,
    begun: String,
}

impl Search {
    /// Reads a search; none if there is no word in it, which every item satisfies.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = fold(text);
        let mut whole: Vec<String> = split(&text).map(str::to_owned).collect();
        let begun = whole.pop()?;
        whole.sort_unstable();
        whole.dedup();
        Some(Self { whole, begun })
    }

    /// Returns what the text of an item's words must contain, all of it.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.whole.iter().map(|word| format!(" {word} ")).collect();
        parts.push(format!(" {}", self.begun));
        parts
    }

    /// Returns for each part from which word on (inclusive) to which word (exclusive) the words that satisfy it
    /// stand in the order of their bytes. No character of a word comes first or last among all.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn ranges(&self) -> Vec<(String, String)> {
        let whole = self.whole.iter().map(|word| (word.clone(), format!("{word}\u{1}")));
        let begun = (self.begun.clone(), format!("{}\u{10ffff}", self.begun));
        whole.chain(std::iter::once(begun)).collect()
    }
}

/// An item with title and description.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) type Described = (ItemId, String, Option<String>);

/// What becomes of an index of words.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[derive(Debug, Default)]
pub(crate) struct WordChanges {
    /// The words of each item, in the order of the items.
    pub(crate) words: Vec<String>,
    /// Entries that come, ascending.
    pub(crate) added: Vec<(String, ItemId)>,
    /// Entries that go, ascending.
    pub(crate) removed: Vec<(String, ItemId)>,
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl WordChanges {
    /// Compares the words of items with those that they had; an item that is missing in `former` had none.
    pub(crate) fn of(former: &HashMap<ItemId, String>, items: &[Described]) -> Self {
        let mut changes = Self::default();
        for (id, title, description) in items {
            let words = of(title, description.as_deref());
            changes.compare(*id, former.get(id).map_or("", String::as_str), &words);
            changes.words.push(words);
        }
        changes.added.sort_unstable();
        changes.removed.sort_unstable();
        changes
    }

    /// Takes all entries of an item away.
    pub(crate) fn removing(item: ItemId, words: &str) -> Self {
        let mut changes = Self::default();
        changes.compare(item, words, "");
        changes
    }

    fn compare(&mut self, item: ItemId, before: &str, now: &str) {
        let before: HashSet<&str> = before.split_ascii_whitespace().collect();
        let now: HashSet<&str> = now.split_ascii_whitespace().collect();
        let entry = |word: &&str| ((*word).to_owned(), item);
        self.added.extend(now.difference(&before).map(entry));
        self.removed.extend(before.difference(&now).map(entry));
    }
}

/// Returns a text without case and accents.
fn fold(text: &str) -> String {
    let letters = text.nfkd().filter(|c| canonical_combining_class(*c) == 0);
    let mut folded = String::with_capacity(text.len());
    for c in letters.flat_map(char::to_lowercase) {
        match c {
            // Letters that are one with others and do not come apart.
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            c => folded.push(c),
        }
    }
    folded
}

/// Returns the words of a folded text.
fn split(folded: &str) -> impl Iterator<Item = &str> {
    let pieces = folded.unicode_words().flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
    pieces.filter(|word| !word.is_empty()).map(|word| {
        let end = word.char_indices().nth(LONGEST).map_or(word.len(), |(end, _)| end);
        &word[..end]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str, text: &str) -> bool {
        let words = of(text, None);
        Search::parse(search)
            .is_none_or(|search| search.parts().iter().all(|it| words.contains(it)))
    }

    #[test]
    fn words_lose_case_accents_and_punctuation() {
        assert_eq!(
            of("Crème-brûlée, 3.5 l!", Some("CREME İÇ Straße")),
            " creme brulee 3 5 l ic strasse "
        );
        assert_eq!(of("Ærøskøbing Łódź ΟΔΟΣ", None), " aeroskobing lodz οδοσ ");
        assert_eq!(of("…", None), " ");
    }

    #[test]
    fn ideographs_are_words_and_vowel_signs_are_letters() {
        assert_eq!(of("東京タワー", None), " 東 京 タワー ");
        assert_eq!(of("हिन्दी किताब", None), " हिनदी किताब ");
        assert!(finds("京", "東京") && finds("한", "한국어") && !finds("국", "한국어"));
    }

    #[test]
    fn every_word_must_occur_and_the_last_may_be_unfinished() {
        for (search, text, found) in [
            ("lamp", "Red lamps", true),
            ("lam red", "Red lamps", false),
            ("red LAM", "Lamps, all réd", true),
            ("red red r", "red", true),
            ("amp", "lamp", false),
            ("red blue", "red", false),
            ("100%", "100 % wool", true),
            ("???", "red", true),
        ] {
            assert_eq!(finds(search, text), found, "{search:?} in {text:?}");
        }
    }

    #[test]
    fn long_texts_have_an_end() {
        let long = "x".repeat(LONGEST + 1);
        assert!(finds(&long, &long) && finds(&format!("{long} a"), &format!("a b {long}y")));
        let many: Vec<String> = (0..=MOST_WORDS).map(|at| format!("w{at}")).collect();
        assert_eq!(of(&many.join(" "), None).split_ascii_whitespace().count(), MOST_WORDS);
    }

    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    #[test]
    fn ranges_hold_what_parts_allow() {
        let [(low, high), (begin, end)] =
            Search::parse("lamp re").unwrap().ranges().try_into().unwrap();
        let within = |word: &str, low: &str, high: &str| word >= low && word < high;
        assert!(within("lamp", &low, &high) && !within("lamps", &low, &high));
        assert!(within("re", &begin, &end) && within("red", &begin, &end));
        assert!(within("re𠀀", &begin, &end) && !within("rf", &begin, &end));
    }
}
