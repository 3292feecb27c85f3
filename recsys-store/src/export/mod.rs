//! Tenants as files: exports, and bringing them back, into any backend.
//!
//! An export is a folder:
//!
//! ```text
//! manifest.json                      what there is; written last, so an export without it is incomplete
//! TENANT/tenant.json                 the row, settings included, and how far its data has come
//! TENANT/users.jsonl                 one user a line, with role and the hash of the password
//! TENANT/items.jsonl                 one item a line, with counters, revision and times
//! TENANT/deletions.jsonl             ids of items that are gone, with the revision at which they went
//! TENANT/interactions.jsonl          the log: one event a line, with sequence, context and idempotency key
//! TENANT/ratings.jsonl               one rating a line
//! TENANT/models.jsonl                the registry of models
//! TENANT/models/VERSION.rsys         their files
//! ```
//!
//! `TENANT` and `VERSION` are ids. The manifest names every file with its number of rows, its length and its SHA-256
//! digest, which `sha256sum` checks as well. A line is a JSON object, times are RFC 3339 in UTC. What is exported of a
//! tenant is all of one moment. Sessions are not exported (people sign in again), and neither are training jobs.
//!
//! It holds the hashes of passwords: folders and files are readable by their owner only.

mod error;
mod hashed;
mod manifest;
mod read;
mod write;

pub use self::error::ExportError;
pub use self::manifest::{ExportedFile, ExportedTenant, Manifest};
pub use self::read::Export;
pub use self::write::export;

/// How far an export or its import is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportProgress {
    /// Domain of the tenant that is at work.
    pub domain: String,
    /// What is read or written, for example `interactions`.
    pub stage: &'static str,
    /// Bytes of the tenant so far.
    pub done: u64,
    /// Bytes of the tenant in all; 0 while they are not known.
    pub total: u64,
}

const MANIFEST: &str = "manifest.json";
const TENANT: &str = "tenant.json";
const USERS: &str = "users.jsonl";
const ITEMS: &str = "items.jsonl";
const DELETIONS: &str = "deletions.jsonl";
const INTERACTIONS: &str = "interactions.jsonl";
const RATINGS: &str = "ratings.jsonl";
const MODELS: &str = "models.jsonl";

/// Returns the name of the file of a model.
fn model_file(version: uuid::Uuid) -> String {
    format!("models/{version}.rsys")
}

/// Returns what is in a file, for people.
fn stage_of(name: &str) -> &'static str {
    match name {
        USERS => "users",
        ITEMS | DELETIONS => "items",
        INTERACTIONS => "interactions",
        RATINGS => "ratings",
        TENANT => "tenant",
        _ => "models",
    }
}
