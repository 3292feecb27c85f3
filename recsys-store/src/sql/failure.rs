//! How the database library fails, in the terms of the storage layer.

use crate::error::StoreErrorKind;

/// Returns what a caller may decide on; `of_code` knows the codes of the database.
pub(crate) fn kind_of(
    error: &sqlx::Error,
    of_code: impl FnOnce(&str) -> StoreErrorKind,
) -> StoreErrorKind {
    match error {
        sqlx::Error::Database(database) => {
            database.code().map_or(StoreErrorKind::Internal, |code| of_code(&code))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreErrorKind::Unavailable,
        sqlx::Error::RowNotFound => StoreErrorKind::NotFound,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreErrorKind::Corrupt,
        // The vendor's list is open; what is left are mistakes of this program.
        _ => StoreErrorKind::Internal,
    }
}
