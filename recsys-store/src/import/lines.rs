//! Physical lines of a text file with their numbers, one at a time, whatever the line ending.
//!
//! Nothing here knows about columns. A line is bytes: the caller decides the encoding. A file that is
//! compressed with gzip is read as what it holds, whatever its name.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::digest::{FileDigest, HashedFile};
use super::error::{Fault, ImportError, Problem, RowError};

/// Longest line that is read into memory, in bytes.
const LINE_LIMIT: usize = 8 << 20;
/// Bytes read from the file at once.
const BUFFER: usize = 1 << 16;
/// How every gzip file starts.
const GZIP: [u8; 2] = [0x1f, 0x8b];

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
    text: Text,
    number: u64,
}

/// The text of a file.
#[derive(Debug)]
enum Text {
    Plain(BufReader<HashedFile>),
    Gzip(BufReader<MultiGzDecoder<BufReader<HashedFile>>>),
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let mut bytes = BufReader::with_capacity(BUFFER, HashedFile::open(path)?);
        let start = bytes.fill_buf().map_err(|source| ImportError::read(path, source))?;
        let text = if start.starts_with(&GZIP) {
            Text::Gzip(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(bytes)))
        } else {
            Text::Plain(bytes)
        };
        Ok(Self { text, number: 0 })
    }

    /// Returns the next line, blank ones included; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Fault> {
        let mut bytes = Vec::new();
        let limit = LINE_LIMIT as u64 + 1;
        let read = self.text.buffer().take(limit).read_until(b'\n', &mut bytes);
        let read = read.map_err(|source| ImportError::read(self.path(), source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read > LINE_LIMIT {
            let problem = Problem::TooLong { length: read, limit: LINE_LIMIT };
            let error = RowError::new(self.path(), self.number, None, problem);
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
        self.text.file().path()
    }

    /// Bytes of the file that were read, ahead of the lines by a buffer at most.
    pub(super) fn bytes_read(&self) -> u64 {
        self.text.file().bytes_read()
    }

    /// The digest of the file, once its last line was read.
    pub(super) fn digest(&self) -> FileDigest {
        self.text.file().digest()
    }
}

impl Text {
    fn buffer(&mut self) -> &mut dyn BufRead {
        match self {
            Self::Plain(text) => text,
            Self::Gzip(text) => text,
        }
    }

    fn file(&self) -> &HashedFile {
        match self {
            Self::Plain(text) => text.get_ref(),
            Self::Gzip(text) => text.get_ref().get_ref().get_ref(),
        }
    }
}
