//! The engine on real storage.

mod announcing;
mod asking_why;
mod batches;
mod caching;
mod describing;
mod doubles;
mod erasing;
mod fixture;
mod following;
mod fresh_tenant;
#[cfg(feature = "qdrant")]
mod indexing;
mod outage;
mod outbox;
mod rolling_back;
mod same_answers;
mod serving;
mod training;
mod trending;
