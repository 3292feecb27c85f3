//! Options of `model`.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{SharingArgs, TenantArgs};

/// List the kept versions of models, or go back to an older one
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// List the kept versions of all models
    #[command(after_help = "\
Examples:
  recsys model list
  recsys model list --tenant shop.example.com --json")]
    List(TenantArgs),
    /// Let an older version serve again
    Rollback(ModelRollbackArgs),
}

/// Let an older version serve again
///
/// It is used from the next request on, also by servers that are running on the same data, until the next training
/// publishes. The version that is left stays among those that are kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys model rollback
  recsys model rollback --algorithm als --to 019aab2c-7c3e-7b51-8f0a-6c1a4c1d2e3f")]
pub(crate) struct ModelRollbackArgs {
    /// Which model, as als or item_knn
    #[arg(long, value_name = "NAME", default_value = "hybrid")]
    pub(crate) algorithm: String,
    /// Which version, as `recsys model list` shows it [default: the last published before the current one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<Uuid>,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
}
