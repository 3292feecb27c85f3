//! Clients of a server's API, with nothing between them and the wire.

pub(crate) mod http;
pub(crate) mod socket;
