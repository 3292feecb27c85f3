//! An import from beginning to end.

use std::panic;

use tokio::sync::mpsc;
use tokio::task::{self, JoinHandle};

use super::check::{FirstPass, first_pass};
use super::digest::{Digest, SourceDigest};
use super::error::{Fault, ImportError};
use super::record::Record;
use super::repeats::{RepeatFinder, Repeats};
use super::source::Source;
use super::summary::{BadRows, ImportProgress, ImportStage, ImportSummary};
use super::writer::Writer;
use crate::engine::TenantEngine;

/// Rows that are handed from the reader to the writer at once.
const BATCH: usize = 20_000;
/// Batches that are read ahead.
const AHEAD: usize = 2;

/// Imports `source` into the tenant of `engine`: [`check`] and then [`Checked::write`].
///
/// # Errors
/// [`ImportError::BadRows`] if rows cannot be read and `bad_rows` says to refuse them. No variant but
/// [`ImportError::Engine`] and [`ImportError::Changed`] leaves anything written.
pub async fn run(
    engine: &TenantEngine,
    source: &Source,
    bad_rows: BadRows,
    progress: &(dyn Fn(ImportProgress) + Sync),
) -> Result<ImportSummary, ImportError> {
    check(source, bad_rows, progress).await?.write(engine, progress).await
}

/// Reads every row of `source` and writes nothing; no tenant is needed yet.
///
/// # Errors
/// Every variant but [`ImportError::Engine`] and [`ImportError::Changed`]; [`ImportError::BadRows`] only if `bad_rows` says to
/// refuse them.
pub async fn check(
    source: &Source,
    bad_rows: BadRows,
    progress: &(dyn Fn(ImportProgress) + Sync),
) -> Result<Checked, ImportError> {
    let reading = source.clone();
    let (sender, mut reports) = mpsc::channel(16);
    let checking = task::spawn_blocking(move || {
        // Nobody listens any more when the import was given up: then stop reading.
        first_pass(&reading, |done, total| sender.blocking_send((done, total)).is_ok())
    });
    while let Some((done, total)) = reports.recv().await {
        progress(ImportProgress { stage: ImportStage::Checking, done, total });
    }
    let pass = joined(checking).await?;
    if let (BadRows::Refuse, Some(first)) = (bad_rows, pass.bad_rows.first()) {
        return Err(ImportError::BadRows { first: first.clone(), count: pass.bad });
    }
    Ok(Checked { source: source.clone(), pass })
}

/// A source of which every row has been read: the rest is writing.
#[derive(Debug)]
pub struct Checked {
    source: Source,
    pass: FirstPass,
}

impl Checked {
    /// What was read, to the byte.
    #[must_use]
    pub fn digest(&self) -> &SourceDigest {
        &self.pass.digest
    }

    /// Passes when everything that was read has this digest; see [`SourceDigest::whole`].
    ///
    /// # Errors
    /// [`ImportError::Digest`].
    pub fn expect(&self, expected: Digest) -> Result<(), ImportError> {
        let found = self.pass.digest.whole();
        if found == expected {
            return Ok(());
        }
        Err(ImportError::Digest { path: self.source.path().to_owned(), expected, found })
    }

    /// Writes the good rows into the tenant of `engine`.
    ///
    /// # Errors
    /// [`ImportError::Engine`] if storing fails, [`ImportError::Read`] if the files are gone,
    /// [`ImportError::Changed`] if they are others by now.
    pub async fn write(
        self,
        engine: &TenantEngine,
        progress: &(dyn Fn(ImportProgress) + Sync),
    ) -> Result<ImportSummary, ImportError> {
        let Self { source, pass } = self;
        let total = pass.total_bytes;
        let mut writer = Writer::new(engine, pass.repeats).await?;
        let (sender, mut batches) = mpsc::channel(AHEAD);
        let expected = pass.digest.clone();
        let reader = task::spawn_blocking(move || read(&source, &expected, &sender));
        while let Some(batch) = batches.recv().await {
            let Batch { records, bytes_read } = batch;
            writer.write(records).await?;
            progress(ImportProgress { stage: ImportStage::Writing, done: bytes_read, total });
        }
        joined(reader).await?;
        let summary = writer.finish().await?;
        Ok(ImportSummary {
            digest: pass.digest,
            ignored_columns: pass.ignored_columns,
            skipped: pass.bad,
            skipped_rows: pass.bad_rows,
            ..summary
        })
    }
}

/// Imports rows that do not come from a file, by the same rules.
///
/// # Errors
/// [`ImportError::Engine`].
pub async fn run_records(
    engine: &TenantEngine,
    records: Vec<Record>,
) -> Result<ImportSummary, ImportError> {
    let mut writer = Writer::new(engine, repeats(&records)).await?;
    let mut records = records.into_iter().peekable();
    while records.peek().is_some() {
        writer.write(records.by_ref().take(BATCH).collect()).await?;
    }
    writer.finish().await
}

fn repeats(records: &[Record]) -> Repeats {
    let mut finder = RepeatFinder::default();
    for (place, record) in (0..).zip(records) {
        if let Record::Event(event) = record {
            finder.push(place, event);
        }
    }
    finder.finish()
}

/// Waits for a blocking task, which nobody aborts; its panic goes on here.
async fn joined<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

/// Good rows in the order of the source.
struct Batch {
    records: Vec<Record>,
    bytes_read: u64,
}

/// Reads the source again, leaving out the rows that the first pass has counted as bad.
fn read(
    source: &Source,
    expected: &SourceDigest,
    sender: &mpsc::Sender<Batch>,
) -> Result<(), ImportError> {
    let mut rows = source.open()?.records;
    loop {
        let mut records = Vec::with_capacity(BATCH);
        while records.len() < BATCH {
            match rows.next_record() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => break,
                Err(Fault::Row(_)) => {}
                Err(Fault::File(error)) => return Err(error),
            }
        }
        let last = records.len() < BATCH;
        let batch = Batch { records, bytes_read: rows.bytes_read() };
        if sender.blocking_send(batch).is_err() {
            return Ok(());
        }
        if last {
            let same = SourceDigest::new(rows.digests()) == *expected;
            let changed = || ImportError::Changed { path: source.path().to_owned() };
            return if same { Ok(()) } else { Err(changed()) };
        }
    }
}
