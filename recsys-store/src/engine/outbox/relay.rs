//! The task that follows one tenant for its subscribers.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use super::super::Result;
use super::super::handle::Shared;
use super::super::vectors::EMBEDDER;
use super::heard::Heard;
use super::{Waiting, Watched};
use crate::traits::Subscription;
use crate::types::{
    BusEvent, Change, DescriptionChange, DescriptionChangeKind, Interaction, ItemId, RATING_KIND,
    Revisions, Subject, TenantId, Topic, UserId,
};

/// How often to look; also how long a writer has to announce what it has committed.
const LOOK: Duration = Duration::from_secs(1);
/// Lost announcements that are made up for one by one: as many as one bulk mutation makes.
const MOST: usize = 1_000;
/// Descriptions read at once; with more that have changed all of them count as lost.
const DESCRIPTIONS: u32 = 10_000;
/// Events read at once.
const SCAN_CHUNK: u32 = 5_000;
/// Least time between two gaps, so that an import does not send subscribers away every second.
const GAP_PACE: Duration = Duration::from_secs(5);

/// Follows one tenant while somebody holds it.
pub(super) struct Relay {
    shared: Weak<Shared>,
    watched: Weak<Watched>,
    tenant: TenantId,
    heard: Heard,
    /// Everything up to there was announced, or was there before; unknown while the storage could not be reached.
    settled: Option<Revisions>,
    /// What the last look found.
    found: Option<Revisions>,
    /// When the oldest of what is not settled was found.
    since: Instant,
    /// When subscribers were last told of a gap.
    gap: Option<Instant>,
}

impl Relay {
    /// Starts the task. Fails if what carries the news cannot be reached.
    pub(super) async fn start(
        shared: &Arc<Shared>,
        tenant: TenantId,
        watched: &Arc<Watched>,
    ) -> Result<()> {
        // Before listening: what is announced in between is announced again rather than not at all.
        let settled = match shared.storage.tenants().revisions(tenant).await {
            Ok(revisions) => Some(revisions),
            Err(error) if error.is_retryable() => None,
            Err(error) => return Err(error.into()),
        };
        let subjects = [Subject::Feedback, Subject::Catalog, Subject::Models];
        let topics = subjects.map(|subject| Topic { tenant, subject });
        let news = shared.events.subscribe(&topics).await?;
        let relay = Self {
            shared: Arc::downgrade(shared),
            watched: Arc::downgrade(watched),
            tenant,
            heard: Heard::default(),
            settled,
            found: None,
            since: Instant::now(),
            gap: None,
        };
        // Ends by itself, at the next look, when nobody holds the tenant.
        tokio::spawn(relay.run(news));
        Ok(())
    }

    async fn run(mut self, mut news: Subscription) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                delivery = news.next() => match delivery {
                    Some(delivery) => self.heard.note(&delivery),
                    None => return,
                },
                _ = looks.tick() => {
                    // What has arrived was announced before this look; later news wait.
                    for _ in 0..MOST {
                        let Some(Some(delivery)) = news.next().now_or_never() else { break };
                        self.heard.note(&delivery);
                    }
                    if !self.look().await {
                        return;
                    }
                }
            }
        }
    }

    /// Looks once; false if nobody is interested any more.
    async fn look(&mut self) -> bool {
        let (Some(shared), Some(watched)) = (self.shared.upgrade(), self.watched.upgrade()) else {
            return false;
        };
        let began = Instant::now();
        match self.catch_up(&shared).await {
            Ok(true) => self.since = began,
            Ok(false) => {}
            Err(error) => {
                let tenant = self.tenant;
                tracing::debug!(%tenant, %error, "cannot look for what was not announced");
            }
        }
        let pending = self.pending();
        *watched.waiting() = Waiting { pending, since: (pending > 0).then_some(self.since) };
        true
    }

    /// Settles what the look before had found; false if that has to wait.
    async fn catch_up(&mut self, shared: &Shared) -> Result<bool> {
        let now = shared.storage.tenants().revisions(self.tenant).await?;
        let due = self.found.replace(now.clone());
        let Some(settled) = self.settled.clone() else {
            self.tell_gap(shared, now);
            return Ok(true);
        };
        let Some(due) = due else { return Ok(true) };
        let Some(lost) = self.lost(shared, &settled, &due).await? else {
            let is_early = self.gap.is_some_and(|gap| gap.elapsed() < GAP_PACE);
            if !is_early {
                self.tell_gap(shared, now);
            }
            return Ok(!is_early);
        };
        if !lost.is_empty() {
            tracing::debug!(tenant = %self.tenant, changes = lost.len(), "announcing what others have not");
            metrics::counter!("outbox_relayed_total").increment(lost.len() as u64);
            shared.wrote(self.tenant);
            lost.into_iter().for_each(|event| shared.events.deliver(event));
        }
        self.settled = Some(due);
        self.heard.turn();
        Ok(true)
    }

    /// Returns what was not announced between two states; none if it is too much.
    async fn lost(
        &mut self,
        shared: &Shared,
        settled: &Revisions,
        due: &Revisions,
    ) -> Result<Option<Vec<BusEvent>>> {
        let mut lost = Vec::new();
        if due.catalog > settled.catalog {
            let stores = shared.storage.tenant(self.tenant);
            let changed = stores.catalog.descriptions(settled.catalog, DESCRIPTIONS).await?;
            let all = changed.len() < DESCRIPTIONS as usize;
            let heard = &mut self.heard;
            let is_lost =
                |it: &DescriptionChange| it.revision <= due.catalog && !heard.description(it);
            let tenant = self.tenant;
            lost.extend(changed.into_iter().filter(is_lost).map(|it| described(tenant, it)));
            if !all || lost.len() > MOST {
                return Ok(None);
            }
        }
        match self.heard.unheard(settled.log, due.log) {
            Some((_, count)) if count > MOST as u64 => return Ok(None),
            Some((first, _)) => lost.extend(self.lost_events(shared, first, due.log).await?),
            None => {}
        }
        let unknown =
            |version: &Uuid| !settled.models.contains(version) && !self.heard.model(*version);
        let published: Vec<Uuid> = due.models.iter().copied().filter(unknown).collect();
        if !published.is_empty() {
            let stores = shared.storage.tenant(self.tenant);
            let mut current = stores.models.current_all().await?;
            current
                .retain(|version| version.algorithm != EMBEDDER && published.contains(&version.id));
            lost.extend(current.into_iter().map(|version| {
                let (algorithm, version) = (version.algorithm, version.id);
                BusEvent::new(self.tenant, Change::ModelPublished { algorithm, version })
            }));
        }
        Ok(Some(lost))
    }

    /// Returns the events from the place `first` to `last` that were not announced, and those of the same users
    /// behind them.
    async fn lost_events(&self, shared: &Shared, first: u64, last: u64) -> Result<Vec<BusEvent>> {
        let log = shared.storage.tenant(self.tenant).interactions;
        let (mut lost, mut users) = (Vec::new(), HashSet::new());
        let mut after = first - 1;
        while after < last {
            let events = log.scan(after, SCAN_CHUNK).await?;
            let is_end = events.len() < SCAN_CHUNK as usize;
            after = events.last().map_or(last, |event| event.sequence);
            for event in events.into_iter().take_while(|event| event.sequence <= last) {
                if users.contains(&event.user_id) || !self.heard.event(&event) {
                    users.insert(event.user_id);
                    lost.push(event);
                }
            }
            if is_end {
                break;
            }
        }
        let rated = |event: &&Interaction| event.kind == RATING_KIND;
        let pairs: Vec<(UserId, ItemId)> =
            lost.iter().filter(rated).map(|event| (event.user_id, event.item_id)).collect();
        let mut ratings = match pairs.as_slice() {
            [] => Vec::new(),
            pairs => log.ratings_of(pairs).await?,
        }
        .into_iter();
        // A rating that has gone meanwhile is no news.
        let change = |event: Interaction| {
            if event.kind == RATING_KIND {
                Some(Change::ItemRated(Box::new(ratings.next()??)))
            } else {
                Some(Change::InteractionRecorded(Box::new(event)))
            }
        };
        let changes = lost.into_iter().filter_map(change);
        Ok(changes.map(|change| BusEvent::new(self.tenant, change)).collect())
    }

    /// Tells subscribers that there is a gap: who reads now, reads everything up to `now` at least.
    fn tell_gap(&mut self, shared: &Shared, now: Revisions) {
        tracing::debug!(tenant = %self.tenant, "announcing many changes as a gap");
        metrics::counter!("outbox_gaps_total").increment(1);
        shared.wrote(self.tenant);
        shared.events.miss(self.tenant);
        self.gap = Some(Instant::now());
        self.settled = Some(now);
        self.heard.turn();
    }

    /// Counts the events and models that were found and not announced.
    fn pending(&self) -> u64 {
        let Some((settled, found)) = self.settled.as_ref().zip(self.found.as_ref()) else {
            return 0;
        };
        let unheard = self.heard.unheard(settled.log, found.log);
        let models = found.models.iter().filter(|version| !settled.models.contains(version));
        let models = models.filter(|version| !self.heard.model(**version)).count();
        unheard.map_or(0, |(_, count)| count) + models as u64
    }
}

fn described(tenant: TenantId, change: DescriptionChange) -> BusEvent {
    let DescriptionChange { revision, item, kind } = change;
    let change = match kind {
        DescriptionChangeKind::Created => Change::ItemCreated(item),
        DescriptionChangeKind::Changed => Change::ItemChanged(item),
        DescriptionChangeKind::Deleted => Change::ItemDeleted(item),
    };
    BusEvent::new(tenant, change).with_revision(Some(revision))
}
