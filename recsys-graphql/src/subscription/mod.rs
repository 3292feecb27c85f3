//! The subscription fields, by subject.
//!
//! A field checks the caller, subscribes to the engine's news, and turns them into what the schema
//! says ([`Feed`](feed::Feed)); [`subscribe`] waits for it. The caller's account is looked at again while news arrive
//! ([`Watch`](watch::Watch)); a stream that cannot go on ends with an error.
//!
//! News come at least once, and of each user in order. Lists are made anew upon news and sent when they differ, so a
//! double makes no difference to them; where each piece of news is an entry, a double is one more entry with the same id.

mod catalog;
mod feed;
mod feedback;
mod idle;
mod performance;
mod recommend;
mod training;
mod watch;

use async_graphql::MergedSubscription;

pub(crate) use self::idle::Given;
pub use self::idle::subscribe;

/// What can be followed.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(
    recommend::RecommendSubscription,
    feedback::FeedbackSubscription,
    catalog::CatalogSubscription,
    training::TrainingSubscription,
    performance::PerformanceSubscription,
);
