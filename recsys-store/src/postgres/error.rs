//! The only place that knows how PostgreSQL fails.

use std::error::Error as _;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use super::PostgresUrl;
use crate::error::{Backend, StoreError, StoreErrorKind};
use crate::sql;
use crate::types::InvalidField;

/// Says which call failed and translates the vendor's error.
pub(super) fn failed(op: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| StoreError::new(Backend::Postgres, op, kind_of(&error)).with_source(error)
}

/// Translates an error of connecting to `url`.
pub(super) fn open_failed(op: &'static str, url: &PostgresUrl, error: sqlx::Error) -> StoreError {
    StoreError::new(Backend::Postgres, op, kind_of(&error))
        .with_context(format!("cannot open the database {url}"))
        .with_source(error)
}

/// Translates an error of bringing the schema of `url` up to date.
pub(super) fn migration_failed(
    op: &'static str,
    url: &PostgresUrl,
    error: MigrateError,
) -> StoreError {
    let (kind, context) = match &error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => (
            StoreErrorKind::UnsupportedVersion,
            format!("the database {url} was written by a newer version of this program"),
        ),
        MigrateError::VersionMismatch(version) => (
            StoreErrorKind::UnsupportedVersion,
            format!("the database {url} has another schema {version} than this program knows"),
        ),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            (kind_of(error), format!("cannot prepare the database {url}"))
        }
        _ => (StoreErrorKind::Internal, format!("cannot prepare the database {url}")),
    };
    StoreError::new(Backend::Postgres, op, kind).with_context(context).with_source(error)
}

/// An error for a database that is not set up as it has to be.
pub(super) fn unfit(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Postgres, op, StoreErrorKind::Internal).with_context(what)
}

pub(super) fn missing(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Postgres, op, StoreErrorKind::NotFound).with_context(what)
}

pub(super) fn taken(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Postgres, op, StoreErrorKind::AlreadyExists).with_context(what)
}

pub(super) fn corrupt(op: &'static str, what: String) -> StoreError {
    StoreError::new(Backend::Postgres, op, StoreErrorKind::Corrupt).with_context(what)
}

pub(super) fn invalid(op: &'static str) -> impl Fn(InvalidField) -> StoreError {
    move |field| StoreError::invalid(Backend::Postgres, op, &field)
}

/// Tells whether a transaction failed only because of others, so that it may succeed when it is run again.
pub(super) fn is_conflict(error: &StoreError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    let code = cause.and_then(sqlx::Error::as_database_error).and_then(DatabaseError::code);
    // serialization failure, deadlock
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

/// Tells whether nobody answered, or only to say that nothing can be done at the moment.
pub(super) fn is_away(error: &StoreError) -> bool {
    match error.source().and_then(|cause| cause.downcast_ref::<sqlx::Error>()) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut) => true,
        Some(sqlx::Error::Database(refusal)) => {
            // connection lost, shutdown by hand or after a crash, still starting
            let code = refusal.code().unwrap_or_default();
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03")
        }
        _ => false,
    }
}

fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    sql::kind_of(error, kind_of_code)
}

/// Maps a code (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn kind_of_code(code: &str) -> StoreErrorKind {
    match code {
        "23503" => StoreErrorKind::NotFound, // a foreign key has no target
        "23505" => StoreErrorKind::AlreadyExists, // unique
        // serialization failure, deadlock, a standby that is read-only, a timeout inside a transaction, no lock
        "40001" | "40P01" | "25006" | "25P03" | "55P03" => StoreErrorKind::Unavailable,
        _ => match code.get(..2) {
            // connection, insufficient resources, operator intervention (shutdown, timeout), system
            Some("08" | "53" | "57" | "58") => StoreErrorKind::Unavailable,
            // wrong password, no such database
            Some("28" | "3D") => StoreErrorKind::Unavailable,
            // data or index corrupted
            Some("XX") if code != "XX000" => StoreErrorKind::Corrupt,
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
            ("40P01", StoreErrorKind::Unavailable),
            ("57014", StoreErrorKind::Unavailable),
            ("57P01", StoreErrorKind::Unavailable),
            ("53300", StoreErrorKind::Unavailable),
            ("XX001", StoreErrorKind::Corrupt),
            ("23503", StoreErrorKind::NotFound),
            ("23505", StoreErrorKind::AlreadyExists),
            ("42601", StoreErrorKind::Internal),
            ("42501", StoreErrorKind::Internal),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }
}
