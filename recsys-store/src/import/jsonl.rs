//! Files with one JSON object on each line: a catalogue or events.
//!
//! The first object that can be read tells which of the two the file is. Keys are recognised like the
//! columns of a CSV file; other keys of an item go into its metadata, other keys of an event are left
//! out and reported once.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{Assignment, ColumnNames, Contents, Field, holds_ratings};
use super::csv::{DefaultKind, missing_columns};
use super::digest::FileDigest;
use super::error::{Column, Fault, ImportError, Problem, RowError};
use super::lines::{Line, Lines};
use super::record::{EventRow, ItemRow, Record};
use super::source::{FileOptions, Opened, Records, size_of};
use super::value;
use crate::types::RATING_KIND;

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

fn names(object: &Map<String, Value>) -> Vec<String> {
    object.keys().cloned().collect()
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

/// One object of the file with what its keys mean.
struct Entry<'a> {
    path: &'a Path,
    line: u64,
    names: Vec<String>,
    assignment: Assignment,
    object: Map<String, Value>,
}

impl<'a> Entry<'a> {
    fn new(
        columns: &ColumnNames,
        contents: Contents,
        path: &'a Path,
        line: u64,
        object: Map<String, Value>,
    ) -> Self {
        let names = names(&object);
        let assignment = columns.resolve(contents, &names);
        Self { path, line, names, assignment, object }
    }

    fn event(&self, kinds: &DefaultKind) -> Result<EventRow, RowError> {
        let ratings = self.name(Field::Value).is_some_and(holds_ratings);
        let kind = match self.scalar(Field::Kind)? {
            None => kinds.pick(ratings),
            Some(text) => self.checked(Field::Kind, value::kind(&text))?,
        };
        Ok(EventRow {
            user: self.required(Field::User, value::id)?,
            item: self.required(Field::Item, value::id)?,
            value: match self.scalar(Field::Value)? {
                None if kind != RATING_KIND => 1.0,
                _ if kind == RATING_KIND => self.required(Field::Value, value::rating)?,
                text => {
                    self.checked(Field::Value, value::event_value(&text.unwrap_or_default()))?
                }
            },
            at: match self.scalar(Field::Timestamp)? {
                None => None,
                Some(text) => self.checked(Field::Timestamp, value::time(&text))?,
            },
            kind,
        })
    }

    fn item(mut self) -> Result<ItemRow, RowError> {
        let id = self.required(Field::Item, value::id)?;
        let title = self.required(Field::Title, value::title)?;
        let description = self.scalar(Field::Description)?.unwrap_or_default();
        let category = self.scalar(Field::Category)?.unwrap_or_default();
        Ok(ItemRow {
            id,
            title,
            description: self.checked(Field::Description, value::description(&description))?,
            category: self.checked(Field::Category, value::category(&category))?,
            tags: self.tags()?,
            metadata: self.take_metadata()?,
        })
    }

    fn tags(&self) -> Result<Vec<String>, RowError> {
        let expected = "a list of strings, or one string";
        let tags = match self.value(Field::Tags) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => value::tags(text),
            Some(Value::Array(list)) => {
                match list.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
                    Some(list) => value::unique_tags(list.into_iter()),
                    None => Err(Problem::WrongType(expected)),
                }
            }
            Some(_) => Err(Problem::WrongType(expected)),
        };
        self.checked(Field::Tags, tags)
    }

    fn take_metadata(&mut self) -> Result<Map<String, Value>, RowError> {
        let mut metadata = match self.value(Field::Metadata) {
            None => Map::new(),
            Some(Value::Object(object)) => object.clone(),
            Some(_) => {
                return self.checked(Field::Metadata, Err(Problem::WrongType("a JSON object")));
            }
        };
        for index in self.assignment.rest(self.names.len()) {
            let name = &self.names[index];
            if let Some(value) = self.object.remove(name).filter(|value| !value.is_null()) {
                metadata.entry(name.clone()).or_insert(value);
            }
        }
        self.checked(Field::Metadata, value::metadata(metadata))
    }

    fn required<T>(
        &self,
        field: Field,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, RowError> {
        let text = self.scalar(field)?;
        self.checked(field, text.ok_or(Problem::Missing).and_then(|text| parse(&text)))
    }

    /// The text of a string or number; `None` when the key is absent, null or blank.
    fn scalar(&self, field: Field) -> Result<Option<String>, RowError> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            }
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => self.checked(field, Err(Problem::WrongType("a string or a number"))),
        }
    }

    /// The value of a field that is there and not null.
    fn value(&self, field: Field) -> Option<&Value> {
        self.name(field).and_then(|name| self.object.get(name)).filter(|value| !value.is_null())
    }

    fn name(&self, field: Field) -> Option<&str> {
        self.assignment.index(field).map(|index| self.names[index].as_str())
    }

    fn checked<T>(&self, field: Field, result: Result<T, Problem>) -> Result<T, RowError> {
        result.map_err(|problem| {
            let name = self.name(field).unwrap_or(field.name());
            RowError::new(self.path, self.line, Some(Column::name(name)), problem)
        })
    }
}
