//! A text as words.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use super::config::TfIdfConfig;

/// Shortest word, in characters.
const SHORTEST: usize = 2;

/// How a text is spelt before it is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    lowercase: bool,
    strip_accents: bool,
}

impl Spelling {
    pub(super) fn new(config: &TfIdfConfig) -> Self {
        Self { lowercase: config.lowercase, strip_accents: config.strip_accents }
    }

    /// Returns the text in lower case and without accents, as far as wished. `buffer` is reused.
    pub(super) fn normalize<'a>(self, text: &'a str, buffer: &'a mut String) -> &'a str {
        buffer.clear();
        if text.is_ascii() {
            if !self.lowercase {
                return text;
            }
            buffer.push_str(text);
            buffer.make_ascii_lowercase();
            return buffer;
        }
        let lower =
            if self.lowercase { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
        if self.strip_accents {
            let plain = |letter: &char| canonical_combining_class(*letter) == 0;
            buffer.extend(lower.nfkd().filter(plain));
        } else {
            buffer.push_str(&lower);
        }
        buffer
    }
}

/// Cuts a normalized text into its words, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !is_word(letter)).filter(|word| {
        // Most words are ASCII, and a word of as many bytes as characters needs no counting.
        word.len() >= SHORTEST && (word.is_ascii() || word.chars().nth(SHORTEST - 1).is_some())
    })
}

/// Whether Python's `\w` matches: letters, digits and the underscore. Combining marks and circled letters,
/// which Unicode counts as alphabetic, are none.
fn is_word(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '_';
    }
    letter.is_alphanumeric() && !is_combining_mark(letter) && !is_enclosed(letter)
}

/// Letters in circles and squares: symbols by category, alphabetic by property.
fn is_enclosed(letter: char) -> bool {
    matches!(letter,
        '\u{24B6}'..='\u{24E9}'
        | '\u{1F130}'..='\u{1F149}'
        | '\u{1F150}'..='\u{1F169}'
        | '\u{1F170}'..='\u{1F189}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, config: &TfIdfConfig) -> Vec<String> {
        let mut buffer = String::new();
        let text = Spelling::new(config).normalize(text, &mut buffer);
        words(text).map(str::to_owned).collect()
    }

    /// What `re.findall(r"(?u)\b\w\w+\b", text.lower())` gives.
    #[test]
    fn words_are_those_of_the_reference() {
        let cases = [
            ("Don't panic, it's 42!", &["don", "panic", "it", "42"][..]),
            ("a bb _c x_y", &["bb", "_c", "x_y"]),
            ("Crème brûlée, ÉTÉ", &["crème", "brûlée", "été"]),
            ("ÖÄ ß ñn", &["öä", "ñn"]),
            ("ΟΔΟΣ", &["οδος"]), // the last sigma is another letter
            ("東京 タワー 一", &["東京", "タワー"]),
            ("İstanbul", &["stanbul"]), // a dotted capital I decomposes
            ("हिन्दी", &[]),             // vowel signs are no letters there
            ("½ ²³ ⅷⅸ ⒶⒷ", &["²³", "ⅷⅸ"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected
                .iter()
                .map(|word| {
                    if *word == "οδος" {
                        "οδο\u{3c2}".to_owned()
                    } else {
                        (*word).to_owned()
                    }
                })
                .collect();
            assert_eq!(cut(text, &TfIdfConfig::default()), expected, "{text}");
        }
    }

    #[test]
    fn accents_and_case_go_when_told_to() {
        let plain = TfIdfConfig::default().with_strip_accents(true);
        assert_eq!(cut("Crème Brûlée ﬁn", &plain), ["creme", "brulee", "fin"]);
        let cased = TfIdfConfig { lowercase: false, ..TfIdfConfig::default() };
        assert_eq!(cut("The Été", &cased), ["The", "Été"]);
    }
}
