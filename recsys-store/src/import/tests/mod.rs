//! Files are written, read, and compared with what they say.

mod csv;
mod hostile;
mod jsonl;
mod lightgcn;
mod loaded;
mod movielens;
#[cfg(feature = "parquet")]
mod parquet;
mod run;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::error::{Fault, ImportError, RowError};
use super::record::{EventRow, ItemRow, Record};
use super::source::{FileOptions, Source};

/// A folder with files that disappears with the value.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// The rows of a source: the good ones, and the errors of the others.
fn read(source: &Source) -> Result<(Vec<Record>, Vec<RowError>), ImportError> {
    let mut records = source.open()?.records;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    loop {
        match records.next_record() {
            Ok(Some(record)) => good.push(record),
            Ok(None) => return Ok((good, bad)),
            Err(Fault::Row(error)) => bad.push(error),
            Err(Fault::File(error)) => return Err(error),
        }
    }
}

/// What is wrong with each bad row, without the folder of the file.
fn messages(errors: &[RowError]) -> Vec<String> {
    let name = |error: &RowError| error.path().file_name().unwrap().to_string_lossy().into_owned();
    let text = |error: &RowError| {
        error.to_string().replace(&error.path().display().to_string(), &name(error))
    };
    errors.iter().map(text).collect()
}

fn events(records: Vec<Record>) -> Vec<EventRow> {
    let event = |record| match record {
        Record::Event(event) => event,
        Record::Item(item) => panic!("expected an event, found {item:?}"),
    };
    records.into_iter().map(event).collect()
}

fn items(records: Vec<Record>) -> Vec<ItemRow> {
    let item = |record| match record {
        Record::Item(item) => item,
        Record::Event(event) => panic!("expected an item, found {event:?}"),
    };
    records.into_iter().map(item).collect()
}

fn default() -> FileOptions {
    FileOptions::default()
}
