//! Recommending: what is kept is handed out, the rest is made together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::join_all;
use rayon::prelude::*;

use super::cache::ListKey;
use super::list::List;
use super::view::{Asked, HISTORY_LIMIT, Past, View};
use super::work::Work;
use super::{EngineError, ErrorCode, RecommendQuery, Recommendations, Result, TenantEngine};
use crate::types::UserId;

/// Why a list is handed out or refused, but not kept.
#[derive(Clone, Debug)]
enum NotKept {
    Failed(EngineError),
    /// Made without the history, which could not be read.
    Makeshift(Arc<List>),
}

type Made = Result<Arc<List>, NotKept>;

impl TenantEngine {
    /// Recommends.
    ///
    /// While the storage cannot be reached, lists that are kept still answer, and so does the trained
    /// profile of a user who was [known](Self::users) before.
    ///
    /// # Errors
    /// `InvalidInput` naming the field (an unknown algorithm lists the known ones), `NotFound` for an
    /// unknown user.
    pub async fn recommend(&self, query: RecommendQuery) -> Result<Recommendations> {
        let mut answers = self.recommend_many(vec![query]).await;
        answers.pop().ok_or_else(unanswered)?
    }

    /// Answers several questions, each as [`Self::recommend`] would, and cheaper: histories are read at
    /// once, and lists for the same user by the same algorithm share the scoring.
    pub async fn recommend_many(
        &self,
        queries: Vec<RecommendQuery>,
    ) -> Vec<Result<Recommendations>> {
        let started = Instant::now();
        let view = match self.view().await {
            Ok(view) => view,
            Err(error) => return queries.iter().map(|_| Err(error.clone())).collect(),
        };
        let asked: Vec<Result<Asked>> = queries.into_iter().map(|query| view.ask(query)).collect();
        let lists = self.lists(&view, asked.iter().flatten()).await;
        let answer = |asked: Result<Asked>| {
            let asked = asked?;
            let list = lists.get(&asked.key).ok_or_else(unanswered)?;
            let list = list.as_ref().map_err(Clone::clone)?;
            Ok(list.answer(&view.catalog, asked.query.algorithm.clone(), started))
        };
        asked.into_iter().map(answer).collect()
    }

    /// Finds or makes the list of each question.
    async fn lists<'a>(
        &self,
        view: &View,
        asked: impl Iterator<Item = &'a Asked>,
    ) -> HashMap<ListKey, Result<Arc<List>>> {
        let cache = &self.shared.caches.lists;
        let mut found = HashMap::new();
        let mut missing: Vec<Asked> = Vec::new();
        let mut seen = HashSet::new();
        for asked in asked {
            if !seen.insert(asked.key.clone()) {
                continue;
            }
            let kept = match cache.get(&asked.key.without_counters()).await {
                None => cache.get(&asked.key).await,
                kept => kept,
            };
            match kept {
                Some(list) => drop(found.insert(asked.key.clone(), Ok(list))),
                None => missing.push(asked.clone()),
            }
        }
        cache.counter.count(found.len(), missing.len());
        let missing = self.made_elsewhere(missing, &mut found).await;
        if missing.is_empty() {
            return found;
        }
        let keys: Vec<ListKey> = missing.iter().map(|asked| asked.key.clone()).collect();
        let (engine, view) = (self.clone(), view.clone());
        // Made by whoever waits first, and not at all if others are making each of them already.
        let made = async move { Arc::new(engine.make(&view, missing).await) }.boxed().shared();
        let waiting = keys.into_iter().enumerate().map(|(at, key)| {
            let made = made.clone();
            let make = async move { made.await[at].clone() };
            async move {
                let list = match cache.get_or(key.clone(), make).await {
                    Ok(list) => {
                        if !list.by_counters {
                            cache.insert(key.without_counters(), Arc::clone(&list)).await;
                        }
                        Ok(list)
                    }
                    Err(not_kept) => match &*not_kept {
                        NotKept::Failed(error) => Err(error.clone()),
                        NotKept::Makeshift(list) => Ok(Arc::clone(list)),
                    },
                };
                (key, list)
            }
        });
        found.extend(join_all(waiting).await);
        found
    }

    /// Moves what another process has made from the shared cache into ours; returns what is left to make.
    async fn made_elsewhere(
        &self,
        missing: Vec<Asked>,
        found: &mut HashMap<ListKey, Result<Arc<List>>>,
    ) -> Vec<Asked> {
        if missing.is_empty() {
            return missing;
        }
        let caches = &self.shared.caches;
        let keys: Vec<ListKey> = missing.iter().map(|asked| asked.key.clone()).collect();
        let mut left = Vec::new();
        for (asked, list) in missing.into_iter().zip(caches.second.find(&keys).await) {
            let Some(list) = list.map(Arc::new) else {
                left.push(asked);
                continue;
            };
            let key =
                if list.by_counters { asked.key.clone() } else { asked.key.without_counters() };
            caches.lists.insert(key, Arc::clone(&list)).await;
            found.insert(asked.key, Ok(list));
        }
        left
    }

    /// Makes lists, in the order of `asked`: reads all histories, then works on all processors.
    async fn make(&self, view: &View, asked: Vec<Asked>) -> Vec<Made> {
        let users: HashSet<UserId> = asked.iter().filter_map(|asked| asked.query.user).collect();
        let pasts = self.pasts(users.into_iter().collect()).await;
        let mut made: Vec<Option<Made>> = asked.iter().map(|_| None).collect();
        let keys: Vec<ListKey> = asked.iter().map(|asked| asked.key.clone()).collect();
        let mut works: HashMap<Option<UserId>, (Work, Vec<usize>)> = HashMap::new();
        for (at, asked) in asked.into_iter().enumerate() {
            let user = asked.query.user;
            let past = match user.and_then(|user| pasts.get(&user)) {
                None => Past::Read(Arc::default()),
                Some(Ok(past)) => past.clone(),
                Some(Err(error)) => {
                    made[at] = Some(Err(NotKept::Failed(error.clone())));
                    continue;
                }
            };
            let new = || (Work { view: view.clone(), user, past, asked: Vec::new() }, Vec::new());
            let (work, places) = works.entry(user).or_insert_with(new);
            work.asked.push(asked);
            places.push(at);
        }
        let works: Vec<(Work, Vec<usize>)> = works.into_values().collect();
        let work = move || -> Vec<(usize, Made)> {
            let lists = works.par_iter().flat_map_iter(|(work, places)| {
                let outcome = |list| outcome(&work.past, list);
                places.iter().copied().zip(work.lists().into_iter().map(outcome))
            });
            lists.collect()
        };
        for (at, list) in self.shared.serving.run(work).await {
            if let Ok(list) = &list {
                self.shared.caches.second.keep(&keys[at], list);
            }
            made[at] = Some(list);
        }
        let failed = || Err(NotKept::Failed(unanswered()));
        made.into_iter().map(|made| made.unwrap_or_else(failed)).collect()
    }

    /// Reads what users did: `NotFound` for one who does not exist.
    pub(super) async fn pasts(&self, users: Vec<UserId>) -> HashMap<UserId, Result<Past>> {
        let mut pasts = HashMap::with_capacity(users.len());
        if users.is_empty() {
            return pasts;
        }
        let stores = self.stores();
        let read = async {
            let histories = stores.interactions.histories(&users, None, HISTORY_LIMIT).await?;
            let histories: Vec<_> = users.iter().copied().zip(histories).collect();
            let silent = histories.iter().filter(|(_, events)| events.is_empty());
            let silent: Vec<UserId> = silent.map(|(user, _)| *user).collect();
            let mut absent = HashSet::new();
            if !silent.is_empty() {
                let rows = stores.users.get_many(&silent).await?;
                let missing = silent.into_iter().zip(rows).filter(|(_, row)| row.is_none());
                absent.extend(missing.map(|(user, _)| user));
            }
            Ok::<_, EngineError>((histories, absent))
        };
        match read.await {
            Ok((histories, absent)) => {
                for (user, events) in histories {
                    let past = if absent.contains(&user) {
                        let message = format!("user {user} does not exist");
                        Err(EngineError::new(ErrorCode::NotFound, message))
                    } else {
                        Ok(Past::Read(Arc::new(events)))
                    };
                    pasts.insert(user, past);
                }
            }
            Err(error) => {
                for user in users {
                    pasts.insert(user, self.past_without_storage(user, &error).await);
                }
            }
        }
        pasts
    }

    /// Returns what can be said of the past of a user while the storage fails.
    async fn past_without_storage(&self, user: UserId, error: &EngineError) -> Result<Past> {
        if error.code() != ErrorCode::Unavailable {
            return Err(error.clone());
        }
        match self.shared.caches.users.last_known(self.stores().id, user).await {
            Some(Some(_)) => Ok(Past::Unknown(error.clone())),
            _ => Err(error.clone()),
        }
    }
}

/// Decides whether a list is kept: one that was made without the history is not.
fn outcome(past: &Past, list: Option<List>) -> Made {
    match (past, list.map(Arc::new)) {
        (Past::Read(_), Some(list)) => Ok(list),
        (Past::Unknown(_), Some(list)) => Err(NotKept::Makeshift(list)),
        (Past::Unknown(error), None) => Err(NotKept::Failed(error.clone())),
        (Past::Read(_), None) => Err(NotKept::Failed(unanswered())),
    }
}

/// The error that stands for a fault of this module.
pub(super) fn unanswered() -> EngineError {
    EngineError::new(ErrorCode::Internal, "a question was left without an answer")
}
