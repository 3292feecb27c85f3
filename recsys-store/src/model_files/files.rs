//! Putting, getting and deleting files of models.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use uuid::Uuid;

use super::{ModelsUrl, Seal};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::types::{ModelVersion, TenantId};

/// Files travel in parts of this length.
pub(super) const PART: u64 = 8 << 20;
/// Parts of one file that are under way at a time.
const PARTS_AT_ONCE: usize = 4;
/// What names of model files end with.
pub(super) const EXTENSION: &str = "rsys";

/// A place for model files. Clones share the connections.
#[derive(Clone)]
pub(crate) struct ModelFiles {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The place if it is a folder: what a crash leaves of a file that was being written has to be found in it.
    pub(super) folder: Option<PathBuf>,
    /// The place, for people.
    pub(super) name: String,
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

    pub(super) async fn delete_at(&self, location: &Location) {
        match self.store.delete(location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(place = self.name, %location, %error, "could not delete a model file");
            }
        }
    }
}

pub(super) fn folder_of(tenant: TenantId) -> Location {
    Location::from(tenant.to_string())
}

fn location(tenant: TenantId, version: Uuid) -> Location {
    folder_of(tenant).join(format!("{version}.{EXTENSION}"))
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
pub(super) fn failed(op: &'static str, name: &str) -> impl Fn(object_store::Error) -> StoreError {
    use object_store::Error;
    let name = name.to_owned();
    move |error| {
        let failed = StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Unavailable);
        match error {
            // What the service answers besides is long and says no more.
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                let remedy = "check the credentials in the variables of the service";
                failed.with_context(format!("{name} does not let this program in: {remedy}"))
            }
            Error::NotFound { .. } => failed.with_context(format!("{name} does not exist")),
            other => failed.with_context(format!("cannot use {name}")).with_source(other),
        }
    }
}
