//! One collection: its points, who may change them, and its file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::file;
use super::points::Points;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::types::VectorCollection;
use crate::vectors::name_of;

/// The ending of files.
const ENDING: &str = "vectors";

/// A collection that was created.
pub(super) struct Kept {
    pub(super) collection: VectorCollection,
    /// Held by the one who changes the points. Searches never wait for it.
    writer: Mutex<()>,
    points: RwLock<Points>,
    /// The file does not have the points as they are.
    unsaved: AtomicBool,
}

impl Kept {
    pub(super) fn new(collection: VectorCollection, points: Points, unsaved: bool) -> Self {
        let points = RwLock::new(points);
        Self { collection, writer: Mutex::default(), points, unsaved: AtomicBool::new(unsaved) }
    }

    /// A panic while a lock is held leaves points that are whole: each is changed in one step.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Points> {
        self.points.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Points> {
        self.points.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the points. The lock that searches need is held for the change only, not while an index is built.
    pub(super) fn change(&self, change: impl FnOnce(&mut Points)) {
        let _writer = self.writer();
        change(&mut self.write());
        self.unsaved.store(true, Ordering::Release);
        let rebuilt = {
            let points = self.read();
            points.is_stale().then(|| points.rebuilt(self.collection.dimension()))
        };
        if let Some(rebuilt) = rebuilt {
            *self.write() = rebuilt;
        }
    }

    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        let bytes = {
            let _writer = self.writer();
            if !self.unsaved.swap(false, Ordering::AcqRel) {
                return Ok(());
            }
            file::encode(&self.collection, &self.read())
        };
        let path = path(folder, &self.collection);
        let written = crate::files::write(&path, &bytes);
        written.map_err(|error| {
            self.unsaved.store(true, Ordering::Release);
            failed("vectors.save", &path)(error)
        })
    }
}

/// Returns the files below a folder.
pub(super) fn saved(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let tenants = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for tenant in tenants {
        let tenant = tenant?;
        if !tenant.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(tenant.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

pub(super) fn path(folder: &Path, collection: &VectorCollection) -> PathBuf {
    let (purpose, dimension) = (collection.purpose(), collection.dimension());
    let name = format!("{purpose}-{dimension}-{}.{ENDING}", name_of(collection.metric()));
    folder.join(collection.tenant().to_string()).join(name)
}

pub(super) fn failed(op: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |error| {
        StoreError::new(Backend::Memory, op, StoreErrorKind::Unavailable)
            .with_context(format!("{} cannot be read or written", path.display()))
            .with_source(error)
    }
}
