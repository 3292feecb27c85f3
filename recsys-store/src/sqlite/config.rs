//! Where the data lies.

use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::model_files::ModelsUrl;
use crate::rules::MODELS_KEPT;

/// Settings of [`SqliteStorage`](super::SqliteStorage).
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// Folder of the database (`recsys.db`) and of the model files (`models/`); created if missing.
    pub path: PathBuf,
    /// Connections that read at the same time. Default 4; at least 1.
    pub readers: u32,
    /// Another place for the model files than the folder. Default none. Files that were published before stay
    /// where they are and have to be moved along, `models/TENANT/VERSION.rsys` to `TENANT/VERSION.rsys` there.
    pub models: Option<ModelsUrl>,
    /// Versions of each model that are kept: the current one and those to go back to. Default 3.
    pub models_kept: NonZeroU32,
}

impl SqliteConfig {
    /// Returns the default configuration for a data folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4, models: None, models_kept: MODELS_KEPT }
    }
}
