//! The GraphQL API as a client sees it, without HTTP.

mod contract;
mod embedded;
mod failures;
mod loads;
mod sdl;
mod subscriptions;
mod support;
