//! Where an import reads from, and the one interface all formats are read through.

use std::fs;
use std::path::{Path, PathBuf};

use super::columns::{ColumnNames, Contents};
use super::digest::FileDigest;
use super::error::{Fault, ImportError};
use super::record::Record;
use super::{csv, jsonl, lightgcn, movielens};

/// Files to import, not opened yet.
#[derive(Clone, Debug)]
pub struct Source {
    format: Format,
    path: PathBuf,
    options: FileOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Jsonl,
    LightGcn,
    MovieLens,
    #[cfg(feature = "parquet")]
    Parquet,
}

/// How a CSV, JSONL or Parquet file is to be understood. The default recognises everything by itself.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// Columns with names of their own.
    pub columns: ColumnNames,
    /// What the rows are; by default told by the columns.
    pub contents: Option<Contents>,
    /// Delimiter of a CSV file; by default the likeliest of comma, semicolon and tab.
    pub delimiter: Option<u8>,
    /// Kind of events that do not name theirs; by default `rating` when their value is in a column
    /// `rating`, `stars` or `score`, else `view`.
    pub kind: Option<String>,
}

impl Source {
    /// A CSV file whose first line names the columns.
    #[must_use]
    pub fn csv(file: impl Into<PathBuf>, options: FileOptions) -> Self {
        Self { format: Format::Csv, path: file.into(), options }
    }

    /// A file with one JSON object on each line.
    #[must_use]
    pub fn jsonl(file: impl Into<PathBuf>, options: FileOptions) -> Self {
        Self { format: Format::Jsonl, path: file.into(), options }
    }

    /// A file in the text format of the LightGCN line of papers: `user item item …` on each line, or a
    /// folder with two of them, `train.txt` and `test.txt` (or `.txt.gz`), which are read one after the
    /// other.
    #[must_use]
    pub fn lightgcn(path: impl Into<PathBuf>) -> Self {
        Self { format: Format::LightGcn, path: path.into(), options: FileOptions::default() }
    }

    /// An unpacked MovieLens data set: `ml-latest(-small)`, `ml-32m`, `ml-25m`, `ml-20m`,
    /// `ml-10m`, `ml-1m` or `ml-100k`.
    #[must_use]
    pub fn movielens(folder: impl Into<PathBuf>) -> Self {
        Self { format: Format::MovieLens, path: folder.into(), options: FileOptions::default() }
    }

    /// A Parquet file, its columns recognised like those of a CSV file.
    #[cfg(feature = "parquet")]
    #[must_use]
    pub fn parquet(file: impl Into<PathBuf>, options: FileOptions) -> Self {
        Self { format: Format::Parquet, path: file.into(), options }
    }

    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn open(&self) -> Result<Opened, ImportError> {
        match self.format {
            Format::Csv => csv::open(&self.path, &self.options),
            Format::Jsonl => jsonl::open(&self.path, &self.options),
            Format::LightGcn => lightgcn::open(&self.path, &self.options),
            Format::MovieLens => movielens::open(&self.path),
            #[cfg(feature = "parquet")]
            Format::Parquet => super::parquet::open(&self.path, &self.options),
        }
    }
}

/// A source that is being read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) records: Box<dyn Records>,
    /// Size of all files together.
    pub(super) total_bytes: u64,
    /// Columns that carry nothing this import can use.
    pub(super) ignored_columns: Vec<String>,
}

/// The rows of a source, one after the other. A row that is refused does not end it.
pub(super) trait Records: std::fmt::Debug + Send {
    fn next_record(&mut self) -> Result<Option<Record>, Fault>;
    /// Bytes of the files that were read so far.
    fn bytes_read(&self) -> u64;
    /// Digests of the files, once the last record was read.
    fn digests(&self) -> Vec<FileDigest>;
}

pub(super) fn size_of(path: &Path) -> Result<u64, ImportError> {
    let metadata = fs::metadata(path).map_err(|source| ImportError::read(path, source))?;
    if metadata.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(ImportError::read(path, source));
    }
    Ok(metadata.len())
}
