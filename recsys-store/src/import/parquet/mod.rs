//! Parquet files: a catalogue or events in typed columns.
//!
//! Columns are recognised by name like those of a CSV file. A row becomes an object of its values, and is
//! read like one of a JSON line; times keep their type: dates and timestamps in milli-, micro- or
//! nanoseconds, in UTC unless the file says otherwise. Compression with Snappy, Zstandard and gzip is
//! understood.

mod footer;

use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field as Cell, Row};
use serde_json::{Map, Number, Value};

use super::columns::{ColumnNames, Contents};
use super::csv::{DefaultKind, contents_of};
use super::digest::{FileDigest, HashedFile};
use super::error::{Fault, ImportError, RowError};
use super::object::Entry;
use super::record::Record;
use super::source::{FileOptions, Opened, Records, size_of};

const SECONDS_PER_DAY: i64 = 86_400;

pub(super) fn open(path: &Path, options: &FileOptions) -> Result<Opened, ImportError> {
    let total_bytes = size_of(path)?;
    let mut file = HashedFile::open(path)?;
    // A Parquet file is read from its end, so its digest takes a pass of its own.
    io::copy(&mut file, &mut io::sink()).map_err(|source| ImportError::read(path, source))?;
    let digest = file.digest();
    let mut file = file.into_file();
    footer::check(&mut file).map_err(|source| ImportError::read(path, source))?;
    let reader = guarded(path, || SerializedFileReader::new(file))?;
    let metadata = reader.metadata().file_metadata();
    let fields = metadata.schema().get_fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let nanoseconds = fields
        .iter()
        .map(|field| {
            let logical = field.get_basic_info().logical_type_ref();
            matches!(logical, Some(LogicalType::Timestamp(of)) if of.unit == TimeUnit::NANOS)
        })
        .collect();
    let contents = contents_of(path, &names, options)?;
    let assignment = options.columns.resolve(contents, &names);
    let ignored_columns = match contents {
        Contents::Interactions => {
            assignment.rest(names.len()).into_iter().map(|index| names[index].clone()).collect()
        }
        Contents::Items => Vec::new(),
    };
    let total_rows = u64::try_from(metadata.num_rows()).unwrap_or_default();
    let records = ParquetRecords {
        path: path.to_owned(),
        rows: guarded(path, || Ok(reader.into_iter()))?,
        nanoseconds,
        contents,
        columns: options.columns.clone(),
        kinds: DefaultKind::new(path, options)?,
        row: 0,
        total_rows,
        digest,
    };
    Ok(Opened { records: Box::new(records), total_bytes, ignored_columns })
}

/// Does a step of reading. The library meets some kinds of damage with a panic; nothing of it is used after
/// one, so that ends here, as an error.
fn guarded<T>(
    path: &Path,
    step: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, ImportError> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    let damaged = |_| Err(ParquetError::General("the file is damaged".to_owned()));
    outcome
        .unwrap_or_else(damaged)
        .map_err(|error| ImportError::read(path, io::Error::new(io::ErrorKind::InvalidData, error)))
}

struct ParquetRecords {
    path: PathBuf,
    rows: RowIter<'static>,
    /// Which columns hold timestamps in nanoseconds, which rows give as plain numbers.
    nanoseconds: Vec<bool>,
    contents: Contents,
    columns: ColumnNames,
    kinds: DefaultKind,
    /// Rows read so far.
    row: u64,
    total_rows: u64,
    digest: FileDigest,
}

impl Records for ParquetRecords {
    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        let rows = &mut self.rows;
        let Some(row) = guarded(&self.path, || rows.next().transpose())? else { return Ok(None) };
        self.row += 1;
        let entry =
            Entry::new(&self.columns, self.contents, &self.path, self.row, self.object(&row));
        let record = match self.contents {
            Contents::Interactions => entry.event(&self.kinds).map(Record::Event),
            Contents::Items => entry.item().map(Record::Item),
        };
        Ok(Some(record.map_err(RowError::of_row)?))
    }

    fn bytes_read(&self) -> u64 {
        // Rows are decoded column by column: how far the file is read shows in the rows.
        if self.row >= self.total_rows {
            return self.digest.bytes;
        }
        let share =
            u128::from(self.digest.bytes) * u128::from(self.row) / u128::from(self.total_rows);
        u64::try_from(share).unwrap_or(self.digest.bytes)
    }

    fn digests(&self) -> Vec<FileDigest> {
        vec![self.digest.clone()]
    }
}

impl ParquetRecords {
    fn object(&self, row: &Row) -> Map<String, Value> {
        let cells = row.get_column_iter().zip(&self.nanoseconds);
        let value = |((name, cell), &nanoseconds): ((&String, &Cell), &bool)| {
            let value = match cell {
                Cell::Long(number) if nanoseconds => time(DateTime::from_timestamp_nanos(*number)),
                _ => value(cell),
            };
            (name.clone(), value)
        };
        cells.map(value).collect()
    }
}

/// A cell as the JSON value that says the same.
fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => Value::Bool(*truth),
        Cell::Byte(number) => Value::from(*number),
        Cell::Short(number) => Value::from(*number),
        Cell::Int(number) => Value::from(*number),
        Cell::Long(number) => Value::from(*number),
        Cell::UByte(number) => Value::from(*number),
        Cell::UShort(number) => Value::from(*number),
        Cell::UInt(number) => Value::from(*number),
        Cell::ULong(number) => Value::from(*number),
        Cell::Float16(number) => float(f64::from(f32::from(*number))),
        // Through the decimal form, so that 0.1 stays 0.1.
        Cell::Float(number) => float(number.to_string().parse().unwrap_or(f64::from(*number))),
        Cell::Double(number) => float(*number),
        Cell::Str(text) => Value::String(text.clone()),
        Cell::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Value::String(text.to_owned()),
            Err(_) => Value::Null,
        },
        Cell::Date(days) => DateTime::from_timestamp(i64::from(*days) * SECONDS_PER_DAY, 0)
            .map_or(Value::Null, time),
        Cell::TimestampMillis(milliseconds) => {
            DateTime::from_timestamp_millis(*milliseconds).map_or(Value::Null, time)
        }
        Cell::TimestampMicros(microseconds) => {
            DateTime::from_timestamp_micros(*microseconds).map_or(Value::Null, time)
        }
        Cell::Decimal(_) | Cell::TimeMillis(_) | Cell::TimeMicros(_) => {
            Value::String(cell.to_string())
        }
        Cell::Group(row) => Value::Object(
            row.get_column_iter().map(|(name, cell)| (name.clone(), value(cell))).collect(),
        ),
        Cell::ListInternal(list) => list.elements().iter().map(value).collect(),
        Cell::MapInternal(map) => {
            let entries = map.entries().iter();
            let name = |key: &Cell| match key {
                Cell::Str(text) => text.clone(),
                other => other.to_string(),
            };
            Value::Object(entries.map(|(key, cell)| (name(key), value(cell))).collect())
        }
    }
}

/// A number, or the text that says why it is none.
fn float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

fn time(moment: DateTime<Utc>) -> Value {
    Value::String(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

impl fmt::Debug for ParquetRecords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ParquetRecords")
            .field("path", &self.path)
            .field("row", &self.row)
            .field("total_rows", &self.total_rows)
            .finish_non_exhaustive()
    }
}
