//! Where the data lies.

use std::path::PathBuf;

/// Settings of [`SqliteStorage`](super::SqliteStorage).
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// Folder of the database (`recsys.db`) and of the model files (`models/`); created if missing.
    pub path: PathBuf,
    /// Connections that read at the same time. Default 4; at least 1.
    pub readers: u32,
}

impl SqliteConfig {
    /// Returns the default configuration for a data folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4 }
    }
}
