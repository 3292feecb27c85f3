//! Where the files of published models lie: a folder of this machine, or a bucket of an object store.
//!
//! The registry in the database says which versions there are, and this says nothing of the kind. A file is there
//! before its row and goes after it: what dies between leaves a file without a row and never a row without its
//! file. Such files are swept when the tenant publishes next.

mod files;
mod seal;
mod sweep;
mod url;

pub(crate) use self::files::ModelFiles;
pub(crate) use self::seal::{Seal, digest_of};
pub use self::url::ModelsUrl;

#[cfg(test)]
mod tests;
