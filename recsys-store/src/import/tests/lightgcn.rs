//! The LightGCN text format.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Files, events, messages, read};
use crate::import::{ImportError, Record, Source};

fn pairs(records: Vec<Record>) -> Vec<(String, String)> {
    events(records).into_iter().map(|event| (event.user, event.item)).collect()
}

fn pair(user: &str, item: &str) -> (String, String) {
    (user.to_owned(), item.to_owned())
}

#[test]
fn each_number_behind_the_user_is_an_event() {
    let files = Files::new().with("train.txt", "0 5 7 5\n\n1\n02 5 \n");
    let (records, bad) = read(&Source::lightgcn(files.path("train.txt"))).unwrap();
    assert!(bad.is_empty());
    assert_eq!(pairs(records), [pair("0", "5"), pair("0", "7"), pair("2", "5")]);
}

#[test]
fn a_folder_is_its_training_part_and_then_its_test_part() {
    let files = Files::new().with("test.txt", "0 9\n").with("train.txt", "0 5\n");
    let (records, _) = read(&Source::lightgcn(files.0.path())).unwrap();
    assert_eq!(pairs(records), [pair("0", "5"), pair("0", "9")]);
}

#[test]
fn a_compressed_file_is_read_as_what_it_holds() {
    let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
    zipped.write_all(b"3 4\n").unwrap();
    let files = Files::new().with("train.txt.gz", zipped.finish().unwrap());
    let (records, _) = read(&Source::lightgcn(files.0.path())).unwrap();
    assert_eq!(pairs(records), [pair("3", "4")]);
}

#[test]
fn what_is_no_number_is_named_by_line_and_column() {
    let files = Files::new().with("train.txt", b"0 1\n1 x 3\nuser 4\n5 -6\n\xff\n7 8\n");
    let (records, bad) = read(&Source::lightgcn(files.path("train.txt"))).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(
        messages(&bad),
        [
            "train.txt: line 2, column 2: \"x\" is not a number",
            "train.txt: line 3, column 1: \"user\" is not a number",
            "train.txt: line 4, column 2: \"-6\" is not a number",
            "train.txt: line 5, column 1: is not valid UTF-8 text",
        ]
    );
}

#[test]
fn a_folder_without_a_training_part_is_refused() {
    let files = Files::new().with("test.txt", "0 9\n");
    let error = read(&Source::lightgcn(files.0.path())).unwrap_err();
    assert!(matches!(error, ImportError::Layout { .. }), "{error}");
}
