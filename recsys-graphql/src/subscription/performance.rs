//! How the API is doing, again and again.

use std::time::Duration;

use async_graphql::{Context, Subscription};
use tokio::time::{Instant, sleep_until};

use super::{
    feed::{Entries, Feed, entries},
    watch::Watch,
};
use crate::{
    context::Scope,
    error::{ApiError, Result},
    meter::Meter,
    types::PerformanceMetrics,
};

/// Seconds between two figures, at least and at most.
const INTERVALS: std::ops::RangeInclusive<i32> = 1..=3_600;

#[derive(Debug, Default)]
pub(super) struct PerformanceSubscription;

#[Subscription]
impl PerformanceSubscription {
    /// How the tenant's requests have done in the last five minutes: at once, and every 1 to 3,600
    /// seconds. For administrators.
    async fn performance_metrics_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 30)] interval_seconds: Option<i32>,
    ) -> Result<Entries<PerformanceMetrics>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            scope.admin().await?;
            let seconds = interval_seconds.unwrap_or(30);
            if !INTERVALS.contains(&seconds) {
                let problem = format!("is {seconds}, expected 1 to 3600");
                return Err(ApiError::input("intervalSeconds", problem));
            }
            let watch = Watch::start(scope, &[]).await?;
            let interval = Duration::from_secs(u64::from(seconds.unsigned_abs()));
            let meter = scope.meter().clone();
            Ok(Performance { watch, meter, interval, next: Instant::now() })
        })
        .await
    }
}

struct Performance {
    watch: Watch,
    meter: Meter,
    interval: Duration,
    next: Instant,
}

impl Feed for Performance {
    type Entry = PerformanceMetrics;

    async fn next(&mut self) -> Result<Option<PerformanceMetrics>> {
        loop {
            tokio::select! {
                () = sleep_until(self.next) => break,
                // News of the caller's account: whoever ceases to administer hears no more.
                news = self.watch.next() => if news?.is_none() { return Ok(None) },
            }
        }
        self.next = Instant::now() + self.interval;
        Ok(Some(self.meter.figures_of(self.watch.tenant.stores().id).into()))
    }
}
