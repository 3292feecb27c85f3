//! CSV files with a header: a catalogue or events.
//!
//! Columns of a catalogue that mean nothing by their name go into the item's metadata, so that a price
//! or a year is not lost. Such columns of a file of events are left out and reported.

use std::path::Path;

use super::columns::{Assignment, Contents, Field, holds_ratings};
use super::digest::FileDigest;
use super::error::{Fault, ImportError, Problem, RowError};
use super::record::{EventRow, ItemRow, Record};
use super::source::{FileOptions, Opened, Records, size_of};
use super::table::{Row, Table};
use super::value;
use crate::types::RATING_KIND;

pub(super) fn open(path: &Path, options: &FileOptions) -> Result<Opened, ImportError> {
    let total_bytes = size_of(path)?;
    let table = Table::with_header(path, options.delimiter)?;
    let names = table.columns().to_vec();
    let contents = contents_of(path, &names, options)?;
    let assignment = options.columns.resolve(contents, &names);
    let rest = assignment.rest(names.len());
    let ignored_columns = match contents {
        Contents::Interactions => rest.iter().map(|&index| names[index].clone()).collect(),
        Contents::Items => Vec::new(),
    };
    let ratings = assignment.index(Field::Value).is_some_and(|index| holds_ratings(&names[index]));
    let kind = DefaultKind::new(path, options)?.pick(ratings);
    let records = CsvRecords { table, contents, assignment, rest, kind };
    Ok(Opened { records: Box::new(records), total_bytes, ignored_columns })
}

/// The kinds of events that do not name theirs.
#[derive(Clone, Debug)]
pub(super) struct DefaultKind {
    chosen: Option<String>,
}

impl DefaultKind {
    pub(super) fn new(path: &Path, options: &FileOptions) -> Result<Self, ImportError> {
        let chosen = options.kind.as_deref().map(value::kind).transpose();
        let chosen = chosen.map_err(|problem| ImportError::Header {
            path: path.to_owned(),
            problem: format!("the kind of its events cannot be used: {problem}"),
        })?;
        Ok(Self { chosen })
    }

    /// The kind of an event of which the value is in a column of ratings, or is not.
    pub(super) fn pick(&self, ratings: bool) -> String {
        let usual = if ratings { RATING_KIND } else { "view" };
        self.chosen.clone().unwrap_or_else(|| usual.to_owned())
    }
}

/// What a file with these columns holds, by its options or its columns.
pub(super) fn contents_of(
    path: &Path,
    names: &[String],
    options: &FileOptions,
) -> Result<Contents, ImportError> {
    let header = |problem| ImportError::Header { path: path.to_owned(), problem };
    if let Some((field, name)) =
        options.columns.chosen().find(|(_, chosen)| !names.iter().any(|name| name == chosen))
    {
        let found = names.join(", ");
        let field = field.name();
        return Err(header(format!(
            "there is no column \"{name}\" for the {field}; found {found}"
        )));
    }
    let wanted = options.contents;
    let recognised = match wanted {
        None => options.columns.recognise(names),
        Some(contents) => {
            let assignment = options.columns.resolve(contents, names);
            let complete =
                contents.required().iter().all(|&field| assignment.index(field).is_some());
            complete.then_some(contents)
        }
    };
    recognised.ok_or_else(|| header(missing_columns(wanted, &names.join(", "))))
}

/// What to tell someone whose columns are not enough, with how to name others.
pub(super) fn missing_columns(wanted: Option<Contents>, found: &str) -> String {
    let expected = match wanted {
        Some(Contents::Interactions) => "interactions need the columns user and item",
        Some(Contents::Items) => "items need the columns id and title",
        None => "expected the columns user and item (interactions) or id and title (items)",
    };
    format!("{expected}, found {found}; say which column is which when they have other names")
}

#[derive(Debug)]
struct CsvRecords {
    table: Table,
    contents: Contents,
    assignment: Assignment,
    rest: Vec<usize>,
    /// Kind of the events that do not name theirs.
    kind: String,
}

impl Records for CsvRecords {
    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        let Some(row) = self.table.next_row()? else { return Ok(None) };
        let record = match self.contents {
            Contents::Interactions => Record::Event(self.event(&row)?),
            Contents::Items => Record::Item(self.item(&row)?),
        };
        Ok(Some(record))
    }

    fn bytes_read(&self) -> u64 {
        self.table.bytes_read()
    }

    fn digests(&self) -> Vec<FileDigest> {
        vec![self.table.digest()]
    }
}

impl CsvRecords {
    fn event(&self, row: &Row) -> Result<EventRow, RowError> {
        let kind = match self.text(row, Field::Kind) {
            "" => self.kind.clone(),
            _ => self.parse(row, Field::Kind, value::kind)?,
        };
        Ok(EventRow {
            user: self.parse(row, Field::User, value::id)?,
            item: self.parse(row, Field::Item, value::id)?,
            value: match self.text(row, Field::Value) {
                "" if kind != RATING_KIND => 1.0,
                _ if kind == RATING_KIND => self.parse(row, Field::Value, value::rating)?,
                _ => self.parse(row, Field::Value, value::event_value)?,
            },
            at: self.parse(row, Field::Timestamp, value::time)?,
            kind,
        })
    }

    fn item(&self, row: &Row) -> Result<ItemRow, RowError> {
        let mut metadata = self.parse(row, Field::Metadata, value::object)?;
        for &index in &self.rest {
            let name = &self.table.columns()[index];
            if let Some(value) = value::loose(&row.fields[index]) {
                metadata.entry(name.clone()).or_insert(value);
            }
        }
        let metadata = value::metadata(metadata).map_err(|problem| {
            let column = self.assignment.index(Field::Metadata).or(self.rest.first().copied());
            self.table.error(row.line, column.unwrap_or_default(), problem)
        })?;
        Ok(ItemRow {
            id: self.parse(row, Field::Item, value::id)?,
            title: self.parse(row, Field::Title, value::title)?,
            description: self.parse(row, Field::Description, value::description)?,
            category: self.parse(row, Field::Category, value::category)?,
            tags: self.parse(row, Field::Tags, value::tags)?,
            metadata,
        })
    }

    /// The trimmed text of a field; empty when the file has no such column.
    fn text<'a>(&self, row: &'a Row, field: Field) -> &'a str {
        self.assignment.index(field).map_or("", |index| row.fields[index].trim())
    }

    fn parse<T>(
        &self,
        row: &Row,
        field: Field,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, RowError> {
        parse(self.text(row, field)).map_err(|problem| {
            let column = self.assignment.index(field).unwrap_or(row.fields.len());
            self.table.error(row.line, column, problem)
        })
    }
}
