//! Where the events come from, for the caller who reads them.

use serde::{Deserialize, Serialize};

/// What is read, by `format`. Paths are relative to the file of the protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "format", deny_unknown_fields)]
#[non_exhaustive]
pub enum DataSource {
    /// A CSV file whose first line names the columns.
    #[serde(rename = "csv")]
    Csv {
        /// The file, or the training part of a given split.
        path: String,
        /// The test part of a given split.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        test: Option<String>,
        /// A file that describes the items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<String>,
    },
    /// A made-up log; see [`generated`](crate::eval::generated).
    #[serde(rename = "generated")]
    Generated {
        /// Number of users, at most 1,000,000.
        users: u32,
        /// Number of items, at most 1,000,000.
        items: u32,
        /// Mean number of events of a user.
        events_per_user: u32,
        /// Start of the random stream. Default 42.
        #[serde(default = "default_seed")]
        seed: u64,
    },
    /// A file with one JSON object on each line.
    #[serde(rename = "jsonl")]
    Jsonl {
        /// The file, or the training part of a given split.
        path: String,
        /// The test part of a given split.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        test: Option<String>,
        /// A file that describes the items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<String>,
    },
    /// A folder with `train.txt` and `test.txt` (or `.txt.gz`) in the text format of the LightGCN line of
    /// papers: the parts of a given split, else one log.
    #[serde(rename = "lightgcn")]
    LightGcn {
        /// The folder.
        path: String,
    },
    /// An unpacked MovieLens data set.
    #[serde(rename = "movielens")]
    MovieLens {
        /// The folder.
        path: String,
    },
}

impl DataSource {
    /// Returns the same kind of source at another path; made-up data has none.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        match &mut self {
            Self::Csv { path: place, .. }
            | Self::Jsonl { path: place, .. }
            | Self::LightGcn { path: place }
            | Self::MovieLens { path: place } => *place = path.into(),
            Self::Generated { .. } => {}
        }
        self
    }
}

fn default_seed() -> u64 {
    42
}
