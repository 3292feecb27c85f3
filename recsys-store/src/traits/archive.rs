//! Copies of tenants.

use std::fmt::Debug;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::error::Result;
use crate::types::ArchivePiece;

/// A copy of a tenant as it travels from one backend to another. A stream that ends without
/// [`ArchivePiece::End`] broke off.
pub type Archive = BoxStream<'static, Result<ArchivePiece>>;

/// Copies the tenant from this backend and to it. Ids, sequences, revisions and times stay as they are, so a
/// copy answers as the original does, and a copy of the copy is the same.
///
/// Not copied are sessions (people sign in again) and training jobs.
#[async_trait]
pub trait ArchiveStore: Debug + Send + Sync {
    /// Reads everything that is kept of the tenant, all of it as it was at one moment, in pieces that are bounded
    /// but for the file of a model. The first piece is `NotFound` if there is no such tenant. The copy breaks off
    /// with `Unavailable` if a model made room for another one meanwhile and its file with it, and with `Corrupt` at
    /// one whose file cannot be used.
    async fn dump(&self) -> Result<Archive>;

    /// Writes a copy: all of it, or nothing if it breaks off or fails. `AlreadyExists` if the tenant is there or
    /// its domain is taken; `InvalidInput` naming `archive` if it is of another tenant, in the wrong order or not
    /// complete; `NotFound` if an event or a rating is of somebody or something that is not in it.
    async fn restore(&self, archive: Archive) -> Result<()>;
}
