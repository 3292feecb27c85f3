//! The `recsys` program, run as a process of its own on folders of its own.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod demo;
mod disconnects;
mod durability;
mod evaluate;
mod export;
mod failures;
mod files;
mod help;
mod http;
mod import;
mod models;
mod outbox;
mod postgres;
mod program;
mod recommend;
mod replicas;
mod subscriber;
mod tenant;
mod vectors;
