//! Importing catalogues and events from files: CSV, JSON lines, LightGCN, MovieLens and, with
//! the feature `parquet`, Parquet.
//!
//! [`run()`] imports into a tenant; [`read_log`] reads the same files without a store, for evaluation.
//!
//! An import reads its files twice. The first pass checks every row and writes nothing, so a broken
//! line near the end of a large file leaves the tenant as it was ([`BadRows::Refuse`]) or is counted
//! and left out ([`BadRows::Skip`]). The second pass writes in batches. Only the storage can still fail
//! then; what was written by then stays, and repeating the import completes it: everything imported
//! has an identity that depends on its content alone, so nothing is ever doubled.
//!
//! - Items and users keep their id as external id. An item that is there is brought to the state of
//!   the file; a user that is there is left as it is.
//! - A new user has no password and an address under `imported.invalid`, a domain that cannot exist.
//! - An item that only events speak of is created with its id as title.
//! - Equal events in one file are told apart by their number, so that they all count, once.
//! - Of several ratings of one item by one user the latest counts.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use recsys_store::import::{self, BadRows, FileOptions, Source};
//! use recsys_store::types::{NewTenant, Tier};
//! use recsys_store::{Engine, MemoryStorage, Storage};
//!
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("clicks.csv");
//! std::fs::write(&file, "user,item,kind\nada,lamp,click\nada,desk,purchase\n")?;
//!
//! let storage = MemoryStorage::new();
//! let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
//! let tenant = storage.tenants().create(new).await?;
//! let engine = Engine::builder(Arc::new(storage)).build()?.tenant(tenant.id).await?;
//!
//! let source = Source::csv(&file, FileOptions::default());
//! let first = import::run(&engine, &source, BadRows::Refuse, &|_| {}).await?;
//! let again = import::run(&engine, &source, BadRows::Refuse, &|_| {}).await?;
//! assert_eq!((first.interactions.created, again.interactions.created), (2, 0));
//! # Ok(())
//! # }
//! ```

mod check;
mod columns;
mod csv;
mod digest;
mod error;
mod jsonl;
mod lightgcn;
mod lines;
mod loaded;
mod movielens;
mod object;
#[cfg(feature = "parquet")]
mod parquet;
mod record;
mod repeats;
mod run;
mod source;
mod summary;
mod table;
mod value;
mod writer;

pub use self::columns::{ColumnNames, Contents, Field};
pub use self::digest::{Digest, FileDigest, InvalidDigest, SourceDigest};
pub use self::error::{Column, ImportError, Problem, RowError};
pub use self::loaded::{Loaded, read_log};
pub use self::record::{EventRow, ItemRow, Record};
pub use self::run::{Checked, check, run, run_records};
pub use self::source::{FileOptions, Source};
pub use self::summary::{BadRows, Count, ImportProgress, ImportStage, ImportSummary};

#[cfg(test)]
mod tests;
