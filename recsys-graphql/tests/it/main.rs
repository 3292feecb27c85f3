//! The GraphQL API as a client sees it, without HTTP.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod contract;
mod sdl;
