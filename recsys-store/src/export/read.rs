//! Reading exports, and bringing their tenants back.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::hashed::Hashed;
use super::manifest::{ExportedFile, ExportedTenant, Manifest};
use super::{
    DELETIONS, ExportError, ExportProgress, INTERACTIONS, ITEMS, MODELS, RATINGS, TENANT, USERS,
    model_file, stage_of,
};
use crate::traits::Storage;
use crate::types::{ArchivePiece, ModelRecord, TenantRecord};

type Result<T, E = ExportError> = std::result::Result<T, E>;
type Outlet = mpsc::Sender<crate::error::Result<ArchivePiece>>;

/// Rows of a piece.
const ROWS: usize = 2_000;
/// Longest line that is read, in bytes: rows are bounded, and their texts may double when they are escaped.
const LINE_LIMIT: u64 = 8 << 20;

/// An export that is complete.
#[derive(Clone, Debug)]
pub struct Export {
    folder: PathBuf,
    manifest: Manifest,
}

impl Export {
    /// Reads the manifest.
    ///
    /// # Errors
    /// [`ExportError`] for what is no export, or one that this version cannot read.
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::read(folder)? })
    }

    /// Returns what is in it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Brings a tenant back as it was: all of it, or nothing if a file is not what the manifest says or the storage
    /// has the tenant or its domain. `report` is called from another thread.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn import(
        &self,
        tenant: &ExportedTenant,
        storage: &dyn Storage,
        report: impl Fn(ExportProgress) + Send + 'static,
    ) -> Result<()> {
        let (outlet, pieces) = mpsc::channel(2);
        let files = Files {
            folder: self.folder.join(tenant.id.to_string()),
            tenant: tenant.clone(),
            outlet,
            done: 0,
        };
        let reading = tokio::task::spawn_blocking(move || files.read(&report));
        let next = |mut pieces: mpsc::Receiver<_>| async { Some((pieces.recv().await?, pieces)) };
        let archive = stream::unfold(pieces, next).boxed();
        let restored = storage.tenant(tenant.id).archive.restore(archive).await;
        match reading.await {
            // A copy that breaks off is refused; why it did is what counts.
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) => Ok(restored?),
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        }
    }
}

/// The files of a tenant, on their way.
struct Files {
    folder: PathBuf,
    tenant: ExportedTenant,
    outlet: Outlet,
    /// Read so far, of all files.
    done: u64,
}

/// Nobody takes the pieces any more: the storage has failed and says why.
struct Refused;

impl Files {
    fn read(mut self, report: &impl Fn(ExportProgress)) -> Result<()> {
        self.read_all(report).map(|outcome| outcome.unwrap_or(()))
    }

    fn read_all(&mut self, report: &impl Fn(ExportProgress)) -> Result<Result<(), Refused>> {
        /// Goes on unless the storage has failed.
        macro_rules! go_on {
            ($outcome:expr) => {
                if let Err(refused) = $outcome {
                    return Ok(Err(refused));
                }
            };
        }
        let tenant = |mut rows: Vec<TenantRecord>| match rows.pop() {
            Some(record) if rows.is_empty() => Some(ArchivePiece::Tenant(Box::new(record))),
            _ => None,
        };
        go_on!(self.rows(TENANT, report, tenant)?);
        go_on!(self.rows(USERS, report, |rows| Some(ArchivePiece::Users(rows)))?);
        go_on!(self.rows(ITEMS, report, |rows| Some(ArchivePiece::Items(rows)))?);
        go_on!(self.rows(DELETIONS, report, |rows| Some(ArchivePiece::Deletions(rows)))?);
        go_on!(self.rows(INTERACTIONS, report, |rows| Some(ArchivePiece::Interactions(rows)))?);
        go_on!(self.rows(RATINGS, report, |rows| Some(ArchivePiece::Ratings(rows)))?);
        let mut registry: Vec<ModelRecord> = Vec::new();
        self.each_rows(MODELS, report, &mut |rows| {
            registry.extend(rows);
            Ok(Ok(()))
        })?
        .unwrap_or(());
        for record in registry {
            let file = self.model(&record, report)?;
            go_on!(self.give(ArchivePiece::Model(Box::new(record), file)));
        }
        Ok(self.give(ArchivePiece::End))
    }

    fn give(&self, piece: ArchivePiece) -> Result<(), Refused> {
        self.outlet.blocking_send(Ok(piece)).map_err(|_| Refused)
    }

    /// Gives the rows of a file; `piece` makes no piece of rows that cannot be right.
    fn rows<T: DeserializeOwned>(
        &mut self,
        name: &str,
        report: &impl Fn(ExportProgress),
        piece: impl Fn(Vec<T>) -> Option<ArchivePiece>,
    ) -> Result<Result<(), Refused>> {
        let outlet = self.outlet.clone();
        let path = self.folder.join(name);
        self.each_rows(name, report, &mut |rows| {
            let piece = piece(rows)
                .ok_or_else(|| ExportError::damaged(&path, "it has another number of rows"))?;
            Ok(outlet.blocking_send(Ok(piece)).map_err(|_| Refused))
        })
    }

    fn each_rows<T: DeserializeOwned>(
        &mut self,
        name: &str,
        report: &impl Fn(ExportProgress),
        take: &mut dyn FnMut(Vec<T>) -> Result<Result<(), Refused>>,
    ) -> Result<Result<(), Refused>> {
        let (path, expected) = self.expected(name)?;
        let file = File::open(&path).map_err(ExportError::file(&path))?;
        let mut lines = BufReader::with_capacity(1 << 18, Hashed::new(file));
        let (mut rows, mut number, mut line) = (Vec::new(), 0, Vec::new());
        loop {
            line.clear();
            let read = (&mut lines).take(LINE_LIMIT).read_until(b'\n', &mut line);
            if read.map_err(ExportError::file(&path))? == 0 {
                break;
            }
            number += 1;
            let damaged = |problem: String| {
                let line = Some(number);
                ExportError::Damaged { path: path.clone(), line, problem }
            };
            if line.last() != Some(&b'\n') {
                return Err(damaged("it has no end".to_owned()));
            }
            rows.push(serde_json::from_slice(&line).map_err(|error| damaged(error.to_string()))?);
            self.done += line.len() as u64;
            if rows.len() == ROWS {
                report(self.progress(name));
                if let Err(refused) = take(std::mem::take(&mut rows))? {
                    return Ok(Err(refused));
                }
            }
        }
        if !rows.is_empty()
            && let Err(refused) = take(rows)?
        {
            return Ok(Err(refused));
        }
        report(self.progress(name));
        check(&path, &expected, number, lines.get_ref())?;
        Ok(Ok(()))
    }

    fn model(&mut self, record: &ModelRecord, report: &impl Fn(ExportProgress)) -> Result<Bytes> {
        let (path, expected) = self.expected(&model_file(record.version.id))?;
        let file = File::open(&path).map_err(ExportError::file(&path))?;
        let mut file = Hashed::new(file);
        let mut bytes = Vec::new();
        // Not more than there is to be: the digest finds out that it is cut.
        let read = (&mut file).take(expected.bytes).read_to_end(&mut bytes);
        read.map_err(ExportError::file(&path))?;
        check(&path, &expected, 0, &file)?;
        self.done += expected.bytes;
        report(self.progress(""));
        Ok(bytes.into())
    }

    /// Returns where a file is and what the manifest says of it.
    fn expected(&self, name: &str) -> Result<(PathBuf, ExportedFile)> {
        let path = self.folder.join(name);
        let found = self.tenant.files.iter().find(|file| file.name == name).cloned();
        let file = found.ok_or_else(|| ExportError::damaged(&path, "the manifest lacks it"))?;
        Ok((path, file))
    }

    fn progress(&self, name: &str) -> ExportProgress {
        ExportProgress {
            domain: self.tenant.domain.clone(),
            stage: stage_of(name),
            done: self.done,
            total: self.tenant.bytes(),
        }
    }
}

/// Checks that a file that was read to its end is what the manifest says.
fn check(path: &Path, expected: &ExportedFile, rows: u64, file: &Hashed<File>) -> Result<()> {
    if rows != expected.rows || file.bytes() != expected.bytes {
        let (found, bytes) = (file.bytes(), expected.bytes);
        let problem =
            format!("it has {rows} rows in {found} bytes, expected {} in {bytes}", expected.rows);
        return Err(ExportError::damaged(path, problem));
    }
    if file.digest().to_string() != expected.digest {
        return Err(ExportError::damaged(path, "its digest is not that of the manifest"));
    }
    Ok(())
}
