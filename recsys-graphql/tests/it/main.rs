//! The GraphQL API as a client sees it, without HTTP.

mod contract;
mod sdl;
