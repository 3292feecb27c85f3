//! The engine on real storage.

mod asking_why;
mod batches;
mod caching;
mod erasing;
mod announcing;
mod fixture;
mod following;
mod fresh_tenant;
mod outage;
mod same_answers;
mod serving;
mod training;
mod trending;
