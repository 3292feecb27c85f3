//! The `recsys` program, run as a process of its own on folders of its own.

mod demo;
mod durability;
mod failures;
mod files;
mod help;
mod http;
mod import;
mod program;
mod recommend;
mod tenant;
