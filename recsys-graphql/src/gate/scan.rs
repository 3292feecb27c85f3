//! The check on the text, before a recursive parser sees it.

use async_graphql::ServerError;

use super::too_complex;
use crate::limits::Limits;

/// Refuses texts that are too long or whose brackets nest too deeply.
///
/// Brackets inside strings, block strings and comments do not count.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), ServerError> {
    if text.len() > limits.query_bytes {
        return Err(too_complex(format!(
            "the query has {} bytes, the limit is {}; put long inputs into variables",
            text.len(),
            limits.query_bytes
        )));
    }
    let nesting = nesting(text.as_bytes());
    if nesting > limits.nesting {
        return Err(too_complex(format!(
            "the query nests {nesting} brackets, the limit is {}",
            limits.nesting
        )));
    }
    Ok(())
}

/// Returns the deepest nesting of brackets in `text`.
fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at = skip_to(text, at, |rest| matches!(rest[0], b'\n' | b'\r')),
            b'"' if text[at..].starts_with(b"\"\"\"") => at = end_of_block_string(text, at + 3),
            b'"' => at = end_of_string(text, at + 1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

fn skip_to(text: &[u8], from: usize, stop: impl Fn(&[u8]) -> bool) -> usize {
    (from..text.len()).find(|&at| stop(&text[at..])).unwrap_or(text.len())
}

/// Returns the place of the closing quote, or of the line's end where a string must have ended.
fn end_of_string(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && !matches!(text[at], b'"' | b'\n' | b'\r') {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Returns the place of the last of the three closing quotes.
fn end_of_block_string(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && !text[at..].starts_with(b"\"\"\"") {
        at += if text[at..].starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    at + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_all_kinds_count() {
        assert_eq!(nesting(b"{ a(b: [1, {c: 2}]) { d } }"), 4);
        assert_eq!(nesting(b"}}}{"), 1);
        assert_eq!(nesting(b""), 0);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not() {
        assert_eq!(nesting(br#"{ a(b: "[[[\"[[[") # {{{"#), 2);
        assert_eq!(nesting(b"{ a # {{{\n { b } }"), 2);
        assert_eq!(nesting(br#"{ a(b: """ [[ " \""" [[ """, c: [1]) }"#), 3);
    }

    #[test]
    fn text_cut_anywhere_is_scanned_without_panic() {
        let text = br#"{ a(b: """ x \""" """, c: "\\") # end"#;
        for end in 0..text.len() {
            assert!(nesting(&text[..end]) <= 2);
        }
    }

    #[test]
    fn long_and_deep_texts_are_refused() {
        let limits = Limits::default();
        assert!(check(&"{".repeat(limits.nesting), &limits).is_ok());
        assert!(check(&"{".repeat(limits.nesting + 1), &limits).is_err());
        assert!(check(&" ".repeat(limits.query_bytes + 1), &limits).is_err());
    }
}
