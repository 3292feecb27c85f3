//! Texts of a file as values: ids, numbers, times, kinds, lists of tags.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Number, Value};

use super::error::Problem;

// The bounds of the types in `crate::types`, so that a row that passes here passes there.
const ID_LIMIT: usize = 255;
const TITLE_LIMIT: usize = 500;
const DESCRIPTION_LIMIT: usize = 20_000;
const CATEGORY_LIMIT: usize = 200;
const TAG_LIMIT: usize = 100;
const TAG_COUNT_LIMIT: usize = 100;
const METADATA_LIMIT: usize = 64 * 1024;
const VALUE_LIMIT: f64 = 1e6;
const RATING_LIMIT: f64 = 10.0;

/// Whole numbers from here on are milliseconds, not seconds: as seconds they would be the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;
/// The last millisecond of the year 9999, the latest time that has an RFC 3339 form.
const LATEST_MILLISECOND: f64 = 253_402_300_799_999.0;

/// The id of a user or an item.
pub(super) fn id(text: &str) -> Result<String, Problem> {
    optional(text, ID_LIMIT)?.ok_or(Problem::Empty)
}

pub(super) fn title(text: &str) -> Result<String, Problem> {
    optional(text, TITLE_LIMIT)?.ok_or(Problem::Empty)
}

pub(super) fn description(text: &str) -> Result<Option<String>, Problem> {
    optional(text, DESCRIPTION_LIMIT)
}

pub(super) fn category(text: &str) -> Result<Option<String>, Problem> {
    optional(text, CATEGORY_LIMIT)
}

/// The number that goes with an event.
pub(super) fn event_value(text: &str) -> Result<f64, Problem> {
    let value = number(text)?;
    in_range(value, -VALUE_LIMIT..=VALUE_LIMIT, text, "-1000000", "1000000")
}

/// The number of an event of kind `rating`.
pub(super) fn rating(text: &str) -> Result<f64, Problem> {
    in_range(number(text)?, 0.0..=RATING_LIMIT, text, "0", "10")
}

/// `value` if it lies in `range`, which `low` and `high` name in the error.
pub(super) fn in_range(
    value: f64,
    range: RangeInclusive<f64>,
    text: &str,
    low: &'static str,
    high: &'static str,
) -> Result<f64, Problem> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Problem::OutOfRange { value: text.trim().to_owned(), low, high })
}

/// A finite number.
pub(super) fn number(text: &str) -> Result<f64, Problem> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(Problem::NotANumber(text.to_owned())),
    }
}

/// The kind of an event, in lower case; spaces and dashes become underscores.
pub(super) fn kind(text: &str) -> Result<String, Problem> {
    let name: String = text
        .trim()
        .chars()
        .map(|character| match character {
            ' ' | '-' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(name)
    } else {
        Err(Problem::NotAKind(text.trim().to_owned()))
    }
}

/// Seconds or milliseconds since 1970, or a date with or without a time; UTC unless it says otherwise.
pub(super) fn time(text: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let moment = match text.parse::<f64>() {
        Ok(number) => from_number(number),
        Err(_) => from_text(text),
    };
    moment.map(Some).ok_or_else(|| Problem::NotATime(text.to_owned()))
}

/// A list of labels: `a|b`, `a;b` or `a,b`, whichever separator comes first in that order; without doubles.
pub(super) fn tags(text: &str) -> Result<Vec<String>, Problem> {
    let separator = ['|', ';', ','].into_iter().find(|&separator| text.contains(separator));
    unique_tags(text.split(separator.unwrap_or('|')))
}

/// Labels without blanks and doubles, in the order of their first appearance.
pub(super) fn unique_tags<'a>(
    labels: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, Problem> {
    let mut unique: Vec<String> = Vec::new();
    for text in labels {
        if let Some(tag) = optional(text, TAG_LIMIT)?
            && !unique.contains(&tag)
        {
            unique.push(tag);
        }
    }
    if unique.len() > TAG_COUNT_LIMIT {
        return Err(Problem::TooMany { count: unique.len(), limit: TAG_COUNT_LIMIT });
    }
    Ok(unique)
}

/// A viewer's tag in the one spelling in which uses are counted; `None` if it is blank or a sentence.
pub(super) fn spoken_tag(text: &str) -> Option<String> {
    optional(text, TAG_LIMIT).ok().flatten().map(|tag| tag.to_lowercase())
}

/// Checks the size of an item's metadata.
pub(super) fn metadata(object: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let length = serde_json::to_string(&object).map_or(usize::MAX, |json| json.len());
    if length > METADATA_LIMIT {
        return Err(Problem::TooLong { length, limit: METADATA_LIMIT });
    }
    Ok(object)
}

/// A JSON object written in a field; blank is an empty one.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Problem> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text)
        .map_err(|_| Problem::WrongType("a JSON object, such as {\"price\": 9.5}"))
}

/// The value of a column nobody named: a number or a truth value where it reads as one, else text.
/// Numbers with leading zeros are codes and stay text.
pub(super) fn loose(text: &str) -> Option<Value> {
    let text = text.trim();
    let code = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    match text {
        "" => None,
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ if code => Some(Value::String(text.to_owned())),
        _ => Some(loose_number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number)),
    }
}

fn loose_number(text: &str) -> Option<Number> {
    let integer = text.parse::<i64>().ok().map(Number::from);
    integer.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

/// Trimmed text of at most `limit` characters; blank is none.
fn optional(text: &str, limit: usize) -> Result<Option<String>, Problem> {
    let text = text.trim();
    let length = text.chars().count();
    if length > limit {
        return Err(Problem::TooLong { length, limit });
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn from_number(number: f64) -> Option<DateTime<Utc>> {
    let milliseconds = if number < MILLISECONDS_FROM { number * 1_000.0 } else { number };
    if !(0.0..=LATEST_MILLISECOND).contains(&milliseconds) {
        return None;
    }
    // In range and whole: the conversion is exact.
    DateTime::from_timestamp_millis(milliseconds.floor() as i64)
}

fn from_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return millisecond(moment.to_utc());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
            return millisecond(moment.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    millisecond(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Cuts to what is stored, so that a moment read back equals the one written.
fn millisecond(moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(moment.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_milliseconds_or_a_date() {
        let expected = DateTime::from_timestamp_millis(1_717_149_600_000);
        for text in [
            "1717149600",
            "1717149600000",
            "1717149600.0",
            "2024-05-31T10:00:00Z",
            "2024-05-31T12:00:00+02:00",
            "2024-05-31 10:00:00",
        ] {
            assert_eq!(time(text), Ok(expected), "{text}");
        }
        assert_eq!(time(" "), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["yesterday", "-5", "NaN", "inf", "1e300", "2024-13-01"] {
            assert_eq!(time(text), Err(Problem::NotATime(text.to_owned())));
        }
    }

    #[test]
    fn a_number_is_finite() {
        assert_eq!(number(" 2.5 "), Ok(2.5));
        for text in ["", "abc", "NaN", "inf", "1e999"] {
            assert_eq!(number(text), Err(Problem::NotANumber(text.to_owned())));
        }
    }

    #[test]
    fn kinds_are_brought_into_one_spelling() {
        assert_eq!(kind("Add-To Cart"), Ok("add_to_cart".to_owned()));
        for text in ["", "käufe", &"x".repeat(65)] {
            assert_eq!(kind(text), Err(Problem::NotAKind(text.to_owned())));
        }
    }

    #[test]
    fn tags_lose_blanks_and_doubles() {
        assert_eq!(tags("a| b |a||c"), Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
        assert_eq!(tags("rock, pop"), Ok(vec!["rock".to_owned(), "pop".to_owned()]));
        assert_eq!(tags(""), Ok(vec![]));
    }

    #[test]
    fn unnamed_columns_keep_their_type() {
        assert_eq!(loose("12"), Some(Value::from(12)));
        assert_eq!(loose("9.5"), Some(Value::from(9.5)));
        assert_eq!(loose("0042"), Some(Value::from("0042")));
        assert_eq!(loose("true"), Some(Value::from(true)));
        assert_eq!(loose(" "), None);
    }
}
