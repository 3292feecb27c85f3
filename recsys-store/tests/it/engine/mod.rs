//! The engine on real storage.

mod fixture;
mod following;
mod fresh_tenant;
mod serving;
mod training;
