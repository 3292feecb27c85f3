//! Options of the commands that serve.

use std::net::IpAddr;

use clap::Args;

/// Where to listen.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Port to listen on; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8000, env = "RECSYS_PORT")]
    pub(crate) port: u16,
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", env = "RECSYS_HOST")]
    pub(crate) host: IpAddr,
    /// Origins of other sites whose pages may open a WebSocket, e.g. https://shop.example.com
    #[arg(long = "origin", value_name = "ORIGIN", env = "RECSYS_ORIGINS", value_delimiter = ',')]
    pub(crate) origins: Vec<String>,
}
