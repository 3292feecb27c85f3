//! The engine on real storage.

mod announcing;
mod fixture;
mod following;
mod fresh_tenant;
mod serving;
mod training;
mod trending;
