//! The command line: every command with its options and its help. What a command does is in `commands`.

mod evaluate;
mod export;
mod import;
mod model;
mod recommend;
mod serve;
mod sharing;
mod tenant;
mod train;
mod vectors;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

pub(crate) use self::evaluate::{EvaluateArgs, FormatArg, SplitArg};
pub(crate) use self::export::ExportArgs;
pub(crate) use self::import::{ImportCommand, ImportExportArgs, InputArgs};
pub(crate) use self::model::{ModelCommand, ModelRollbackArgs};
pub(crate) use self::recommend::RecommendArgs;
pub(crate) use self::serve::ListenArgs;
pub(crate) use self::sharing::{SharingArgs, WorkerArgs};
pub(crate) use self::tenant::{
    HalfLife, RegistrationArg, Schedule, StatusArg, TenantCommand, TenantCreateArgs,
    TenantUpdateArgs,
};
pub(crate) use self::train::TrainArgs;
pub(crate) use self::vectors::{VectorArgs, VectorsArg};

/// Where everything lies when `--data` does not say.
pub(crate) const DEFAULT_DATA: &str = "./recsys-data";

const EVERYWHERE: &str = "Options of every command";

const EXAMPLES: &str = "\
Examples:
  recsys demo                              try it: a shop with made-up data, served on port 8000
  recsys import movielens ./ml-latest-small
  recsys train
  recsys recommend --user 42 -n 5 --explain
  recsys serve --port 8080

Every command has its own help: recsys help import";

/// Recommends items to users: import data, train a model, ask it here or over GraphQL.
///
/// One program, nothing else to install. All data lies in one folder (--data), or rows and models in a
/// PostgreSQL database that many servers share (--database).
#[derive(Debug, Parser)]
#[command(
    name = "recsys",
    version,
    after_help = EXAMPLES,
    max_term_width = 100,
    propagate_version = true,
    styles = STYLES,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// PostgreSQL database in place of the one in the folder, postgres://USER:PASSWORD@HOST/NAME. The
    /// variable DATABASE_URL says the same (to all but demo) and keeps the password out of lists of processes
    #[arg(long, global = true, value_name = "URL", help_heading = EVERYWHERE)]
    pub(crate) database: Option<SecretArg>,
    /// Folder that holds everything: database, models, keys. Created when it is not there
    /// [default: ./recsys-data; demo: a temporary folder]
    #[arg(long, global = true, value_name = "DIR", env = "RECSYS_DATA", help_heading = EVERYWHERE)]
    pub(crate) data: Option<PathBuf>,
    /// Place of the files of models in place of the folder or the database: file:///PATH, s3://BUCKET/PREFIX,
    /// gs://BUCKET/PREFIX or az://CONTAINER/PREFIX, with the credentials in the variables of the service. The
    /// variable MODELS_URL says the same (to all but demo)
    #[arg(long, global = true, value_name = "URL", help_heading = EVERYWHERE)]
    pub(crate) models: Option<SecretArg>,
    /// Versions of each model to keep: the current one and those to go back to [default: 3]
    #[arg(long, global = true, value_name = "NUMBER", env = "RECSYS_MODELS_KEPT", help_heading = EVERYWHERE)]
    pub(crate) models_kept: Option<NonZeroU32>,
    /// Print the result as JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
}

/// An address with a password that is not to be shown: it is read later, because what
/// the parser of the command line refuses it also repeats.
#[derive(Clone)]
pub(crate) struct SecretArg(pub(crate) String);

impl From<String> for SecretArg {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for SecretArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretArg")
    }
}

/// The tenant a command works on.
#[derive(Debug, Args)]
pub(crate) struct TenantArgs {
    /// Domain of the tenant; needed only when there are several
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) tenant: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a server with a made-up shop to play with; needs nothing
    ///
    /// Makes up a catalogue and users with tastes, trains a model on what they did, prints a login
    /// and commands to try, and serves until Ctrl-C. The data is gone afterwards unless --data says
    /// where to keep it.
    #[command(after_help = "\
Examples:
  recsys demo
  recsys demo --port 9000
  recsys demo --data ./demo-data      keep it; the next start continues where this one stopped")]
    Demo(ListenArgs),
    /// Measure algorithms on data with held-out events
    Evaluate(EvaluateArgs),
    /// Write everything that is kept of tenants into a folder
    Export(ExportArgs),
    /// Read a catalogue or what users did from files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Bring the database up to the version of this program
    ///
    /// Other commands do this by themselves; this one only does it, for example before an update is
    /// rolled out. It creates the folder and an empty database when there is none.
    #[command(after_help = "\
Examples:
  recsys migrate
  recsys migrate --data /var/lib/recsys
  DATABASE_URL=postgres://recsys:secret@db.example.com/recsys recsys migrate")]
    Migrate,
    /// List the kept versions of models, or go back to an older one
    #[command(subcommand)]
    Model(ModelCommand),
    /// Print recommendations for one user
    Recommend(RecommendArgs),
    /// Serve the GraphQL API until Ctrl-C
    ///
    /// The API is at /graphql, a page to try it at /graphiql, and /health/live answers once it serves.
    #[command(after_help = "\
Examples:
  recsys serve
  recsys serve --port 8080 --data /var/lib/recsys
  recsys serve --host 0.0.0.0         reachable from other machines
  DATABASE_URL=postgres://recsys:secret@db.example.com/recsys recsys serve")]
    Serve(ListenArgs),
    /// Create, change and list tenants, the separate worlds in one database
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Train a model on everything recorded so far
    Train(TrainArgs),
    /// Run queued trainings, and those that tenants' policies ask for, until Ctrl-C
    ///
    /// Any number of workers and servers may work on one database: each training runs in one of them, and one
    /// whose worker has died is taken over. Servers train as well, unless they are started with --no-worker.
    #[command(after_help = "\
Examples:
  recsys worker
  DATABASE_URL=postgres://recsys:secret@db.example.com/recsys recsys worker --redis redis://cache.example.com")]
    Worker(WorkerArgs),
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
