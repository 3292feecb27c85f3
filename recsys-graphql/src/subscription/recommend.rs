//! Lists that are sent again when they change.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, Subscription};
use recsys_store::{
    engine::{RecommendQuery, Recommendations, TrendingItem as Trending, TrendingQuery},
    types::{Change, ItemId, Subject, UserId},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use super::{
    feed::{Entries, Feed, entries},
    watch::Watch,
};
use crate::{
    context::Scope,
    error::{ApiError, Result},
    input::RecommendationOptions,
    limits::ranking_cost,
    types::{RecommendationItem, TrendingItem},
};

/// Least time between two lists for one subscriber, so that a burst of events makes one list.
const LIST_PACE: Duration = Duration::from_millis(100);
/// The same for what is trending, which everybody's events change.
const TRENDING_PACE: Duration = Duration::from_secs(1);
/// Length of the list of what is trending.
const TRENDING_LENGTH: usize = 10;

#[derive(Debug, Default)]
pub(super) struct RecommendSubscription;

#[Subscription]
impl RecommendSubscription {
    /// The ten items that the signed-in user may like: at once, and again whenever the list changes
    /// because of what the user does or because of a new model.
    #[graphql(complexity = "ranking_cost(None, 10, child_complexity)")]
    async fn recommendation_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(\"hybrid\".to_owned())")] algorithm: Option<String>,
    ) -> Result<Entries<Vec<RecommendationItem>>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            let (_, caller) = scope.signed_in().await?;
            let mut query = RecommendationOptions::query(None, Some(caller.id))?;
            query.algorithm = algorithm.unwrap_or(query.algorithm);
            let watch = Watch::start(scope, &[Subject::Models]).await?;
            let turns = scope.refreshes();
            let pace = Pace::of(LIST_PACE);
            Ok(Lists { watch, user: caller.id, query, turns, pace, sent: None })
        })
        .await
    }

    /// The items with which most is done right now: at once, and again, at most once a second,
    /// whenever that changes.
    #[graphql(complexity = "ranking_cost(None, 10, child_complexity)")]
    async fn trending_items(
        &self,
        ctx: &Context<'_>,
        category: Option<String>,
    ) -> Result<Entries<Vec<TrendingItem>>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            let watch = Watch::start(scope, &[Subject::Feedback, Subject::Catalog]).await?;
            let turns = scope.refreshes();
            let pace = Pace::of(TRENDING_PACE);
            Ok(Trends { watch, category, turns, pace, sent: None })
        })
        .await
    }
}

/// The lists of one user.
struct Lists {
    watch: Watch,
    user: UserId,
    query: RecommendQuery,
    turns: Arc<Semaphore>,
    pace: Pace,
    sent: Option<Vec<(ItemId, u64)>>,
}

impl Feed for Lists {
    type Entry = Vec<RecommendationItem>;

    async fn next(&mut self) -> Result<Option<Self::Entry>> {
        loop {
            if self.sent.is_some() && !self.changed().await? {
                return Ok(None);
            }
            let changed = self.sent.as_ref().map(|_| Instant::now());
            self.pace.wait().await;
            self.watch.drain().await?;
            let list = Box::pin(self.list()).await?;
            if let Some(changed) = changed {
                metrics::histogram!("event_to_recommendation_seconds").record(changed.elapsed());
            }
            let places =
                list.items.iter().map(|place| (place.item.id, place.score.to_bits())).collect();
            if self.sent.as_ref() != Some(&places) {
                self.sent = Some(places);
                return Ok(Some(RecommendationItem::list(&self.watch.tenant, list.items)));
            }
        }
    }
}

impl Lists {
    /// Waits for what may change the list.
    async fn changed(&mut self) -> Result<bool> {
        let user = self.user;
        let own = |change: &Change| match change {
            Change::InteractionRecorded(event) => event.user_id == user,
            Change::ItemRated(rating) => rating.user_id == user,
            Change::UserChanged(changed) => *changed == user,
            Change::ModelPublished { .. } => true,
            _ => false,
        };
        self.watch.changed(own).await
    }

    async fn list(&mut self) -> Result<Recommendations> {
        let _turn = self.turns.acquire().await;
        let list = self.watch.tenant.recommend(self.query.clone()).await;
        list.map_err(|error| match ApiError::from(error).inside("options") {
            // The field takes the algorithm without options around it.
            ApiError::Input { field, problem } => {
                ApiError::input(field.trim_start_matches("options."), problem)
            }
            error => error,
        })
    }
}

/// What is trending in a tenant.
struct Trends {
    watch: Watch,
    category: Option<String>,
    turns: Arc<Semaphore>,
    pace: Pace,
    sent: Option<Vec<(ItemId, u64)>>,
}

impl Feed for Trends {
    type Entry = Vec<TrendingItem>;

    async fn next(&mut self) -> Result<Option<Self::Entry>> {
        loop {
            if self.sent.is_some() && !self.watch.changed(|_| true).await? {
                return Ok(None);
            }
            self.pace.wait().await;
            self.watch.drain().await?;
            let found = Box::pin(self.found()).await?;
            // Scores sink all the time; what counts is who is there and how much was done.
            let places = found.iter().map(|place| (place.item.id, place.interactions)).collect();
            if self.sent.as_ref() != Some(&places) {
                self.sent = Some(places);
                return Ok(Some(TrendingItem::list(&self.watch.tenant, found)));
            }
        }
    }
}

impl Trends {
    async fn found(&mut self) -> Result<Vec<Trending>> {
        let _turn = self.turns.acquire().await;
        let query = TrendingQuery { category: self.category.clone(), limit: TRENDING_LENGTH };
        Ok(self.watch.tenant.trending(query).await?)
    }
}

/// Keeps a distance between two turns; the first is free.
struct Pace {
    distance: Duration,
    next: Option<Instant>,
}

impl Pace {
    fn of(distance: Duration) -> Self {
        Self { distance, next: None }
    }

    async fn wait(&mut self) {
        if let Some(next) = self.next {
            sleep_until(next).await;
        }
        self.next = Some(Instant::now() + self.distance);
    }
}
