//! Writing exports.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, IntoInnerError, Write as _};
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use serde::Serialize;
use tokio::runtime::Handle;

use super::hashed::Hashed;
use super::manifest::{ExportedFile, ExportedTenant, Manifest};
use super::{
    DELETIONS, ExportError, ExportProgress, INTERACTIONS, ITEMS, MODELS, RATINGS, TENANT, USERS,
    model_file,
};
use crate::traits::{Archive, Storage};
use crate::types::{ArchivePiece, Tenant};

type Result<T, E = ExportError> = std::result::Result<T, E>;

/// Exports tenants into a folder of their own. `report` is called from other threads.
///
/// # Errors
/// [`ExportError`]; the folder has no manifest then.
pub async fn export(
    storage: &dyn Storage,
    tenants: Vec<Tenant>,
    folder: &Path,
    report: impl Fn(ExportProgress) + Clone + Send + 'static,
) -> Result<Manifest> {
    prepare(folder)?;
    let mut exported = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let archive = storage.tenant(tenant.id).archive.dump().await?;
        let files = Files {
            folder: folder.join(tenant.id.to_string()),
            domain: tenant.domain.clone(),
            finished: Vec::new(),
            open: None,
            bytes: 0,
        };
        let (runtime, report) = (Handle::current(), report.clone());
        let write = move || write_tenant(&runtime, archive, files, &report);
        let files = match tokio::task::spawn_blocking(write).await {
            Ok(written) => written?,
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        };
        exported.push(ExportedTenant { id: tenant.id, domain: tenant.domain, files });
    }
    let manifest = Manifest::new(exported);
    manifest.write(folder)?;
    Ok(manifest)
}

/// Makes the folder, for its owner only.
fn prepare(folder: &Path) -> Result<()> {
    make_folder(folder).map_err(ExportError::file(folder))?;
    let mut inside = fs::read_dir(folder).map_err(ExportError::file(folder))?;
    if inside.next().is_some() {
        return Err(ExportError::NotEmpty { folder: folder.to_owned() });
    }
    Ok(())
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn make_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_tenant(
    runtime: &Handle,
    mut archive: Archive,
    mut files: Files,
    report: &impl Fn(ExportProgress),
) -> Result<Vec<ExportedFile>> {
    let models = files.folder.join("models");
    make_folder(&models).map_err(ExportError::file(&models))?;
    // Tables without rows have files as well.
    let mut tables = [USERS, ITEMS, DELETIONS, INTERACTIONS, RATINGS, MODELS].into_iter();
    let mut registry = Vec::new();
    let mut is_complete = false;
    while let Some(piece) = runtime.block_on(archive.try_next())? {
        match piece {
            ArchivePiece::Tenant(record) => {
                files.begin(TENANT)?;
                files.rows(&[*record])?;
            }
            ArchivePiece::Users(rows) => files.table(&mut tables, USERS)?.rows(&rows)?,
            ArchivePiece::Items(rows) => files.table(&mut tables, ITEMS)?.rows(&rows)?,
            ArchivePiece::Deletions(rows) => files.table(&mut tables, DELETIONS)?.rows(&rows)?,
            ArchivePiece::Interactions(rows) => {
                files.table(&mut tables, INTERACTIONS)?.rows(&rows)?;
            }
            ArchivePiece::Ratings(rows) => files.table(&mut tables, RATINGS)?.rows(&rows)?,
            ArchivePiece::Model(record, file) => {
                files.table(&mut tables, RATINGS)?;
                files.begin(&model_file(record.version.id))?;
                files.write(&file)?;
                registry.push(*record);
            }
            ArchivePiece::End => {
                files.table(&mut tables, MODELS)?.rows(&registry)?;
                files.finish()?;
                is_complete = true;
            }
        }
        report(files.progress());
    }
    if !is_complete {
        return Err(ExportError::damaged(&files.folder, "the copy of the tenant broke off"));
    }
    // Registries are read before the files that they name.
    let (mut models, mut finished): (Vec<_>, Vec<_>) =
        files.finished.into_iter().partition(|file| file.name.starts_with("models/"));
    finished.append(&mut models);
    Ok(finished)
}

/// The files of a tenant, written one after another.
struct Files {
    folder: PathBuf,
    domain: String,
    finished: Vec<ExportedFile>,
    open: Option<Open>,
    /// Written so far, to all files.
    bytes: u64,
}

struct Open {
    name: String,
    path: PathBuf,
    file: BufWriter<Hashed<File>>,
    rows: u64,
}

impl Files {
    /// Goes on to a table, by way of those before it.
    fn table(
        &mut self,
        tables: &mut impl Iterator<Item = &'static str>,
        name: &str,
    ) -> Result<&mut Self> {
        let is_open = self.open.as_ref().is_some_and(|open| open.name == name);
        let was_finished = self.finished.iter().any(|file| file.name == name);
        if !is_open && !was_finished {
            for table in tables {
                self.begin(table)?;
                if table == name {
                    break;
                }
            }
        }
        Ok(self)
    }

    fn begin(&mut self, name: &str) -> Result<()> {
        self.finish()?;
        let path = self.folder.join(name);
        let file = make_file(&path).map_err(ExportError::file(&path))?;
        let file = BufWriter::with_capacity(1 << 18, Hashed::new(file));
        self.open = Some(Open { name: name.to_owned(), path, file, rows: 0 });
        Ok(())
    }

    fn rows<T: Serialize>(&mut self, rows: &[T]) -> Result<()> {
        for row in rows {
            let mut line = serde_json::to_vec(row).expect("plain data with text keys");
            line.push(b'\n');
            self.write(&line)?;
        }
        if let Some(open) = &mut self.open {
            open.rows += rows.len() as u64;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let open = self.open.as_mut().expect("every file is begun before it is written");
        self.bytes += bytes.len() as u64;
        open.file.write_all(bytes).map_err(ExportError::file(&open.path))
    }

    /// Flushes the open file to the disk.
    fn finish(&mut self) -> Result<()> {
        let Some(Open { name, path, file, rows }) = self.open.take() else { return Ok(()) };
        let file = file.into_inner().map_err(IntoInnerError::into_error);
        let file = file.map_err(ExportError::file(&path))?;
        let (bytes, digest) = (file.bytes(), file.digest().to_string());
        let synced = file.into_inner().sync_all();
        // Some places cannot be flushed.
        if let Err(error) = synced
            && error.kind() != ErrorKind::InvalidInput
        {
            return Err(ExportError::file(&path)(error));
        }
        self.finished.push(ExportedFile { name, rows, bytes, digest });
        Ok(())
    }

    fn progress(&self) -> ExportProgress {
        let name = self.open.as_ref().map_or("", |open| open.name.as_str());
        ExportProgress {
            domain: self.domain.clone(),
            stage: super::stage_of(name),
            done: self.bytes,
            total: 0,
        }
    }
}
