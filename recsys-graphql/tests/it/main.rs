//! The GraphQL API as a client sees it, without HTTP.

mod contract;
mod embedded;
mod failures;
mod loads;
mod pages;
mod people;
mod recommending;
mod sdl;
mod subscriptions;
mod support;
