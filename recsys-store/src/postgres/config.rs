//! Where the database is and how it is used.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::model_files::ModelsUrl;
use crate::rules::MODELS_KEPT;
use crate::types::InvalidField;

/// Settings of [`PostgresStorage`](super::PostgresStorage).
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// Which database, as whom.
    pub url: PostgresUrl,
    /// Connections of this process at most. Default 10; at least 1.
    pub connections: u32,
    /// How long a call waits for a free connection before it fails as `Unavailable`. Default 2 seconds.
    pub acquire_timeout: Duration,
    /// How long a statement may run, waiting for locks included, before the server ends it and the call
    /// fails as `Unavailable`. Default 30 seconds.
    pub statement_timeout: Duration,
    /// How long a transaction may wait for its next statement before the server ends it, so that a
    /// process that hangs holds no locks. Default 10 seconds.
    pub idle_in_transaction_timeout: Duration,
    /// Place of the model files, which every process has to reach. Default none: they are in the database.
    /// Files that were published before stay in the database and are found there.
    pub models: Option<ModelsUrl>,
    /// Versions of each model that are kept: the current one and those to go back to. Default 3.
    pub models_kept: NonZeroU32,
    /// Name of the connections in `pg_stat_activity`. Default `recsys`.
    pub application_name: String,
}

impl PostgresConfig {
    /// Returns the default configuration for a database.
    #[must_use]
    pub fn new(url: PostgresUrl) -> Self {
        Self {
            url,
            connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(30),
            idle_in_transaction_timeout: Duration::from_secs(10),
            models: None,
            models_kept: MODELS_KEPT,
            application_name: "recsys".to_owned(),
        }
    }
}

/// The address of a database, `postgres://user:password@host:port/database`, with the parameters of libpq
/// such as `sslmode=verify-full` and `sslrootcert`. The password is in neither `Display` nor `Debug`.
#[derive(Clone)]
pub struct PostgresUrl(Box<PgConnectOptions>);

impl PostgresUrl {
    /// Tells whether `text` is meant as the address of such a database.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.0
    }
}

impl FromStr for PostgresUrl {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        let form = || {
            // What was given may hold a password: it is not repeated.
            let problem = "is no address of the form postgres://user:password@host:port/database";
            InvalidField::new("database", problem)
        };
        if !Self::is_meant_by(text) {
            return Err(form());
        }
        PgConnectOptions::from_str(text).map(Box::new).map(Self).map_err(|_| form())
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.0;
        write!(f, "postgres://{}@", options.get_username())?;
        match options.get_socket() {
            Some(folder) => write!(f, "{}", folder.display())?,
            None => write!(f, "{}:{}", options.get_host(), options.get_port())?,
        }
        write!(f, "/{}", options.get_database().unwrap_or(options.get_username()))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url: PostgresUrl = "postgres://ann:s3cret@db.example.com/shop".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://ann@db.example.com:5432/shop");
        let config = PostgresConfig::new(url);
        assert!(!format!("{config:?} {config:#?}").contains("s3cret"));
        for wrong in ["postgres://ann:s3cret@db:port/shop", "mysql://ann:s3cret@db/shop"] {
            let error = wrong.parse::<PostgresUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
