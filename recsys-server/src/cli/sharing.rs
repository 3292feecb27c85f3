//! Options of commands that work beside others.

use clap::Args;

use super::SecretArg;

/// How a worker works.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// For how long a training stays with a worker that says nothing, before another takes it over
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "RECSYS_TRAINING_LEASE", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) lease: u32,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
}

/// What is shared with other processes besides the database.
#[derive(Clone, Debug, Args)]
pub(crate) struct SharingArgs {
    /// Redis for cache, limits and announcements: redis://HOST for one node, several of them (or
    /// redis+cluster://HOST) for a cluster, redis+sentinel://HOST/NAME for sentinels. The variable REDIS_NODES says the
    /// same and keeps a password out of lists of processes
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) redis: Vec<SecretArg>,
    /// What names in Redis begin with; another one for each application that shares it
    #[arg(long, value_name = "NAME", default_value = "recsys", env = "RECSYS_REDIS_PREFIX")]
    pub(crate) redis_prefix: String,
}
