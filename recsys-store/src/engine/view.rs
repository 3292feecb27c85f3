//! What a question is answered on: the state of the tenant at one moment, and what is known of the user.

use std::sync::Arc;

use recsys_core::algo::AlgorithmConfig;
use uuid::Uuid;

use super::cache::{ListKey, Question};
use super::catalog::Catalog;
use super::live::Live;
use super::models::{Models, Serving};
use super::{EngineError, RecommendQuery, Result};
use crate::types::{Interaction, Tenant};

/// Events of a user that are read, newest first.
pub(super) const HISTORY_LIMIT: u32 = 2_000;

/// The state of a tenant at one moment.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) tenant: Arc<Tenant>,
    /// A name for the tenant's settings.
    pub(super) settings: Uuid,
    pub(super) catalog: Arc<Catalog>,
    pub(super) models: Arc<Models>,
    live: Arc<Live>,
}

/// A question that can be answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) query: Arc<RecommendQuery>,
    pub(super) serving: Option<Serving>,
    pub(super) key: ListKey,
}

/// What a user did.
#[derive(Clone, Debug)]
pub(super) enum Past {
    /// The newest events, newest first.
    Read(Arc<Vec<Interaction>>),
    /// The storage cannot be reached; all there is, is what a model has learnt.
    Unknown(EngineError),
}

impl Past {
    pub(super) fn events(&self) -> &[Interaction] {
        match self {
            Self::Read(events) => events,
            Self::Unknown(_) => &[],
        }
    }

    /// Tells whether there may be an event that a model with this watermark has seen.
    pub(super) fn may_begin_before(&self, watermark: u64) -> bool {
        match self {
            Self::Read(events) => {
                events.len() >= HISTORY_LIMIT as usize
                    || events.iter().any(|event| event.sequence <= watermark)
            }
            Self::Unknown(_) => true,
        }
    }
}

impl View {
    pub(super) fn new(live: &Arc<Live>) -> Self {
        let (tenant, settings) = live.tenant_and_settings();
        let (catalog, models) = (live.catalog(), live.models());
        Self { tenant, settings, catalog, models, live: Arc::clone(live) }
    }

    /// Checks a question and finds what it depends on. The version of the user is taken here, so that a
    /// history which is read later has all that it stands for.
    pub(super) fn ask(&self, query: RecommendQuery) -> Result<Asked> {
        check(&query)?;
        let serving = self.models.serve(&query.algorithm)?;
        let key = ListKey {
            tenant: self.tenant.id,
            model: serving.as_ref().map(|serving| serving.version().id),
            settings: self.settings,
            description: self.catalog.description(),
            counters: Some(self.catalog.revision()),
            user: query.user.map(|user| (user, self.live.version_of(user))),
            question: Question::of(&query),
        };
        Ok(Asked { query: Arc::new(query), serving, key })
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
