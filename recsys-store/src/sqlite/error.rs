//! The only place that knows how SQLite and sqlx fail.

use std::path::Path;

use sqlx::migrate::MigrateError;

use crate::error::{Backend, StoreError, StoreErrorKind};
use crate::sql;
use crate::types::InvalidField;

/// Says which call failed and translates the vendor's error.
pub(super) fn failed(op: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| StoreError::new(Backend::Sqlite, op, kind_of(&error)).with_source(error)
}

/// Says which call failed on a file of the data folder.
pub(super) fn file_failed(op: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.display().to_string();
    move |error| {
        StoreError::new(Backend::Sqlite, op, StoreErrorKind::Unavailable)
            .with_context(format!("cannot use {path}: {error}"))
            .with_source(error)
    }
}

/// Translates an error of opening `path` and bringing its schema up to date.
pub(super) fn migration_failed(op: &'static str, path: &Path, error: MigrateError) -> StoreError {
    let path = path.display();
    let (kind, context) = match &error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => (
            StoreErrorKind::UnsupportedVersion,
            format!("the database {path} was written by a newer version of this program"),
        ),
        MigrateError::VersionMismatch(version) => (
            StoreErrorKind::UnsupportedVersion,
            format!("the database {path} has another schema {version} than this program knows"),
        ),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            (kind_of(error), open_context(&path.to_string(), error))
        }
        _ => (StoreErrorKind::Internal, format!("cannot prepare the database {path}")),
    };
    StoreError::new(Backend::Sqlite, op, kind).with_context(context).with_source(error)
}

/// Translates an error of opening `path`.
pub(super) fn open_failed(op: &'static str, path: &Path, error: sqlx::Error) -> StoreError {
    let context = open_context(&path.display().to_string(), &error);
    StoreError::new(Backend::Sqlite, op, kind_of(&error)).with_context(context).with_source(error)
}

fn open_context(path: &str, error: &sqlx::Error) -> String {
    match kind_of(error) {
        StoreErrorKind::Corrupt => format!("{path} is no database or is damaged"),
        _ => format!("cannot open the database {path}"),
    }
}

pub(super) fn missing(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Sqlite, op, StoreErrorKind::NotFound).with_context(what)
}

pub(super) fn taken(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Sqlite, op, StoreErrorKind::AlreadyExists).with_context(what)
}

pub(super) fn invalid(op: &'static str) -> impl Fn(InvalidField) -> StoreError {
    move |field| StoreError::invalid(Backend::Sqlite, op, &field)
}

fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    sql::kind_of(error, |code| code.parse().map_or(StoreErrorKind::Internal, kind_of_code))
}

/// Maps an extended result code (<https://www.sqlite.org/rescode.html>).
fn kind_of_code(code: i32) -> StoreErrorKind {
    match code {
        787 => StoreErrorKind::NotFound, // a foreign key has no target
        1555 | 2067 => StoreErrorKind::AlreadyExists, // primary key, unique
        _ => match code & 0xff {
            // busy, locked, read-only, input or output, full, cannot open
            5 | 6 | 8 | 10 | 13 | 14 => StoreErrorKind::Unavailable,
            // corrupt, not a database
            11 | 26 => StoreErrorKind::Corrupt,
            _ => StoreErrorKind::Internal,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_outcomes() {
        for (code, kind) in [
            (5, StoreErrorKind::Unavailable),
            (517, StoreErrorKind::Unavailable),
            (13, StoreErrorKind::Unavailable),
            (26, StoreErrorKind::Corrupt),
            (787, StoreErrorKind::NotFound),
            (2067, StoreErrorKind::AlreadyExists),
            (1, StoreErrorKind::Internal),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }
}
