//! Recommending: reads, then one piece of work on the serving threads.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recsys_core::algo::AlgorithmConfig;
use recsys_core::data::{Aggregation, History, HistoryEvent, Timestamp};
use recsys_core::model::Scorer;
use recsys_core::query::QueryError;
use recsys_core::rerank::pool_size;
use uuid::Uuid;

use super::candidates::candidates;
use super::catalog::Catalog;
use super::diversify::diversify;
use super::models::Serving;
use super::rank::{Basis, Ranked, Scores, best, by_model, by_popularity};
use super::{
    EngineError, ErrorCode, FallbackReason, RecommendQuery, Recommendations, Recommended, Result,
    Source, TenantEngine, explain,
};
use crate::types::{Interaction, Item, ItemId, Tenant, UserId, now};

/// Events of a user that are read, newest first.
const HISTORY_LIMIT: u32 = 2_000;
/// Causes named in an explanation, and looked at for a reason.
const CAUSES_EXPLAINED: usize = 20;
const CAUSES_FOR_REASON: usize = 3;

impl TenantEngine {
    /// Recommends.
    ///
    /// # Errors
    /// `InvalidInput` naming the field (an unknown algorithm lists the known ones), `NotFound` for an
    /// unknown user.
    pub async fn recommend(&self, query: RecommendQuery) -> Result<Recommendations> {
        let started = Instant::now();
        check(&query)?;
        self.live.follow(&self.shared.serving).await?;
        let history = match query.user {
            Some(user) => self.history(user).await?,
            None => Vec::new(),
        };
        let work = Work {
            catalog: self.live.catalog(),
            serving: self.live.models().serve(&query.algorithm)?,
            tenant: self.live.tenant(),
            history,
            query,
        };
        Ok(self.shared.serving.run(move || work.answer(started)).await)
    }

    async fn history(&self, user: UserId) -> Result<Vec<Interaction>> {
        let stores = self.stores();
        let history = stores.interactions.history(user, HISTORY_LIMIT).await?;
        if history.is_empty() && stores.users.get_many(&[user]).await?.iter().all(Option::is_none) {
            let message = format!("user {user} does not exist");
            return Err(EngineError::new(ErrorCode::NotFound, message));
        }
        Ok(history)
    }
}

fn check(query: &RecommendQuery) -> Result<()> {
    AlgorithmConfig::named(&query.algorithm)
        .map_err(|unknown| EngineError::invalid("algorithm", unknown))?;
    if !(1..=1000).contains(&query.limit) {
        let problem = format!("is {}, expected 1 to 1000", query.limit);
        return Err(EngineError::invalid("limit", problem));
    }
    if let Some(diversity) = query.diversity.filter(|strength| !(0.0..=1.0).contains(strength)) {
        return Err(EngineError::invalid("diversity", format!("is {diversity}, expected 0 to 1")));
    }
    if query.seed_items.len() > 100 {
        let problem = format!("has {} items, at most 100", query.seed_items.len());
        return Err(EngineError::invalid("seed_items", problem));
    }
    if query.filter.min_rating.is_some_and(f64::is_nan) {
        return Err(EngineError::invalid("filter.min_rating", "is not a number"));
    }
    Ok(())
}

/// Everything that an answer is made of.
struct Work {
    catalog: Arc<Catalog>,
    serving: Option<Serving>,
    tenant: Arc<Tenant>,
    /// Newest first.
    history: Vec<Interaction>,
    query: RecommendQuery,
}

/// A user bound to a model.
struct Profile<'a> {
    scorer: Box<dyn Scorer + 'a>,
    serving: &'a Serving,
    source: Source,
    /// What the user did, as far as the model knows the items.
    history: History,
}

impl Work {
    fn answer(&self, started: Instant) -> Recommendations {
        let profile = self.serving.as_ref().and_then(|serving| self.bind(serving));
        let candidates = candidates(&self.catalog, &self.query.filter, &self.interacted());
        let Scores { all, shift } = match &profile {
            Some(profile) => {
                let Profile { serving, scorer, history, .. } = profile;
                by_model(&self.catalog, serving, &**scorer, history, &candidates)
            }
            None => by_popularity(&self.catalog, &candidates),
        };
        let total_count = all.len();
        let ranked = self.arrange(all);
        let describe =
            |(rank, ranked): (u32, &Ranked)| self.describe(ranked, rank, profile.as_ref(), shift);
        let items: Vec<Recommended> = (1..).zip(&ranked).map(describe).collect();
        let why = if self.serving.is_some() {
            FallbackReason::NoHistory
        } else {
            FallbackReason::Untrained
        };
        let source = profile.as_ref().map_or(Source::Fallback(why), |profile| profile.source);
        let serving = profile.as_ref().map(|profile| profile.serving);
        let positives = profile.as_ref().map_or(0, |profile| profile.history.as_row().positives());
        let explanation = self
            .query
            .explain
            .then(|| explain::of_list(&self.query.algorithm, serving, source, positives));
        Recommendations {
            id: Uuid::now_v7(),
            items,
            algorithm: self.query.algorithm.clone(),
            total_count,
            source,
            model_version: serving.map(|serving| serving.version().id),
            generated_at: now(),
            elapsed: started.elapsed().max(Duration::from_nanos(1)),
            explanation,
        }
    }

    /// Binds the user to the model: the trained profile if the model has seen everything, else the
    /// folded-in history. `None` if the model can do neither.
    fn bind<'a>(&'a self, serving: &'a Serving) -> Option<Profile<'a>> {
        let model = serving.model();
        let row = self.query.user.and_then(|user| {
            let data = model.interactions();
            let row = data.users().index(user.as_bytes())?;
            (data.user(row).positives() > 0).then_some(row)
        });
        let watermark = serving.version().watermark;
        let newer = self.history.iter().any(|event| event.sequence > watermark);
        let current = !newer && self.query.seed_items.is_empty();
        if let Some(fold_in) = model.as_fold_in()
            && !(current && row.is_some())
        {
            let history = history(
                &self.tenant.settings.aggregation,
                serving,
                &self.history,
                &self.query.seed_items,
            );
            let scorer =
                fold_in.fold_in(&history).inspect_err(|error| report(serving, error)).ok()?;
            return Some(Profile { scorer, serving, source: Source::FoldIn, history });
        }
        let row = row?;
        let history = History::from_row(model.interactions().user(row));
        let scorer = model.scorer(row).expect("the row comes from the model's own id map");
        Some(Profile { scorer, serving, source: Source::Model, history })
    }

    /// Returns what the user has done something with, and the seeds.
    fn interacted(&self) -> HashSet<ItemId> {
        let mut items: HashSet<ItemId> = self.history.iter().map(|event| event.item_id).collect();
        items.extend(&self.query.seed_items);
        // Older events than those that were read are in the model.
        if let (Some(serving), Some(user)) = (&self.serving, self.query.user) {
            let data = serving.model().interactions();
            if let Some(row) = data.users().index(user.as_bytes()) {
                let columns = data.user(row).iter().map(|(column, _)| column);
                items.extend(columns.filter_map(|column| serving.item_of(column)));
            }
        }
        items
    }

    fn arrange(&self, all: Vec<Ranked>) -> Vec<Ranked> {
        let limit = self.query.limit;
        match self.query.diversity.filter(|strength| *strength > 0.0) {
            None => best(&self.catalog, all, limit),
            Some(strength) => {
                let pool = best(&self.catalog, all, pool_size(limit));
                diversify(&pool, |ranked| self.item(ranked), f64::from(strength), limit)
            }
        }
    }

    fn describe(
        &self,
        ranked: &Ranked,
        rank: u32,
        profile: Option<&Profile<'_>>,
        shift: f64,
    ) -> Recommended {
        let item = self.item(ranked);
        let explanation = match (profile, ranked.basis) {
            (Some(profile), Basis::Model(column)) => {
                let causes = if self.query.explain { CAUSES_EXPLAINED } else { CAUSES_FOR_REASON };
                let explanation = profile.scorer.explain(column, causes);
                explain::of_model(&self.catalog, profile.serving, &explanation)
            }
            (_, Basis::Content) => explain::of_content(ranked.score),
            _ => explain::of_popularity(&self.catalog, item, shift),
        };
        Recommended {
            item: Arc::clone(item),
            score: ranked.score,
            rank,
            reason: Some(explain::reason(item, &explanation)),
            explanation: self.query.explain.then_some(explanation),
        }
    }

    fn item(&self, ranked: &Ranked) -> &Arc<Item> {
        self.catalog.at(ranked.slot).expect("candidates come from this snapshot")
    }
}

/// Reports what keeps a model from serving a history, unless there is just nothing in it to go by: the
/// answer falls back to popularity and says so, but an operator must hear of a fault.
fn report(serving: &Serving, error: &QueryError) {
    if *error != QueryError::EmptyHistory {
        tracing::error!(model = %serving.version().id, %error, "a model cannot fold in a history");
    }
}

/// Reduces events (newest first) and seeds to a history in the model's columns. Ages count from the
/// newest event.
fn history(
    aggregation: &Aggregation,
    serving: &Serving,
    events: &[Interaction],
    seeds: &[ItemId],
) -> History {
    let reference = events.first().map(|event| Timestamp(event.at.timestamp_millis()));
    let known = events.iter().rev().filter_map(|event| {
        #[expect(clippy::cast_possible_truncation, reason = "events count in single precision")]
        let value = event.value as f32;
        let at = Some(Timestamp(event.at.timestamp_millis()));
        Some(HistoryEvent { item: serving.column_of(event.item_id)?, kind: &event.kind, value, at })
    });
    let seeds = seeds.iter().filter_map(|seed| {
        let item = serving.column_of(*seed)?;
        Some(HistoryEvent { item, kind: "view", value: 1.0, at: reference })
    });
    aggregation.history(reference, known.chain(seeds))
}
