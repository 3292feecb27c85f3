//! Physical lines of a text file with their numbers, one at a time, whatever the line ending.
//!
//! Nothing here knows about columns. A line is bytes: the caller decides the encoding.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::error::{Fault, ImportError, Problem, RowError};

/// Longest line that is read into memory, in bytes.
const LINE_LIMIT: usize = 8 << 20;

/// One line without its line ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

/// Reads a file line by line; a UTF-8 byte order mark at the start is dropped.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    number: u64,
    bytes_read: u64,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|source| ImportError::read(path, source))?;
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), reader, number: 0, bytes_read: 0 })
    }

    /// Returns the next line, blank ones included; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Fault> {
        let mut bytes = Vec::new();
        let limit = LINE_LIMIT as u64 + 1;
        let read = (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut bytes)
            .map_err(|source| ImportError::read(&self.path, source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes_read += read as u64;
        if read > LINE_LIMIT {
            let problem = Problem::TooLong { length: read, limit: LINE_LIMIT };
            let error = RowError::new(&self.path, self.number, None, problem);
            return Err(Fault::File(ImportError::BadRows { first: error, count: 1 }));
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if self.number == 1 && bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.number, bytes }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}
