//! Files with one JSON object on each line: a catalogue or events.
//!
//! The first object that can be read tells which of the two the file is. Keys are recognised like the
//! columns of a CSV file; other keys of an item go into its metadata, other keys of an event are left
//! out and reported once.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{ColumnNames, Contents};
use super::csv::{DefaultKind, missing_columns};
use super::digest::FileDigest;
use super::error::{Column, Fault, ImportError, Problem, RowError};
use super::lines::{Line, Lines};
use super::object::{Entry, names};
use super::record::Record;
use super::source::{FileOptions, Opened, Records, size_of};

/// Lines looked through for the first object that can be read, and for keys that mean nothing.
const SAMPLE: usize = 100;

pub(super) fn open(path: &Path, options: &FileOptions) -> Result<Opened, ImportError> {
    let total_bytes = size_of(path)?;
    let sample = sample(path)?;
    let contents = match (options.contents, sample.first()) {
        (Some(contents), _) => contents,
        // Nothing can be read: the rows themselves will say why.
        (None, None) => Contents::Interactions,
        (None, Some(first)) => {
            let names = names(first);
            options.columns.recognise(&names).ok_or_else(|| ImportError::Header {
                path: path.to_owned(),
                problem: missing_columns(None, &names.join(", ")),
            })?
        }
    };
    let mut ignored = BTreeSet::new();
    if contents == Contents::Interactions {
        for object in &sample {
            let names = names(object);
            let assignment = options.columns.resolve(contents, &names);
            ignored
                .extend(assignment.rest(names.len()).into_iter().map(|index| names[index].clone()));
        }
    }
    let records = JsonRecords {
        lines: Lines::open(path)?,
        contents,
        columns: options.columns.clone(),
        kinds: DefaultKind::new(path, options)?,
    };
    Ok(Opened {
        records: Box::new(records),
        total_bytes,
        ignored_columns: ignored.into_iter().collect(),
    })
}

/// The objects among the first lines.
fn sample(path: &Path) -> Result<Vec<Map<String, Value>>, ImportError> {
    let mut lines = Lines::open(path)?;
    let mut objects = Vec::new();
    for _ in 0..SAMPLE {
        match lines.next() {
            Ok(Some(line)) => objects.extend(serde_json::from_slice(&line.bytes).ok()),
            Ok(None) => break,
            Err(Fault::File(error)) => return Err(error),
            Err(Fault::Row(_)) => {}
        }
    }
    Ok(objects)
}

#[derive(Debug)]
struct JsonRecords {
    lines: Lines,
    contents: Contents,
    columns: ColumnNames,
    kinds: DefaultKind,
}

impl Records for JsonRecords {
    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        let line = loop {
            match self.lines.next()? {
                None => return Ok(None),
                Some(line) if line.bytes.iter().all(u8::is_ascii_whitespace) => {}
                Some(line) => break line,
            }
        };
        let object = self.object(&line)?;
        let entry =
            Entry::new(&self.columns, self.contents, self.lines.path(), line.number, object);
        let record = match self.contents {
            Contents::Interactions => Record::Event(entry.event(&self.kinds)?),
            Contents::Items => Record::Item(entry.item()?),
        };
        Ok(Some(record))
    }

    fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    fn digests(&self) -> Vec<FileDigest> {
        vec![self.lines.digest()]
    }
}

impl JsonRecords {
    fn object(&self, line: &Line) -> Result<Map<String, Value>, RowError> {
        let error =
            |column, problem| RowError::new(self.lines.path(), line.number, column, problem);
        let value: Value = serde_json::from_slice(&line.bytes).map_err(|cause| {
            let place = Some(Column::Position(cause.column().max(1)));
            // The position is told by the column, the text without it is what went wrong.
            let text = cause.to_string();
            let text = text.split(" at line ").next().unwrap_or(&text);
            error(place, Problem::Json(format!("not valid JSON: {text}")))
        })?;
        match value {
            Value::Object(object) => Ok(object),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                Err(error(Some(Column::Position(1)), Problem::WrongType("a JSON object")))
            }
        }
    }
}
