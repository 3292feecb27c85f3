//! JSON lines.

use chrono::DateTime;
use serde_json::json;

use super::{Files, default, events, items, messages, read};
use crate::import::{ImportError, Source};

fn jsonl(content: &str) -> (Files, Source) {
    let files = Files::new().with("data.jsonl", content);
    let source = Source::jsonl(files.path("data.jsonl"), default());
    (files, source)
}

#[test]
fn ids_may_be_numbers_and_times_texts() {
    let (_files, source) = jsonl(
        "{\"user_id\": 7, \"item_id\": \"a\", \"event\": \"click\", \"ts\": \"2024-05-31T10:00:00Z\"}\n\
         \n\
         {\"user_id\": \"8\", \"item_id\": 2, \"weight\": 0.5, \"ts\": 1717149600, \"page\": 3}\n",
    );
    assert_eq!(source.open().unwrap().ignored_columns, ["page"]);
    let (records, bad) = read(&source).unwrap();
    assert!(bad.is_empty());
    let events = events(records);
    assert_eq!((events[0].user.as_str(), events[0].kind.as_str()), ("7", "click"));
    assert_eq!((events[1].item.as_str(), events[1].value), ("2", 0.5));
    assert_eq!(events[0].at, DateTime::from_timestamp_millis(1_717_149_600_000));
    assert_eq!(events[0].at, events[1].at);
}

#[test]
fn items_have_lists_and_objects() {
    let (_files, source) = jsonl(
        "{\"id\": 1, \"title\": \"Lamp\", \"tags\": [\"warm\", \"warm\"], \"metadata\": {\"watt\": 5}, \"price\": 9, \"colour\": null}\n\
         {\"id\": 2, \"title\": \"Desk\", \"tags\": \"oak, small\", \"category\": \"Home\"}\n",
    );
    let items = items(read(&source).unwrap().0);
    assert_eq!(items[0].tags, ["warm"]);
    assert_eq!(json!(items[0].metadata), json!({"watt": 5, "price": 9}));
    assert_eq!(items[1].tags, ["oak", "small"]);
    assert_eq!(items[1].category.as_deref(), Some("Home"));
}

#[test]
fn broken_lines_are_named() {
    let (_files, source) = jsonl(
        "{\"user\": \"a\", \"item\": \"b\"}\n\
         {\"user\": \"a\", \"item\"}\n\
         [1]\n\
         {\"user\": \"a\"}\n\
         {\"user\": {}, \"item\": \"b\"}\n\
         {\"user\": \"a\", \"item\": \"b\", \"value\": \"many\"}\n\
         {\"user\": \"a\", \"item\": \"b\", \"rating\": null}\n",
    );
    let (records, bad) = read(&source).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        messages(&bad),
        [
            "data.jsonl: line 2, column 21: not valid JSON: expected `:`",
            "data.jsonl: line 3, column 1: expected a JSON object",
            "data.jsonl: line 4, column \"item\": is missing",
            "data.jsonl: line 5, column \"user\": expected a string or a number",
            "data.jsonl: line 6, column \"value\": \"many\" is not a number",
            "data.jsonl: line 7, column \"rating\": is missing",
        ]
    );
}

#[test]
fn objects_that_say_nothing_are_refused() {
    let (_files, source) = jsonl("{\"a\": 1}\n");
    assert!(matches!(read(&source).unwrap_err(), ImportError::Header { .. }));
}

#[test]
fn a_file_without_any_object_names_its_lines() {
    let (_files, source) = jsonl("hello\n");
    assert_eq!(
        messages(&read(&source).unwrap().1),
        ["data.jsonl: line 1, column 1: not valid JSON: expected value"]
    );
}
