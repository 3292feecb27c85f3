//! Parquet files, written column by column.

use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use chrono::DateTime;
use serde_json::json;

use super::{Files, default, events, items, messages, read};
use crate::import::{ColumnNames, Field, FileOptions, ImportError, Source};

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// A file with the columns that `write` writes, in the order of the schema.
fn file(schema: &str, write: impl Fn(&mut Group<'_>)) -> (Files, Source) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    write(&mut group);
    group.close().unwrap();
    let files = Files::new().with("data.parquet", writer.into_inner().unwrap());
    let source = Source::parquet(files.path("data.parquet"), default());
    (files, source)
}

/// Writes one column; `levels` are how much of each value is there, and which begin a new row.
fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    levels: (Option<&[i16]>, Option<&[i16]>),
) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels.0, levels.1).unwrap();
    column.close().unwrap();
}

fn texts(texts: &[&str]) -> Vec<ByteArray> {
    texts.iter().map(|&text| text.into()).collect()
}

const ALL: (Option<&[i16]>, Option<&[i16]>) = (None, None);

#[test]
fn events_have_typed_columns() {
    let schema = "message events {
        required binary user_id (UTF8);
        required int64 item_id;
        optional binary event_type (UTF8);
        required double quantity;
        required boolean paid;
    }";
    let (_files, source) = file(schema, |group| {
        column::<ByteArrayType>(group, &texts(&["ada", "bob"]), ALL);
        column::<Int64Type>(group, &[7, 8], ALL);
        column::<ByteArrayType>(group, &texts(&["Purchase"]), (Some(&[1, 0]), None));
        column::<DoubleType>(group, &[2.5, 1.0], ALL);
        column::<::parquet::data_type::BoolType>(group, &[true, false], ALL);
    });
    assert_eq!(source.open().unwrap().ignored_columns, ["paid"]);
    let (records, bad) = read(&source).unwrap();
    assert!(bad.is_empty(), "{bad:?}");
    let events = events(records);
    assert_eq!((events[0].user.as_str(), events[0].item.as_str()), ("ada", "7"));
    assert_eq!((events[0].kind.as_str(), events[0].value), ("purchase", 2.5));
    assert_eq!((events[1].kind.as_str(), events[1].value, events[1].at), ("view", 1.0, None));
}

#[test]
fn times_keep_their_unit_whatever_their_size() {
    // 1970-04-26, of which a plain number of milliseconds would read as a number of seconds.
    let moment = 10_000_000_000_i64;
    for (unit, per_millisecond) in [("MILLIS", 1), ("MICROS", 1_000), ("NANOS", 1_000_000)] {
        for utc in ["true", "false"] {
            let schema = format!(
                "message events {{
                    required int32 user;
                    required int32 item;
                    optional int64 timestamp (TIMESTAMP({unit},{utc}));
                }}"
            );
            let (_files, source) = file(&schema, |group| {
                column::<Int32Type>(group, &[1, 1], ALL);
                column::<Int32Type>(group, &[2, 3], ALL);
                column::<Int64Type>(group, &[moment * per_millisecond], (Some(&[1, 0]), None));
            });
            let events = events(read(&source).unwrap().0);
            assert_eq!(events[0].at, DateTime::from_timestamp_millis(moment), "{unit}");
            assert_eq!(events[1].at, None, "{unit}");
        }
    }
}

#[test]
fn a_date_is_its_midnight() {
    let schema = "message events {
        required int32 user; required int32 item; required int32 date (DATE);
    }";
    let (_files, source) = file(schema, |group| {
        column::<Int32Type>(group, &[1], ALL);
        column::<Int32Type>(group, &[2], ALL);
        column::<Int32Type>(group, &[19_874], ALL);
    });
    let events = events(read(&source).unwrap().0);
    assert_eq!(events[0].at, DateTime::from_timestamp(1_717_113_600, 0)); // 2024-05-31
}

#[test]
fn items_have_lists_and_other_columns_become_metadata() {
    let schema = "message items {
        required int32 id;
        required binary title (UTF8);
        optional group tags (LIST) { repeated group list { required binary element (UTF8); } }
        required double price;
    }";
    let (_files, source) = file(schema, |group| {
        column::<Int32Type>(group, &[1, 2], ALL);
        column::<ByteArrayType>(group, &texts(&["Lamp", "Desk"]), ALL);
        let levels = (Some(&[2_i16, 2, 0][..]), Some(&[0_i16, 1, 0][..]));
        column::<ByteArrayType>(group, &texts(&["warm", "small"]), levels);
        column::<DoubleType>(group, &[9.5, f64::NAN], ALL);
    });
    let items = items(read(&source).unwrap().0);
    assert_eq!((items[0].id.as_str(), items[0].title.as_str()), ("1", "Lamp"));
    assert_eq!(items[0].tags, ["warm", "small"]);
    assert_eq!(json!(items[0].metadata), json!({"price": 9.5}));
    assert!(items[1].tags.is_empty());
}

#[test]
fn a_broken_value_is_named_by_row_and_column() {
    let schema = "message events {
        required binary buyer (UTF8); required int32 item; required double rating;
    }";
    let (files, _) = file(schema, |group| {
        column::<ByteArrayType>(group, &texts(&["a", "", "c", "d"]), ALL);
        column::<Int32Type>(group, &[1, 2, 3, 4], ALL);
        column::<DoubleType>(group, &[5.0, 4.0, 11.0, f64::NAN], ALL);
    });
    let columns = ColumnNames::default().with(Field::User, "buyer");
    let options = FileOptions { columns, ..default() };
    let source = Source::parquet(files.path("data.parquet"), options);
    let (records, bad) = read(&source).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        messages(&bad),
        [
            "data.parquet: row 2, column \"buyer\": is missing",
            "data.parquet: row 3, column \"rating\": 11.0 is outside 0 to 10",
            "data.parquet: row 4, column \"rating\": \"NaN\" is not a number",
        ]
    );
}

#[test]
fn the_digest_is_of_the_whole_file_and_progress_ends_with_it() {
    let schema = "message events { required int32 user; required int32 item; }";
    let (files, source) = file(schema, |group| {
        column::<Int32Type>(group, &[1, 2], ALL);
        column::<Int32Type>(group, &[3, 4], ALL);
    });
    let bytes = std::fs::read(files.path("data.parquet")).unwrap();
    let mut opened = source.open().unwrap();
    assert_eq!(opened.records.bytes_read(), 0);
    while opened.records.next_record().unwrap().is_some() {}
    assert_eq!(opened.records.bytes_read(), opened.total_bytes);
    let digest = &opened.records.digests()[0];
    assert_eq!(digest.bytes, bytes.len() as u64);
    let hexadecimal: String = <sha2::Sha256 as sha2::Digest>::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(digest.digest.to_string(), format!("sha256:{hexadecimal}"));
}

/// A damaged file is refused or read; it never panics.
#[test]
fn damage_is_an_error_or_goes_unnoticed() {
    let schema = "message events {
        required binary user (UTF8); required int32 item; optional double rating;
    }";
    let (files, _) = file(schema, |group| {
        column::<ByteArrayType>(group, &texts(&["a", "b", "c", "d"]), ALL);
        column::<Int32Type>(group, &[1, 2, 3, 4], ALL);
        column::<DoubleType>(group, &[5.0, 4.0, 3.0], (Some(&[1, 0, 1, 1]), None));
    });
    let whole = std::fs::read(files.path("data.parquet")).unwrap();
    for at in (0..whole.len()).step_by(4) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        let files = Files::new().with("data.parquet", damaged);
        drop(read(&Source::parquet(files.path("data.parquet"), default())));
    }
}

#[test]
fn what_is_no_parquet_file_is_refused() {
    let files = Files::new().with("data.parquet", "user,item\na,b\n");
    let error = read(&Source::parquet(files.path("data.parquet"), default())).unwrap_err();
    assert!(matches!(error, ImportError::Read { .. }), "{error}");
    let (_files, source) = file("message numbers { required int32 colour; }", |group| {
        column::<Int32Type>(group, &[1], ALL);
    });
    assert!(matches!(read(&source).unwrap_err(), ImportError::Header { .. }));
}
