//! The first pass: reads every row, writes nothing.

use super::digest::SourceDigest;
use super::error::{Fault, ImportError, RowError};
use super::record::Record;
use super::repeats::{RepeatFinder, Repeats};
use super::source::Source;
use super::summary::ImportSummary;

/// Rows between two reports of progress.
const REPORT_EVERY: u64 = 10_000;

/// What the first pass found.
#[derive(Debug, Default)]
pub(super) struct FirstPass {
    pub(super) repeats: Repeats,
    pub(super) ignored_columns: Vec<String>,
    pub(super) total_bytes: u64,
    /// What was read.
    pub(super) digest: SourceDigest,
    /// All rows that cannot be read.
    pub(super) bad: u64,
    /// The first of them.
    pub(super) bad_rows: Vec<RowError>,
}

/// Goes through the whole source. `report` hears the bytes read and says whether to go on.
pub(super) fn first_pass(
    source: &Source,
    mut report: impl FnMut(u64, u64) -> bool,
) -> Result<FirstPass, ImportError> {
    let opened = source.open()?;
    let (mut records, total_bytes) = (opened.records, opened.total_bytes);
    let mut pass =
        FirstPass { ignored_columns: opened.ignored_columns, total_bytes, ..FirstPass::default() };
    let mut finder = RepeatFinder::default();
    let mut place = 0;
    for row in 0_u64.. {
        if row % REPORT_EVERY == 0 && !report(records.bytes_read(), total_bytes) {
            break;
        }
        match records.next_record() {
            Ok(None) => break,
            Ok(Some(record)) => {
                if let Record::Event(event) = &record {
                    finder.push(place, event);
                }
                place += 1;
            }
            Err(Fault::Row(error)) => {
                pass.bad += 1;
                if pass.bad_rows.len() < ImportSummary::LISTED {
                    pass.bad_rows.push(error);
                }
            }
            Err(Fault::File(error)) => return Err(error),
        }
    }
    pass.repeats = finder.finish();
    pass.digest = SourceDigest::new(records.digests());
    Ok(pass)
}
