//! CSV files.

use chrono::DateTime;
use serde_json::json;

use super::{Files, default, events, items, messages, read};
use crate::import::{ColumnNames, Contents, Field, FileOptions, ImportError, Source};

fn csv(content: impl AsRef<[u8]>, options: FileOptions) -> (Files, Source) {
    let files = Files::new().with("data.csv", content);
    let source = Source::csv(files.path("data.csv"), options);
    (files, source)
}

#[test]
fn events_carry_kind_value_and_time() {
    let text = "user,item,kind,value,timestamp\nu1,i1,Purchase,2,1717149600\nu2,i2,,,\n";
    let (_files, source) = csv(text, default());
    let (records, bad) = read(&source).unwrap();
    assert!(bad.is_empty());
    let events = events(records);
    assert_eq!((events[0].user.as_str(), events[0].item.as_str()), ("u1", "i1"));
    assert_eq!((events[0].kind.as_str(), events[0].value), ("purchase", 2.0));
    assert_eq!(events[0].at, DateTime::from_timestamp_millis(1_717_149_600_000));
    assert_eq!((events[1].kind.as_str(), events[1].value, events[1].at), ("view", 1.0, None));
}

#[test]
fn numbers_in_a_rating_column_are_ratings() {
    let (_files, source) = csv("userId,movieId,rating\n1,2,4.5\n", default());
    let rated = events(read(&source).unwrap().0);
    assert_eq!((rated[0].kind.as_str(), rated[0].value), ("rating", 4.5));
}

#[test]
fn items_keep_unknown_columns_as_metadata() {
    let text = "id;title;genres;price;colour\n7;\"A; \"\"B\"\"\";x|y;9.5;\n";
    let (_files, source) = csv(text, default());
    let items = items(read(&source).unwrap().0);
    assert_eq!(items[0].title, "A; \"B\"");
    assert_eq!(items[0].tags, ["x", "y"]);
    assert_eq!(json!(items[0].metadata), json!({"price": 9.5}));
}

#[test]
fn a_broken_value_is_named_by_line_and_column() {
    let text = "user,item,rating,timestamp\n\
                1,2,good,5\n\
                1,,3,5\n\
                1,2,11,5\n\
                1,2,3,tomorrow\n\
                1,2,3\n\
                1,2,3,4,5\n\
                1,2,3,5\n";
    let (_files, source) = csv(text, default());
    let (records, bad) = read(&source).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        messages(&bad),
        [
            "data.csv: line 2, column \"rating\": \"good\" is not a number",
            "data.csv: line 3, column \"item\": must not be empty",
            "data.csv: line 4, column \"rating\": 11 is outside 0 to 10",
            "data.csv: line 5, column \"timestamp\": \"tomorrow\" is not a time: expected seconds or \
             milliseconds since 1970, or a date like 2024-05-31T10:00:00Z",
            "data.csv: line 6, column \"timestamp\": the line has 3 fields, expected 4",
            "data.csv: line 7, column 5: the line has 5 fields, expected 4",
        ]
    );
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let text = "\u{feff}id,title\r\n\r\n1,\"two\r\nlines\"\r\n\r\n2,\r\n";
    let (_files, source) = csv(text, default());
    let (records, bad) = read(&source).unwrap();
    assert_eq!(items(records)[0].title, "two\nlines");
    assert_eq!(bad[0].line(), 6);
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    let mut text = String::from("user,item\n");
    for row in 0..3_000 {
        text.push_str(if row == 10 { "u,\"i\n" } else { "u,i\n" });
    }
    let (_files, source) = csv(text, default());
    let (records, bad) = read(&source).unwrap();
    assert_eq!(records.len(), 2_999);
    assert_eq!(
        messages(&bad),
        ["data.csv: line 12, column \"item\": a quotation mark opens a field and is never closed"]
    );
}

#[test]
fn a_stray_quote_does_not_reach_for_the_next_quoted_row() {
    let text = "id,title\n1,\"a\n2,b\n3,\"c, d\"\n";
    let (_files, source) = csv(text, default());
    let (records, bad) = read(&source).unwrap();
    let titles: Vec<String> = items(records).into_iter().map(|item| item.title).collect();
    assert_eq!(titles, ["b", "c, d"]);
    assert_eq!(bad[0].line(), 2);
}

#[test]
fn a_quotation_mark_within_a_field_is_text() {
    let (_files, source) = csv("id,title\n1,5\" pipe\n2,6\" pipe\n", default());
    let titles: Vec<String> =
        items(read(&source).unwrap().0).into_iter().map(|item| item.title).collect();
    assert_eq!(titles, ["5\" pipe", "6\" pipe"]);
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let (_files, source) = csv(b"id,title\n1,caf\xE9\n", default());
    let (_, bad) = read(&source).unwrap();
    assert_eq!(messages(&bad), ["data.csv: line 2, column \"title\": is not valid UTF-8 text"]);
}

#[test]
fn columns_can_be_named() {
    let columns = ColumnNames::default().with(Field::User, "who").with(Field::Item, "what");
    let options = FileOptions { columns, kind: Some("like".to_owned()), ..default() };
    let (_files, source) = csv("who,what,note\na,b,c\n", options);
    assert_eq!(source.open().unwrap().ignored_columns, ["note"]);
    let events = events(read(&source).unwrap().0);
    assert_eq!((events[0].user.as_str(), events[0].kind.as_str()), ("a", "like"));
}

#[test]
fn a_header_that_says_nothing_is_refused() {
    let columns = ColumnNames::default().with(Field::User, "who");
    let interactions = Some(Contents::Interactions);
    for (text, options, problem) in [
        (
            "a,b\n1,2\n",
            default(),
            "expected the columns user and item (interactions) or id and title",
        ),
        ("a,b\n1,2\n", FileOptions { contents: interactions, ..default() }, "interactions need"),
        (
            "user,item\n",
            FileOptions { columns, ..default() },
            "there is no column \"who\" for the user",
        ),
        ("", default(), "the first line is empty"),
    ] {
        let (_files, source) = csv(text, options);
        let error = read(&source).unwrap_err();
        assert!(matches!(error, ImportError::Header { .. }), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn a_kind_that_cannot_be_is_refused() {
    let options = FileOptions { kind: Some("käufe".to_owned()), ..default() };
    let (_files, source) = csv("user,item\na,b\n", options);
    let error = read(&source).unwrap_err();
    assert!(error.to_string().contains("\"käufe\" is not an event kind"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = read(&Source::csv("nowhere.csv", default())).unwrap_err();
    assert_eq!(error.to_string(), "cannot read nowhere.csv");
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_bytes_are_rows_or_errors(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let (_files, source) = csv(&bytes, default());
            let _ = read(&source);
            let (_files, source) = csv([b"id,title\n", bytes.as_slice()].concat(), default());
            read(&source).unwrap();
        }

        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            rows in proptest::collection::vec(("[a-z0-9]{1,8}", "[ -~\n]{0,30}"), 1..20)
        ) {
            let mut writer = ::csv::Writer::from_writer(b"id,title,note\n".to_vec());
            for (id, note) in &rows {
                writer.write_record([id, "t", note]).unwrap();
            }
            let (_files, source) = csv(writer.into_inner().unwrap(), default());
            let (records, bad) = read(&source).unwrap();
            prop_assert!(bad.is_empty());
            let ids: Vec<String> = items(records).into_iter().map(|item| item.id).collect();
            prop_assert_eq!(ids, rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
        }
    }
}
