//! Options of `export`.

use std::path::PathBuf;

use clap::Args;

/// Write everything that is kept of tenants into a folder
///
/// Users with the hashes of their passwords, items, events, ratings and models, as JSON lines with a manifest: `recsys
/// import export` brings them back, in any database, and every answer stays as it was. People have to sign in again.
/// Servers may go on meanwhile; what is written is all of one moment for each tenant.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys export ./backup
  recsys export ./shop --tenant shop.example.com
From a folder to PostgreSQL:
  recsys export ./moving --data ./recsys-data
  recsys import export ./moving --database postgres://recsys:secret@db.example.com/recsys")]
pub(crate) struct ExportArgs {
    /// Where to: a folder that is empty or does not exist
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Domain of the tenant; all tenants without it
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) tenant: Option<String>,
}
