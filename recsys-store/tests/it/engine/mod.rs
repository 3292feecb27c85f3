//! The engine on real storage.

mod announcing;
mod asking_why;
mod batches;
mod caching;
mod erasing;
mod fixture;
mod following;
mod fresh_tenant;
mod outage;
mod outbox;
mod same_answers;
mod serving;
mod training;
mod trending;
