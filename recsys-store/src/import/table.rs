//! Delimited text as rows of fields: CSV with quotes, and the plain separators of older data sets.
//!
//! Records are put together from physical lines here, so that a record's line number is exact and one
//! quotation mark that is never closed costs one row, not the rest of the file.

use std::collections::VecDeque;
use std::path::Path;

use csv::ReaderBuilder;

use super::digest::FileDigest;
use super::error::{Column, Fault, ImportError, Problem, RowError};
use super::lines::{Line, Lines};

/// Lines that one quoted record may span.
const RECORD_LINES: usize = 1_000;

/// How fields are told apart, and in which encoding they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// RFC 4180 with this delimiter: quoted fields, doubled quotes, line breaks in quotes. UTF-8.
    Quoted(u8),
    /// Fields split at this text and nowhere else; lines that are not UTF-8 are ISO 8859-1, as in the
    /// MovieLens files before 2015.
    Plain(&'static str),
}

/// Rows of a delimited file.
#[derive(Debug)]
pub(super) struct Table {
    lines: Lines,
    separator: Separator,
    columns: Vec<String>,
    /// Lines that were read ahead while looking for a closing quotation mark.
    pending: VecDeque<Line>,
}

/// The fields of one record, as many as the table has columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line the record starts on, from 1.
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

impl Table {
    /// Opens a file whose first line names the columns. Without a `delimiter` the one among comma,
    /// semicolon and tab that the first line has most of is taken.
    pub(super) fn with_header(path: &Path, delimiter: Option<u8>) -> Result<Self, ImportError> {
        let mut lines = Lines::open(path)?;
        let header = match lines.next() {
            Ok(line) => line,
            Err(Fault::File(error)) => return Err(error),
            Err(Fault::Row(first)) => return Err(ImportError::BadRows { first, count: 1 }),
        };
        let header = header.filter(|line| !is_blank(line)).ok_or_else(|| ImportError::Header {
            path: path.to_owned(),
            problem: "the first line is empty; it has to name the columns".to_owned(),
        })?;
        let delimiter = delimiter.unwrap_or_else(|| likely_delimiter(&header.bytes));
        let separator = Separator::Quoted(delimiter);
        let mut table = Self { lines, separator, columns: Vec::new(), pending: VecDeque::new() };
        let fields = table
            .split(header.number, &header.bytes)
            .map_err(|first| ImportError::BadRows { first, count: 1 })?;
        table.columns = fields.iter().map(|name| name.trim().to_owned()).collect();
        Ok(table)
    }

    /// Opens a file without a header; `columns` are the names used in errors.
    pub(super) fn without_header(
        path: &Path,
        separator: Separator,
        columns: &[&str],
    ) -> Result<Self, ImportError> {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        let lines = Lines::open(path)?;
        Ok(Self { lines, separator, columns, pending: VecDeque::new() })
    }

    /// Returns the next row; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Fault> {
        let first = loop {
            match self.take_line()? {
                None => return Ok(None),
                Some(line) if is_blank(&line) => {}
                Some(line) => break line,
            }
        };
        let line = first.number;
        let (record, taken) = self.complete(first)?;
        let fields = self.split(line, &record)?;
        if fields.len() == self.columns.len() {
            return Ok(Some(Row { line, fields }));
        }
        if taken.is_empty() {
            return Err(self.wrong_count(line, fields.len()).into());
        }
        // A stray quotation mark was closed by one that opens a field further down.
        self.give_back(taken);
        let field = fields.iter().position(|field| field.contains('\n')).unwrap_or_default();
        Err(self.error(line, field, Problem::UnclosedQuote).into())
    }

    pub(super) fn path(&self) -> &Path {
        self.lines.path()
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// The digest of the file, once its last row was read.
    pub(super) fn digest(&self) -> FileDigest {
        self.lines.digest()
    }

    /// An error in one field of a row of this table.
    pub(super) fn error(&self, line: u64, column: usize, problem: Problem) -> RowError {
        let name = self.columns.get(column).cloned().map(Column::Name);
        RowError::new(self.path(), line, name.or(Some(Column::Position(column + 1))), problem)
    }

    fn take_line(&mut self) -> Result<Option<Line>, Fault> {
        match self.pending.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// Appends the following lines while a quoted field is open at the end of the record, and returns
    /// these lines as well.
    fn complete(&mut self, first: Line) -> Result<(Vec<u8>, VecDeque<Line>), Fault> {
        let Separator::Quoted(delimiter) = self.separator else {
            return Ok((first.bytes, VecDeque::new()));
        };
        let mut record = first.bytes;
        let mut scan = QuoteScan::default();
        scan.feed(&record, delimiter);
        let mut taken: VecDeque<Line> = VecDeque::new();
        while let Some(field) = scan.open_field() {
            let next = if taken.len() < RECORD_LINES { self.take_line()? } else { None };
            let Some(next) = next else {
                // The quotation mark is the mistake: the other lines are rows of their own.
                self.give_back(taken);
                return Err(self.error(first.number, field, Problem::UnclosedQuote).into());
            };
            record.push(b'\n');
            record.extend_from_slice(&next.bytes);
            scan.feed(&next.bytes, delimiter);
            taken.push_back(next);
        }
        Ok((record, taken))
    }

    fn give_back(&mut self, mut lines: VecDeque<Line>) {
        lines.append(&mut self.pending);
        self.pending = lines;
    }

    fn split(&self, line: u64, record: &[u8]) -> Result<Vec<String>, RowError> {
        match self.separator {
            Separator::Plain(separator) => {
                let text = match std::str::from_utf8(record) {
                    Ok(text) => text.to_owned(),
                    Err(_) => record.iter().copied().map(char::from).collect(),
                };
                Ok(text.split(separator).map(str::to_owned).collect())
            }
            Separator::Quoted(delimiter) => self.split_quoted(line, record, delimiter),
        }
    }

    fn split_quoted(
        &self,
        line: u64,
        record: &[u8],
        delimiter: u8,
    ) -> Result<Vec<String>, RowError> {
        let text = |(column, field): (usize, &[u8])| {
            String::from_utf8(field.to_vec())
                .map_err(|_| self.error(line, column, Problem::NotUtf8))
        };
        if !record.contains(&b'"') {
            return record.split(|&byte| byte == delimiter).enumerate().map(text).collect();
        }
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(record.len().max(1))
            .from_reader(record);
        let fields = reader.byte_records().next().and_then(Result::ok).unwrap_or_default();
        fields.iter().enumerate().map(text).collect()
    }

    fn wrong_count(&self, line: u64, found: usize) -> RowError {
        let expected = self.columns.len();
        self.error(line, found.min(expected), Problem::FieldCount { found, expected })
    }
}

/// Follows quotation marks through the lines of one record.
#[derive(Debug, Default)]
struct QuoteScan {
    /// Index of the current field.
    field: usize,
    state: FieldState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FieldState {
    #[default]
    Start,
    Bare,
    Quoted,
    /// Behind a quotation mark inside a quoted field: its end, or the first half of a doubled one.
    Closed,
}

impl QuoteScan {
    fn feed(&mut self, bytes: &[u8], delimiter: u8) {
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (FieldState::Quoted, b'"') => FieldState::Closed,
                (FieldState::Quoted, _) | (FieldState::Start | FieldState::Closed, b'"') => {
                    FieldState::Quoted
                }
                (_, byte) if byte == delimiter => {
                    self.field += 1;
                    FieldState::Start
                }
                _ => FieldState::Bare,
            };
        }
    }

    /// The field that is still open in quotes at the end of what was fed.
    fn open_field(&self) -> Option<usize> {
        (self.state == FieldState::Quoted).then_some(self.field)
    }
}

fn is_blank(line: &Line) -> bool {
    line.bytes.iter().all(u8::is_ascii_whitespace)
}

fn likely_delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|&&byte| byte == delimiter).count();
    // `max_by_key` keeps the last of equals: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}
