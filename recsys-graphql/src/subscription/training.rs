//! Trainings as they go on.

use std::time::Duration;

use async_graphql::{Context, Subscription};
use futures_util::FutureExt as _;
use recsys_store::types::{self, Change, JobId, Subject};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    feed::{Entries, Feed, entries},
    watch::{News, Watch},
};
use crate::{context::Scope, error::Result, types::TrainingJob};

/// How often to look at a training of which nothing is heard: another process may run it.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct TrainingSubscription;

#[Subscription]
impl TrainingSubscription {
    /// A training: at once, whenever it gets on, and at its end, with which the subscription ends.
    /// For administrators.
    async fn training_progress(
        &self,
        ctx: &Context<'_>,
        job_id: Uuid,
    ) -> Result<Entries<TrainingJob>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            scope.admin().await?;
            let job = JobId(job_id);
            let watch = Watch::start(scope, &[Subject::Job(job)]).await?;
            watch.tenant.training_job(job).await?;
            Ok(Progress { watch, job, sent: None })
        })
        .await
    }
}

struct Progress {
    watch: Watch,
    job: JobId,
    sent: Option<types::TrainingJob>,
}

impl Feed for Progress {
    type Entry = TrainingJob;

    async fn next(&mut self) -> Result<Option<TrainingJob>> {
        if self.sent.as_ref().is_some_and(|sent| sent.status.is_finished()) {
            return Ok(None);
        }
        loop {
            let job = match &self.sent {
                None => self.watch.tenant.training_job(self.job).await?,
                Some(_) => match timeout(POLL_INTERVAL, self.reported()).await {
                    Ok(job) => job?,
                    Err(_) => self.watch.tenant.training_job(self.job).await?,
                },
            };
            if self.sent.as_ref() != Some(&job) {
                self.sent = Some(job.clone());
                return Ok(Some(job.into()));
            }
        }
    }
}

impl Progress {
    /// Waits for a report and returns the newest that is there.
    async fn reported(&mut self) -> Result<types::TrainingJob> {
        let mut newest = None;
        loop {
            let news = match newest.take() {
                None => self.watch.next().await?,
                Some(job) => match self.watch.next().now_or_never() {
                    Some(news) => {
                        newest = Some(job);
                        news?
                    }
                    None => return Ok(job),
                },
            };
            match news {
                Some(News::Change(event)) => {
                    if let Change::JobMoved(job) = &event.change
                        && job.id == self.job
                    {
                        newest = Some(job.as_ref().clone());
                    }
                }
                Some(News::Gap) | None => {
                    return Ok(self.watch.tenant.training_job(self.job).await?);
                }
            }
        }
    }
}
