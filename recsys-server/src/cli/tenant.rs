//! Options of `tenant`.

use clap::{Args, Subcommand};

/// Create and list tenants, the separate worlds in one database
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant
    Create(TenantCreateArgs),
    /// List all tenants
    #[command(after_help = "\
Examples:
  recsys tenant list
  recsys tenant list --json")]
    List,
}

/// Create a tenant
///
/// A tenant has its own users, items, events and models; nothing is shared between tenants. The first
/// account registered in it becomes its administrator.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys tenant create --domain shop.example.com --name \"The Shop\"")]
pub(crate) struct TenantCreateArgs {
    /// Name the tenant is addressed by: a-z, 0-9, dots and dashes, such as shop.example.com
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: String,
    /// Name to show
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
}
