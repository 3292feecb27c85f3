//! Where the files of published models lie: a folder of this machine, or a bucket of an object store.
//!
//! The registry in the database says which versions there are, and this says nothing of the kind. A file is there
//! before its row and goes after it: what dies between leaves a file without a row and never a row without its
//! file. Such files are swept when the tenant publishes next.

mod seal;
mod url;

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use chrono::{TimeDelta, Utc};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use uuid::Uuid;

pub(crate) use self::seal::{Seal, digest_of};
pub use self::url::ModelsUrl;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::types::{ModelVersion, TenantId};

/// Files travel in parts of this length.
const PART: u64 = 8 << 20;
/// Parts of one file that are under way at a time.
const PARTS_AT_ONCE: usize = 4;
/// A file without a row is somebody's who is about to register it, until it is so old.
const ORPHANED_AFTER: Duration = Duration::from_secs(3600);
/// What names of model files end with.
const EXTENSION: &str = "rsys";

/// A place for model files. Clones share the connections.
#[derive(Clone)]
pub(crate) struct ModelFiles {
    store: Arc<dyn ObjectStore>,
    /// The place if it is a folder: what a crash leaves of a file that was being written has to be found in it.
    folder: Option<PathBuf>,
    /// The place, for people.
    name: String,
}

impl fmt::Debug for ModelFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelFiles").field(&self.name).finish()
    }
}

impl ModelFiles {
    /// Opens a folder, which is made if it is missing.
    pub(crate) async fn in_folder(op: &'static str, folder: &Path) -> Result<Self> {
        let name = folder.display().to_string();
        tokio::fs::create_dir_all(folder).await.map_err(|error| {
            StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Unavailable)
                .with_context(format!("cannot use {name}: {error}"))
                .with_source(error)
        })?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(failed(op, &name))?;
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, folder: Some(folder.to_owned()), name })
    }

    /// Opens the place at an address. Whether it can be reached is seen with the first file.
    pub(crate) async fn open(op: &'static str, url: &ModelsUrl) -> Result<Self> {
        if let Some(folder) = url.folder() {
            return Self::in_folder(op, &folder).await;
        }
        let name = url.to_string();
        let store = url.store().map_err(|error| {
            StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Unavailable)
                .with_context(format!("cannot use {name}"))
                .with_source(error)
        })?;
        Ok(Self { store, folder: None, name })
    }

    /// Stores the file of a version, lets `register` switch to it, and deletes the files of the versions that
    /// are no longer kept, which `register` returns with what it registered.
    pub(crate) async fn publish(
        &self,
        op: &'static str,
        tenant: TenantId,
        version: Uuid,
        file: &Bytes,
        register: impl Future<Output = Result<(ModelVersion, Vec<Uuid>)>> + Send,
    ) -> Result<ModelVersion> {
        self.put(op, tenant, version, file).await?;
        match register.await {
            Ok((registered, dropped)) => {
                self.delete_all(tenant, dropped).await;
                Ok(registered)
            }
            Err(error) => {
                // Of a connection that broke nobody knows whether the row is there: the file stays then.
                if matches!(error.kind(), StoreErrorKind::LeaseLost | StoreErrorKind::NotFound) {
                    self.delete(tenant, version).await;
                }
                Err(error)
            }
        }
    }

    /// Stores a file: all of it, or an error.
    pub(crate) async fn put(
        &self,
        op: &'static str,
        tenant: TenantId,
        version: Uuid,
        file: &Bytes,
    ) -> Result<()> {
        let location = location(tenant, version);
        let written = match parts(file.len() as u64).as_slice() {
            [] | [_] => self.store.put(&location, file.clone().into()).await.map(drop),
            parts => self.put_parts(&location, file, parts).await,
        };
        written.map_err(failed(op, &self.name))
    }

    /// Stores a file in parts: it appears, whole, with the last.
    async fn put_parts(
        &self,
        location: &Location,
        file: &Bytes,
        parts: &[Range<u64>],
    ) -> object_store::Result<()> {
        let upload = self.store.put_multipart(location).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, within(PART));
        for part in parts {
            if let Err(error) = writer.wait_for_capacity(PARTS_AT_ONCE).await {
                // What failed is told; a leftover only costs space.
                let _ = writer.abort().await;
                return Err(error);
            }
            writer.put(file.slice(within(part.start)..within(part.end)));
        }
        writer.finish().await.map(drop)
    }

    /// Reads the file of a version. `Corrupt` if it is missing or is not what was sealed.
    pub(crate) async fn get(
        &self,
        op: &'static str,
        tenant: TenantId,
        version: Uuid,
        seal: &Seal,
    ) -> Result<Bytes> {
        let location = location(tenant, version);
        let get = async {
            let length = self.store.head(&location).await?.size;
            // Before anything of a file is read that somebody put in its place.
            if length != seal.length() {
                return Ok(Err(length));
            }
            let read = parts(length).into_iter().map(|part| self.store.get_range(&location, part));
            let mut read = stream::iter(read).buffered(PARTS_AT_ONCE);
            let first = read.try_next().await?.unwrap_or_default();
            if first.len() as u64 == length {
                return Ok(Ok(first));
            }
            let mut file = BytesMut::with_capacity(within(length));
            file.extend_from_slice(&first);
            while let Some(part) = read.try_next().await? {
                file.extend_from_slice(&part);
            }
            Ok(Ok(file.freeze()))
        };
        match get.await {
            Ok(Ok(file)) => seal.check(op, version, file).await,
            Ok(Err(length)) => Err(seal.broken(op, version, length)),
            Err(object_store::Error::NotFound { .. }) => {
                let what = format!("the file of model {version} is missing in {}", self.name);
                let error = StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Corrupt);
                Err(error.with_context(what))
            }
            Err(error) => Err(failed(op, &self.name)(error)),
        }
    }

    /// Deletes files that nothing refers to.
    pub(crate) async fn delete_all(&self, tenant: TenantId, versions: Vec<Uuid>) {
        for version in versions {
            self.delete(tenant, version).await;
        }
    }

    /// Deletes a file that nothing refers to; a failure only costs space, until it is swept.
    async fn delete(&self, tenant: TenantId, version: Uuid) {
        self.delete_at(&location(tenant, version)).await;
    }

    async fn delete_at(&self, location: &Location) {
        match self.store.delete(location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(place = self.name, %location, %error, "could not delete a model file");
            }
        }
    }

    /// Deletes what crashes have left of a tenant: files older than an hour that are not among the versions that
    /// `kept` reads, after the files were listed. A failure only costs space, until the next time.
    pub(crate) async fn sweep(
        &self,
        tenant: TenantId,
        kept: impl Future<Output = Result<HashSet<Uuid>>> + Send,
    ) {
        if let Err(error) = self.try_sweep(tenant, kept).await {
            tracing::warn!(%tenant, place = self.name, %error, "could not look for old model files");
        }
    }

    async fn try_sweep(
        &self,
        tenant: TenantId,
        kept: impl Future<Output = Result<HashSet<Uuid>>> + Send,
    ) -> Result<()> {
        const OP: &str = "models.sweep";
        let age = TimeDelta::from_std(ORPHANED_AFTER).unwrap_or(TimeDelta::MAX);
        let before = Utc::now() - age;
        let old = self.store.list(Some(&folder_of(tenant))).try_filter_map(|file| {
            let version = version_at(&file.location).filter(|_| file.last_modified < before);
            std::future::ready(Ok(version.map(|version| (version, file.location))))
        });
        let old: Vec<(Uuid, Location)> = old.try_collect().await.map_err(failed(OP, &self.name))?;
        if !old.is_empty() {
            let kept = kept.await?;
            for (_, location) in old.iter().filter(|(version, _)| !kept.contains(version)) {
                self.delete_at(location).await;
            }
        }
        if let Some(folder) = &self.folder {
            let folder = folder.join(tenant.to_string());
            let swept = tokio::task::spawn_blocking(move || sweep_unfinished(&folder)).await;
            if let Err(error) | Ok(Err(error)) = swept.map_err(std::io::Error::other) {
                tracing::warn!(%tenant, %error, "could not delete unfinished model files");
            }
        }
        Ok(())
    }
}

/// Deletes files of a folder that nobody has gone on writing for long. They are not listed: their names are
/// those of model files with `#` and a number behind, until they are complete.
fn sweep_unfinished(folder: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let unfinished = name.to_str().and_then(|name| name.split_once(".rsys#"));
        if unfinished.is_some_and(|(version, _)| version.parse::<Uuid>().is_ok()) {
            let written = entry.metadata()?.modified()?;
            if SystemTime::now().duration_since(written).is_ok_and(|age| age > ORPHANED_AFTER) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

fn folder_of(tenant: TenantId) -> Location {
    Location::from(tenant.to_string())
}

fn location(tenant: TenantId, version: Uuid) -> Location {
    folder_of(tenant).join(format!("{version}.{EXTENSION}"))
}

/// Returns the version whose file is in a place; `None` for files of others.
fn version_at(location: &Location) -> Option<Uuid> {
    let (version, extension) = location.filename()?.split_once('.')?;
    (extension == EXTENSION).then(|| version.parse().ok())?
}

/// Cuts a length into parts.
fn parts(length: u64) -> Vec<Range<u64>> {
    let starts = (0..length).step_by(within(PART));
    starts.map(|start| start..length.min(start + PART)).collect()
}

/// Turns a length of something in memory into one of the language.
fn within(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Says which place failed and translates the vendor's error.
fn failed(op: &'static str, name: &str) -> impl Fn(object_store::Error) -> StoreError {
    use object_store::Error;
    let name = name.to_owned();
    move |error| {
        let what = match &error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                format!("{name} does not let this program in")
            }
            Error::NotFound { .. } => format!("{name} does not exist"),
            _ => format!("cannot use {name}"),
        };
        let error_of = StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Unavailable);
        error_of.with_context(what).with_source(error)
    }
}

#[cfg(test)]
mod tests;
