//! Options of the commands that serve.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::{SharingArgs, VectorArgs};

/// Where to listen.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Port to listen on; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8000, env = "RECSYS_PORT")]
    pub(crate) port: u16,
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", env = "RECSYS_HOST")]
    pub(crate) host: IpAddr,
    /// Origins of other sites whose pages may use the API, e.g. `https://shop.example.com`
    #[arg(long = "origin", value_name = "ORIGIN", env = "RECSYS_ORIGINS", value_delimiter = ',')]
    pub(crate) origins: Vec<String>,
    /// File (TOML) with rate limits and quotas in place of the defaults
    #[arg(long, value_name = "FILE", env = "RECSYS_LIMITS")]
    pub(crate) limits: Option<PathBuf>,
    /// Networks of proxies whose X-Forwarded-For or Forwarded names the client, e.g. 10.0.0.0/8
    #[arg(long = "proxy", value_name = "NETWORK", env = "RECSYS_PROXIES", value_delimiter = ',')]
    pub(crate) proxies: Vec<IpNet>,
    /// Leave trainings to `recsys worker` and other servers
    #[arg(long)]
    pub(crate) no_worker: bool,
    /// How many servers share the limits; each keeps its part of them while Redis is away
    #[arg(long, value_name = "NUMBER", default_value_t = 1, env = "RECSYS_REPLICAS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replicas: u32,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
    #[command(flatten)]
    pub(crate) vectors: VectorArgs,
    /// Networks that may read /metrics [default: this machine]
    #[arg(long, value_name = "NETWORK", env = "RECSYS_METRICS_FROM", value_delimiter = ',')]
    pub(crate) metrics_from: Vec<IpNet>,
}
