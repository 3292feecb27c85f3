//! What an import is asked for, how far it is, and what it did.

use super::digest::SourceDigest;
use super::error::RowError;

/// What to do about rows that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadRows {
    /// Import nothing at all.
    #[default]
    Refuse,
    /// Leave them out and import the rest.
    Skip,
}

/// Which pass an import is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStage {
    /// Every row is checked, nothing is written.
    Checking,
    /// Rows are written.
    Writing,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// The pass.
    pub stage: ImportStage,
    /// Bytes of the files this pass has gone through.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// How many there were of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Distinct ones in the files (events: all that count).
    pub read: u64,
    /// Of these, the ones that were not there before.
    pub created: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportSummary {
    /// Users of the events.
    pub users: Count,
    /// Items, the ones that only events speak of included.
    pub items: Count,
    /// Events. `created` includes events that others recorded while the import ran.
    pub interactions: Count,
    /// Items that only events speak of and that had to be created.
    pub untitled_items: u64,
    /// Ratings left out because the same user rated the same item later in the files.
    pub superseded_ratings: u64,
    /// Events left out because their item is deactivated.
    pub inactive_items_events: u64,
    /// What was read, to the byte; no files when the rows came from elsewhere.
    pub digest: SourceDigest,
    /// Columns without a meaning for events.
    pub ignored_columns: Vec<String>,
    /// Rows left out because they cannot be read.
    pub skipped: u64,
    /// The first of them, at most [`Self::LISTED`].
    pub skipped_rows: Vec<RowError>,
}

impl ImportSummary {
    /// How many of the skipped rows are listed.
    pub const LISTED: usize = 10;
}
