//! What can go wrong with an export.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Why a tenant was not exported or not imported. The message is one sentence for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file is not what the manifest or its format says.
    #[error("{path} is damaged{}: {problem}", line.map_or_else(String::new, |line| format!(" in line {line}")))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no manifest: this is no export, or one that did not come to its end.
    #[error("{folder} is no complete export: it has no manifest.json")]
    Incomplete {
        /// Where.
        folder: PathBuf,
    },
    /// Exports are written into a folder of their own.
    #[error("{folder} is not empty: name a folder that is, or one that does not exist")]
    NotEmpty {
        /// Where.
        folder: PathBuf,
    },
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export was made by a later version of the program.
    #[error(
        "{folder} is an export of format {version}, which this program does not know: update recsys"
    )]
    TooNew {
        /// Where.
        folder: PathBuf,
        /// Its format.
        version: u32,
    },
}

impl ExportError {
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), line: None, problem: problem.into() }
    }
}
