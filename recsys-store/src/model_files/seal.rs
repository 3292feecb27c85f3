//! What a model file has to be.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::{Backend, Result, StoreError, StoreErrorKind};

/// Length and SHA-256 digest of a model file, as the registry has them.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    length: u64,
    /// `None` of a version that was published before digests were kept.
    digest: Option<Vec<u8>>,
}

impl Seal {
    /// Returns what the registry says.
    pub(crate) fn new(length: u64, digest: Option<Vec<u8>>) -> Self {
        Self { length, digest }
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Returns the file if it is what was published.
    pub(crate) async fn check(
        &self,
        op: &'static str,
        version: Uuid,
        file: Bytes,
    ) -> Result<Bytes> {
        if file.len() as u64 != self.length {
            return Err(self.broken(op, version, file.len() as u64));
        }
        match &self.digest {
            Some(digest) if *digest != digest_of(op, file.clone()).await? => {
                Err(corrupt(op, format!("the file of model {version} is not what was published")))
            }
            _ => Ok(file),
        }
    }

    /// An error for a file of another length.
    pub(crate) fn broken(&self, op: &'static str, version: Uuid, length: u64) -> StoreError {
        let expected = self.length;
        let what = format!("the file of model {version} has {length} bytes, expected {expected}");
        corrupt(op, what)
    }
}

/// Takes the digest of a file, away from the threads that serve.
pub(crate) async fn digest_of(op: &'static str, file: Bytes) -> Result<Vec<u8>> {
    let digest = tokio::task::spawn_blocking(move || Sha256::digest(&file).to_vec()).await;
    digest.map_err(|stopped| {
        StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Unavailable)
            .with_context("the process is shutting down")
            .with_source(stopped)
    })
}

fn corrupt(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::ModelFiles, op, StoreErrorKind::Corrupt).with_context(what)
}
