//! What can go wrong in an import, down to the line and the column.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use recsys_core::data::DataError;

use super::digest::Digest;
use crate::engine::EngineError;

/// Why an import stopped. Nothing was written for every variant but [`ImportError::Engine`] and
/// [`ImportError::Changed`].
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that cannot be read, and the caller asked for all or nothing.
    #[error("{first}{}", and_more(.count))]
    BadRows {
        /// The first of them.
        first: RowError,
        /// How many there are in all.
        count: u64,
    },
    /// A file is not the same any more as when it was checked. What was written by then stays.
    #[error("{} changed while it was imported", path.display())]
    Changed {
        /// The source.
        path: PathBuf,
    },
    /// What the files hold cannot become a log.
    #[error("{} cannot be used", path.display())]
    Data {
        /// The source.
        path: PathBuf,
        /// What is wrong with it.
        source: DataError,
    },
    /// The files do not hold the bytes that were asked for.
    #[error("{} has the digest {found}, expected {expected}", path.display())]
    Digest {
        /// The source.
        path: PathBuf,
        /// As asked for.
        expected: Digest,
        /// As read.
        found: Digest,
    },
    /// Storage or the engine refused a batch. Batches before it are stored; running the same import
    /// again continues where it stopped, because rows that are there already are recognised.
    #[error("writing the imported rows failed")]
    Engine(#[from] EngineError),
    /// The columns of the file cannot be understood.
    #[error("{}: {problem}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is missing, and which columns there are.
        problem: String,
    },
    /// The folder has none of the layouts that are known.
    #[error("{} holds no {format} data: expected {expected}", path.display())]
    Layout {
        /// The folder.
        path: PathBuf,
        /// Name of the format that was asked for.
        format: &'static str,
        /// The files that would be accepted.
        expected: &'static str,
    },
    /// A file cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl ImportError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}

/// A row that cannot be imported: where it is and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} {line}{}: {problem}", path.display(), unit.name(), in_column(.column))]
pub struct RowError {
    path: Box<Path>,
    unit: Unit,
    line: u64,
    column: Option<Column>,
    problem: Problem,
}

impl RowError {
    pub(super) fn new(path: &Path, line: u64, column: Option<Column>, problem: Problem) -> Self {
        Self { path: path.into(), unit: Unit::Line, line, column, problem }
    }

    /// The same, of a file whose rows are no lines.
    #[cfg(feature = "parquet")]
    pub(super) fn of_row(self) -> Self {
        Self { unit: Unit::Row, ..self }
    }

    /// The file the row is in.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line the row starts on, counted from 1 with the header included; in a file without lines the
    /// number of the row, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The column at fault; `None` when the line as a whole is.
    #[must_use]
    pub fn column(&self) -> Option<&Column> {
        self.column.as_ref()
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

/// What rows are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Line,
    #[cfg(feature = "parquet")]
    Row,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            #[cfg(feature = "parquet")]
            Self::Row => "row",
        }
    }
}

/// A column, by its name in the header or by its place in the line.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// As the header or the JSON key writes it.
    Name(String),
    /// Counted from 1: the field of a delimited file, the character of a JSON line.
    Position(usize),
}

impl Column {
    pub(super) fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(formatter, "column \"{name}\""),
            Self::Position(position) => write!(formatter, "column {position}"),
        }
    }
}

/// What is wrong with a value or a row.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A required value is empty.
    #[error("must not be empty")]
    Empty,
    /// A line with fewer or more fields than the header.
    #[error("the line has {found} fields, expected {expected}")]
    FieldCount {
        /// Fields in the line.
        found: usize,
        /// Fields in the header.
        expected: usize,
    },
    /// Not JSON, or not an object.
    #[error("{0}")]
    Json(String),
    /// A required key of a JSON line is absent.
    #[error("is missing")]
    Missing,
    /// Not the name of an event kind.
    #[error("{0:?} is not an event kind: expected 1 to 64 characters of a-z, 0-9 and _")]
    NotAKind(String),
    /// Not a finite number.
    #[error("{0:?} is not a number")]
    NotANumber(String),
    /// Not a moment in time.
    #[error(
        "{0:?} is not a time: expected seconds or milliseconds since 1970, or a date like 2024-05-31T10:00:00Z"
    )]
    NotATime(String),
    /// Bytes that are not text.
    #[error("is not valid UTF-8 text")]
    NotUtf8,
    /// A number outside its range.
    #[error("{value} is outside {low} to {high}")]
    OutOfRange {
        /// As written.
        value: String,
        /// Smallest allowed value.
        low: &'static str,
        /// Largest allowed value.
        high: &'static str,
    },
    /// A text that is longer than what can be stored.
    #[error("is {length} characters long, at most {limit} are allowed")]
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// More tags than an item can have.
    #[error("has {count} tags, at most {limit} are allowed")]
    TooMany {
        /// Tags found.
        count: usize,
        /// Tags allowed.
        limit: usize,
    },
    /// A quotation mark opens a field and nothing closes it.
    #[error("a quotation mark opens a field and is never closed")]
    UnclosedQuote,
    /// A JSON value of another type than the field needs.
    #[error("expected {0}")]
    WrongType(&'static str),
}

/// What a reader can run into: a row to refuse or skip, or the end of the road.
#[derive(Debug)]
pub(super) enum Fault {
    Row(RowError),
    File(ImportError),
}

impl From<ImportError> for Fault {
    fn from(error: ImportError) -> Self {
        Self::File(error)
    }
}

impl From<RowError> for Fault {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

fn in_column(column: &Option<Column>) -> String {
    column.as_ref().map_or_else(String::new, |column| format!(", {column}"))
}

fn and_more(count: &u64) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        1 => " (and 1 more bad row)".to_owned(),
        more => format!(" (and {more} more bad rows)"),
    }
}
