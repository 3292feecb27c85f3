//! What an export consists of.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ExportError, MANIFEST};
use crate::types::{TenantId, now};

/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// Longest manifest that is read, in bytes.
const LIMIT: u64 = 64 << 20;

/// The contents of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Which format: 1.
    pub recsys_export: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What is in it.
    pub tenants: Vec<ExportedTenant>,
}

/// A tenant in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedTenant {
    /// Its id, the name of its folder.
    pub id: TenantId,
    /// Its domain.
    pub domain: String,
    /// All its files, in the order in which they are read.
    pub files: Vec<ExportedFile>,
}

/// A file of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedFile {
    /// Its name below the folder of the tenant.
    pub name: String,
    /// How many rows are in it; of files of models none.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// `sha256:` and the digest of its bytes.
    pub digest: String,
}

/// The only part of a manifest that every format has.
#[derive(Deserialize)]
struct Version {
    recsys_export: u32,
}

impl Manifest {
    pub(super) fn new(tenants: Vec<ExportedTenant>) -> Self {
        Self { recsys_export: FORMAT, created_at: now(), tenants }
    }

    /// Writes the manifest, with which the export is complete.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ExportError> {
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_string_pretty(self).expect("plain data with text keys");
        text.push('\n');
        crate::files::write(&path, text.as_bytes()).map_err(ExportError::file(&path))
    }

    pub(super) fn read(folder: &Path) -> Result<Self, ExportError> {
        let path = folder.join(MANIFEST);
        let length = match fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ExportError::Incomplete { folder: folder.to_owned() });
            }
            Err(error) => return Err(ExportError::file(&path)(error)),
        };
        if length > LIMIT {
            return Err(ExportError::damaged(&path, format!("it has {length} bytes")));
        }
        let text = fs::read(&path).map_err(ExportError::file(&path))?;
        let damaged = |error: serde_json::Error| ExportError::damaged(&path, error.to_string());
        let Version { recsys_export: version } = serde_json::from_slice(&text).map_err(damaged)?;
        if version != FORMAT {
            return Err(ExportError::TooNew { folder: folder.to_owned(), version });
        }
        serde_json::from_slice(&text).map_err(damaged)
    }
}

impl ExportedTenant {
    /// Returns the length of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Returns how many rows a file has, for example `users.jsonl`; 0 if there is none.
    #[must_use]
    pub fn rows(&self, name: &str) -> u64 {
        self.files.iter().find(|file| file.name == name).map_or(0, |file| file.rows)
    }
}
