//! The server around the engine: configuration, authentication, HTTP and the command line.
//!
//! [`app::App`] puts the parts together; the `recsys` binary, the commands and the tests all start
//! from it. No recommendation logic lives here: that is recsys-store's engine.

pub mod app;
pub mod auth;
pub mod http;
pub mod sharing;
pub mod shutdown;
pub mod storage;
pub mod vectors;
