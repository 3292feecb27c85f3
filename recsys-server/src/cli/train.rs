//! Options of `train`.

use clap::Args;

use super::{SharingArgs, TenantArgs};

/// Train a model on everything recorded so far
///
/// The new model is used from the next request on, also by a server that is running on the same
/// folder. If training fails, the former model stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys train
  recsys train --algorithm als --tenant shop.example.com")]
pub(crate) struct TrainArgs {
    /// What to train, as als or item_knn; a name that does not exist lists all
    #[arg(long, value_name = "NAME", default_value = "hybrid")]
    pub(crate) algorithm: String,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
}
