//! Options of `recommend`.

use clap::Args;

use super::TenantArgs;

/// Print recommendations for one user
///
/// The user is named by the id in the imported files, by the email of an account, or by the UUID.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys recommend --user 42
  recsys recommend --user ada@example.com -n 20 --explain
  recsys recommend --user 42 --json")]
pub(crate) struct RecommendArgs {
    /// Id in the imported files, email or UUID
    #[arg(long, value_name = "USER")]
    pub(crate) user: String,
    /// How many to print, 1 to 100
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) number: u16,
    /// Say what each recommendation is made of
    #[arg(long)]
    pub(crate) explain: bool,
    /// Model to ask, as als or item_knn; a name that does not exist lists all
    #[arg(long, value_name = "NAME", default_value = "hybrid")]
    pub(crate) algorithm: String,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
}
