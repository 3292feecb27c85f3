//! The lists of one user: one history, and for each model and set of seeds one profile and one pass over the
//! candidates.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use recsys_core::data::{Aggregation, History, HistoryEvent, Timestamp};
use recsys_core::model::Scorer;
use recsys_core::query::QueryError;
use recsys_core::rerank::pool_size;
use recsys_core::{ItemIdx, UserIdx};

use super::candidates::{Removal, Slots, candidates, removal};
use super::catalog::Catalog;
use super::diversify::diversify;
use super::list::{List, Place, Why};
use super::models::Serving;
use super::rank::{Basis, Ranked, Scores, Table, best, by_popularity};
use super::view::{Asked, Past, View};
use super::{FallbackReason, RecommendQuery, Source, explain};
use crate::types::{Interaction, Item, ItemId, UserId, now};

/// Causes named in an explanation, and looked at for a reason.
const CAUSES_EXPLAINED: usize = 20;
const CAUSES_FOR_REASON: usize = 3;

/// What is asked for one user.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) view: View,
    pub(super) user: Option<UserId>,
    pub(super) past: Past,
    pub(super) asked: Vec<Asked>,
}

impl Work {
    /// Makes the lists, in the order in which they were asked for; `None` for one that needs a history that
    /// could not be read.
    pub(super) fn lists(&self) -> Vec<Option<List>> {
        let mut sessions: Vec<Vec<usize>> = Vec::new();
        for (at, asked) in self.asked.iter().enumerate() {
            let shares = |session: &&mut Vec<usize>| {
                let first = &self.asked[session[0]].query;
                let own = &asked.query;
                own.algorithm == first.algorithm && own.seed_items == first.seed_items
            };
            match sessions.iter_mut().find(shares) {
                Some(session) => session.push(at),
                None => sessions.push(vec![at]),
            }
        }
        let made: Vec<Vec<List>> =
            sessions.par_iter().map(|session| self.session(session)).collect();
        let mut lists: Vec<Option<List>> = self.asked.iter().map(|_| None).collect();
        for (at, list) in
            sessions.into_iter().zip(made).flat_map(|(at, made)| at.into_iter().zip(made))
        {
            lists[at] = Some(list);
        }
        lists
    }

    /// Makes the lists at some places of what is asked, all by one model for the same seeds; none if they
    /// need a history that could not be read.
    fn session(&self, places: &[usize]) -> Vec<List> {
        let asked: Vec<&Asked> = places.iter().map(|at| &self.asked[*at]).collect();
        Session::bind(self, asked[0]).map_or_else(Vec::new, |session| session.lists(&asked))
    }

    /// Says what becomes of an item in the only list that is asked for.
    pub(super) fn verdict(&self, item: &Arc<Item>, slot: usize) -> Option<(Fate, Source)> {
        let asked = self.asked.first()?;
        let session = Session::bind(self, asked)?;
        Some((session.fate(&asked.query, item, slot), session.source()))
    }
}

/// What becomes of an item.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) removal: Option<Removal>,
    /// `None` if the model refuses it.
    pub(super) score: Option<f64>,
    /// Place among all candidates, from 1; of an item that a filter removes, the place it would have.
    pub(super) rank: usize,
    /// Score of the last item on the list, if there are more candidates than places.
    pub(super) last: Option<f64>,
    pub(super) because: Option<ItemId>,
    pub(super) why: Why,
}

/// A user bound to a model.
struct Profile<'a> {
    scorer: Box<dyn Scorer + 'a>,
    serving: &'a Serving,
    source: Source,
    /// What the user did, as far as the model knows the items.
    history: History,
}

/// A user, a model and seeds: what several lists share.
struct Session<'a> {
    catalog: &'a Catalog,
    serving: Option<&'a Serving>,
    profile: Option<Profile<'a>>,
    interacted: Slots,
}

impl<'a> Session<'a> {
    /// Binds the user to the model that `asked` names. `None` if it takes a history that could not be read.
    fn bind(work: &'a Work, asked: &'a Asked) -> Option<Self> {
        let serving = asked.serving.as_ref();
        let seeds = &asked.query.seed_items;
        let row = serving.and_then(|serving| row(serving, work.user, &work.past));
        let profile = serving.and_then(|serving| profile(work, serving, row, seeds));
        if profile.is_none() && matches!(work.past, Past::Unknown(_)) {
            return None;
        }
        let catalog = &*work.view.catalog;
        let mut items: HashSet<ItemId> = work.past.events().iter().map(|it| it.item_id).collect();
        items.extend(seeds);
        // Older events than those that were read are in the model.
        if let Some((serving, row)) = serving.zip(row) {
            let columns = serving.model().interactions().user(row).iter();
            items.extend(columns.filter_map(|(column, _)| serving.item_of(column)));
        }
        Some(Self { catalog, serving, profile, interacted: Slots::of(catalog, items) })
    }

    fn lists(&self, asked: &[&Asked]) -> Vec<List> {
        let passing: Vec<Vec<usize>> = asked
            .par_iter()
            .map(|asked| candidates(self.catalog, &asked.query.filter, &self.interacted))
            .collect();
        let table = self.table(&passing);
        let scores = |candidates: &Vec<usize>| self.scores(table.as_ref(), candidates);
        let lists = asked.par_iter().zip(&passing);
        lists.map(|(asked, candidates)| self.list(&asked.query, scores(candidates))).collect()
    }

    /// Asks the model about the candidates of all lists at once.
    fn table(&self, lists: &[Vec<usize>]) -> Option<Table> {
        let Profile { scorer, serving, history, .. } = self.profile.as_ref()?;
        let new = |slots: &[usize]| Table::new(self.catalog, serving, &**scorer, history, slots);
        if let [only] = lists {
            return Some(new(only));
        }
        let mut union = Slots::of(self.catalog, []);
        lists.iter().for_each(|slots| union.extend(slots));
        Some(new(&union.to_vec()))
    }

    fn scores(&self, table: Option<&Table>, candidates: &[usize]) -> Scores {
        match table {
            Some(table) => table.scores(self.catalog, candidates),
            None => by_popularity(self.catalog, candidates),
        }
    }

    fn list(&self, query: &RecommendQuery, scores: Scores) -> List {
        let Scores { all, shift } = scores;
        let total_count = all.len();
        let (ranked, by_popularity) = self.arrange(query, all);
        let places = ranked.iter().map(|ranked| self.place(query, ranked, shift)).collect();
        let source = self.source();
        let serving = self.profile.as_ref().map(|profile| profile.serving);
        let positives =
            self.profile.as_ref().map_or(0, |profile| profile.history.as_row().positives());
        let explanation =
            query.explain.then(|| explain::of_list(&query.algorithm, serving, source, positives));
        List {
            places,
            total_count,
            source,
            model_version: serving.map(|serving| serving.version().id),
            generated_at: now(),
            explanation,
            by_counters: by_popularity || query.filter.min_rating.is_some(),
        }
    }

    fn source(&self) -> Source {
        let why = if self.serving.is_some() {
            FallbackReason::NoHistory
        } else {
            FallbackReason::Untrained
        };
        self.profile.as_ref().map_or(Source::Fallback(why), |profile| profile.source)
    }

    /// Returns the list, and whether popularity had a say in it.
    fn arrange(&self, query: &RecommendQuery, all: Vec<Ranked>) -> (Vec<Ranked>, bool) {
        let limit = query.limit;
        let by_popularity =
            |list: &[Ranked]| list.iter().any(|ranked| ranked.basis == Basis::Popularity);
        match query.diversity.filter(|strength| *strength > 0.0) {
            None => {
                let list = best(self.catalog, all, limit);
                let popular = by_popularity(&list);
                (list, popular)
            }
            Some(strength) => {
                let pool = best(self.catalog, all, pool_size(limit));
                let item_of = |ranked: &Ranked| &**self.item(ranked);
                (diversify(&pool, item_of, f64::from(strength), limit), by_popularity(&pool))
            }
        }
    }

    fn place(&self, query: &RecommendQuery, ranked: &Ranked, shift: f64) -> Place {
        let causes = if query.explain { CAUSES_EXPLAINED } else { CAUSES_FOR_REASON };
        let why = self.why(self.item(ranked), ranked, causes, shift);
        Place {
            item: self.item(ranked).id,
            score: ranked.score,
            because: explain::loudest(&why),
            why: query.explain.then_some(why),
        }
    }

    fn why(&self, item: &Item, ranked: &Ranked, causes: usize, shift: f64) -> Why {
        match (&self.profile, ranked.basis) {
            (Some(profile), Basis::Model(column)) => {
                let explanation = profile.scorer.explain(column, causes);
                explain::of_model(self.catalog, profile.serving, &explanation)
            }
            (_, Basis::Content) => explain::of_content(ranked.score),
            _ => explain::of_popularity(self.catalog, item, shift),
        }
    }

    fn fate(&self, query: &RecommendQuery, item: &Arc<Item>, slot: usize) -> Fate {
        let excluded = query.filter.exclude_items.iter().copied().collect();
        let removal = removal(&query.filter, item, slot, &excluded, &self.interacted);
        let mut slots = candidates(self.catalog, &query.filter, &self.interacted);
        if removal.is_some() {
            slots.push(slot);
        }
        let Scores { all, shift } = self.scores(self.table(&[slots.clone()]).as_ref(), &slots);
        let count = all.len();
        let ranked = best(self.catalog, all, count);
        let at = ranked.iter().position(|ranked| ranked.slot == slot);
        let why = match at {
            Some(at) => self.why(item, &ranked[at], CAUSES_EXPLAINED, shift),
            None => self.refused(slot, item.id),
        };
        Fate {
            removal,
            score: at.map(|at| ranked[at].score),
            rank: at.map_or(count, |at| at) + 1,
            last: ranked.get(query.limit - 1).map(|last| last.score),
            because: explain::loudest(&why),
            why,
        }
    }

    /// Explains an item that the model refuses.
    fn refused(&self, slot: usize, id: ItemId) -> Why {
        let column =
            |profile: &Profile<'_>| -> Option<ItemIdx> { profile.serving.column(slot, id) };
        match self.profile.as_ref().and_then(|profile| Some((profile, column(profile)?))) {
            Some((profile, column)) => {
                let explanation = profile.scorer.explain(column, CAUSES_EXPLAINED);
                explain::of_model(self.catalog, profile.serving, &explanation)
            }
            None => Why { base: 0.0, parts: Vec::new() },
        }
    }

    fn item(&self, ranked: &Ranked) -> &'a Arc<Item> {
        self.catalog.at(ranked.slot).expect("candidates come from this snapshot")
    }
}

/// Returns the model's row of a user, if the user still has what it was trained on: the row of somebody whose
/// events were erased answers no more, even to a user who came back under the same id.
fn row(serving: &Serving, user: Option<UserId>, past: &Past) -> Option<UserIdx> {
    let data = serving.model().interactions();
    let row = data.users().index(user?.as_bytes())?;
    let was_seen = past.may_begin_before(serving.version().watermark);
    (was_seen && data.user(row).positives() > 0).then_some(row)
}

/// Binds the user to the model: the trained profile if the model has seen everything, else the folded-in
/// history. `None` if the model can do neither.
fn profile<'a>(
    work: &'a Work,
    serving: &'a Serving,
    row: Option<UserIdx>,
    seeds: &[ItemId],
) -> Option<Profile<'a>> {
    let model = serving.model();
    let watermark = serving.version().watermark;
    let newer = work.past.events().iter().any(|event| event.sequence > watermark);
    let current = !newer && seeds.is_empty();
    if let Some(fold_in) = model.as_fold_in()
        && !(current && row.is_some())
    {
        let aggregation = &work.view.tenant.settings.aggregation;
        let history = history(aggregation, serving, work.past.events(), seeds);
        let scorer = fold_in.fold_in(&history).inspect_err(|error| report(serving, error)).ok()?;
        return Some(Profile { scorer, serving, source: Source::FoldIn, history });
    }
    let row = row?;
    let history = History::from_row(model.interactions().user(row));
    let scorer = model.scorer(row).expect("the row comes from the model's own id map");
    Some(Profile { scorer, serving, source: Source::Model, history })
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
