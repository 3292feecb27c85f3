//! Deleting what crashes have left.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use object_store::path::Path as Location;
use uuid::Uuid;

use super::files::{EXTENSION, ModelFiles, failed, folder_of};
use crate::error::Result;
use crate::types::TenantId;

/// A file without a row is somebody's who is about to register it, until it is so old.
pub(super) const ORPHANED_AFTER: Duration = Duration::from_secs(3600);

impl ModelFiles {
    /// Deletes what crashes have left of a tenant: files older than an hour that are not among the versions that
    /// `kept` reads, after the files were listed. A failure only costs space, until the next time.
    pub(crate) async fn sweep(&self, tenant: TenantId, kept: BoxFuture<'_, Result<HashSet<Uuid>>>) {
        if let Err(error) = self.try_sweep(tenant, kept).await {
            tracing::warn!(%tenant, place = self.name, %error, "could not look for old model files");
        }
    }

    async fn try_sweep(
        &self,
        tenant: TenantId,
        kept: BoxFuture<'_, Result<HashSet<Uuid>>>,
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
            if let Err(error) | Ok(Err(error)) = swept.map_err(io::Error::other) {
                tracing::warn!(%tenant, %error, "could not delete unfinished model files");
            }
        }
        Ok(())
    }
}

/// Deletes files of a folder that nobody has gone on writing for long. They are not listed: their names are
/// those of model files with `#` and a number behind, until they are complete.
fn sweep_unfinished(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
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

/// Returns the version whose file is in a place; `None` for files of others.
fn version_at(location: &Location) -> Option<Uuid> {
    let (version, extension) = location.filename()?.split_once('.')?;
    (extension == EXTENSION).then(|| version.parse().ok())?
}
