//! From candidates to a ranked list: one score for each, best first.

use std::cmp::Ordering;

use recsys_core::ItemIdx;
use recsys_core::data::{History, ItemFeatures};
use recsys_core::model::Scorer;
use recsys_core::query::{Candidates, ItemSet};

use super::catalog::Catalog;
use super::fallback::popularity;
use super::models::Serving;
use crate::features::of_item;
use crate::types::Item;

/// How far below the lowest model score the items lie that the model does not know; their
/// popularity, at most 1, is added.
const UNKNOWN_DROP: f64 = 2.0;

/// Items newer than the model that are scored by content; the rest waits for a training.
const MOST_NEW_ITEMS: usize = 2_000;

/// What a score comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// The model's score for this column.
    Model(ItemIdx),
    /// The model's score for what is known of an item that came after it.
    Content,
    /// The counters of the item.
    Popularity,
}

/// A candidate with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ranked {
    pub(super) slot: usize,
    pub(super) basis: Basis,
    pub(super) score: f64,
}

/// All candidates of a list with their scores, in no order.
#[derive(Debug)]
pub(super) struct Scores {
    pub(super) all: Vec<Ranked>,
    /// Added to the popularity of items that the model did not score.
    pub(super) shift: f64,
}

/// What a model says of the candidates of several lists, by slot.
#[derive(Debug)]
pub(super) struct Table(Vec<Told>);

/// What a model says of one item.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// Nothing.
    Unknown,
    /// That it cannot be recommended.
    Refused,
    Score(Basis, f64),
}

impl Table {
    /// Scores `candidates` by the model, and newer ones by their content if the model goes by content.
    pub(super) fn new(
        catalog: &Catalog,
        serving: &Serving,
        scorer: &dyn Scorer,
        history: &History,
        candidates: &[usize],
    ) -> Self {
        let mut known: Vec<(ItemIdx, usize)> = Vec::with_capacity(candidates.len());
        let mut unknown = Vec::new();
        for (slot, item) in present(catalog, candidates) {
            match serving.column(slot, item.id) {
                Some(column) => known.push((column, slot)),
                None => unknown.push(slot),
            }
        }
        known.sort_unstable();
        let columns = known.iter().map(|(column, _)| *column).collect();
        let columns = ItemSet::new(columns, serving.model().interactions().n_items())
            .expect("columns come from the model's own id map");
        let mut scores = vec![0.0; columns.len()];
        scorer.score_into(Candidates::Only(&columns), &mut scores);
        let mut told = vec![Told::Unknown; catalog.slots()];
        for ((column, slot), score) in known.into_iter().zip(scores) {
            told[slot] = if score.is_finite() {
                Told::Score(Basis::Model(column), f64::from(score))
            } else {
                Told::Refused // minus infinity
            };
        }
        let mut table = Self(told);
        if !unknown.is_empty() {
            table.add_content(catalog, serving, history, &unknown);
        }
        table
    }

    /// Scores those of `unknown` that are among the newest items of the catalogue by their content.
    fn add_content(
        &mut self,
        catalog: &Catalog,
        serving: &Serving,
        history: &History,
        unknown: &[usize],
    ) {
        let Some(cold) = serving.model().as_cold_items() else { return };
        let oldest = oldest_new_slot(catalog, serving);
        let new: Vec<usize> = unknown.iter().copied().filter(|slot| *slot >= oldest).collect();
        let features: Vec<ItemFeatures> =
            present(catalog, &new).map(|(_, item)| of_item(item)).collect();
        match cold.score_features(history, &features) {
            Ok(scores) => {
                for ((slot, _), score) in present(catalog, &new).zip(scores) {
                    self.0[slot] = Told::Score(Basis::Content, f64::from(score));
                }
            }
            Err(error) => {
                tracing::error!(model = %serving.version().id, %error, "cannot score new items");
            }
        }
    }

    /// Returns the scores of the candidates of one list, all of which the table has: what the model told,
    /// and popularity below that for the rest.
    pub(super) fn scores(&self, catalog: &Catalog, candidates: &[usize]) -> Scores {
        let mut all = Vec::with_capacity(candidates.len());
        let mut rest = Vec::new();
        for &slot in candidates {
            match self.0[slot] {
                Told::Score(basis, score) => all.push(Ranked { slot, basis, score }),
                Told::Refused => {}
                Told::Unknown => rest.push(slot),
            }
        }
        let lowest = all.iter().map(|ranked| ranked.score).reduce(f64::min);
        let shift = lowest.map_or(0.0, |lowest| lowest - UNKNOWN_DROP);
        let rest = by_popularity(catalog, &rest).all.into_iter();
        all.extend(rest.map(|ranked| Ranked { score: ranked.score + shift, ..ranked }));
        Scores { all, shift }
    }
}

/// Scores every candidate by popularity.
pub(super) fn by_popularity(catalog: &Catalog, candidates: &[usize]) -> Scores {
    let score = |(slot, item): (usize, &Item)| Ranked {
        slot,
        basis: Basis::Popularity,
        score: popularity(catalog, item).score(),
    };
    Scores { all: present(catalog, candidates).map(score).collect(), shift: 0.0 }
}

/// Returns the slot from which on items that the model does not know are scored by content: whatever the
/// filters, the same ones. Slots ascend with the time of creation.
fn oldest_new_slot(catalog: &Catalog, serving: &Serving) -> usize {
    let is_new = |slot: &usize| {
        let item = catalog.at(*slot).filter(|item| item.is_active);
        item.is_some_and(|item| serving.column(*slot, item.id).is_none())
    };
    (0..catalog.slots()).rev().filter(is_new).nth(MOST_NEW_ITEMS - 1).unwrap_or(0)
}

/// Returns the best `limit`, best first: score descending, then item id ascending.
pub(super) fn best(catalog: &Catalog, mut all: Vec<Ranked>, limit: usize) -> Vec<Ranked> {
    let id = |ranked: &Ranked| catalog.at(ranked.slot).map(|item| item.id);
    let order = |left: &Ranked, right: &Ranked| -> Ordering {
        right.score.total_cmp(&left.score).then_with(|| id(left).cmp(&id(right)))
    };
    if limit < all.len() && limit > 0 {
        all.select_nth_unstable_by(limit - 1, order);
    }
    all.truncate(limit);
    all.sort_unstable_by(order);
    all
}

fn present<'a>(
    catalog: &'a Catalog,
    slots: &'a [usize],
) -> impl Iterator<Item = (usize, &'a Item)> {
    slots.iter().filter_map(|slot| Some((*slot, catalog.at(*slot)?.as_ref())))
}
