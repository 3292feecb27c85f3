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

/// Items newer than the model that are scored by content in one request; the rest waits for a training.
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

/// All candidates with their scores, in no order.
#[derive(Debug)]
pub(super) struct Scores {
    pub(super) all: Vec<Ranked>,
    /// Added to the popularity of items that the model did not score.
    pub(super) shift: f64,
}

/// Scores every candidate by popularity.
pub(super) fn by_popularity(catalog: &Catalog, candidates: &[usize]) -> Scores {
    let mut all = Vec::with_capacity(candidates.len());
    for (slot, item) in present(catalog, candidates) {
        all.push(Ranked {
            slot,
            basis: Basis::Popularity,
            score: popularity(catalog, item).score(),
        });
    }
    Scores { all, shift: 0.0 }
}

/// Scores the candidates that the model knows by it, newer ones by their content if the model goes by
/// content, and the others by popularity below them.
pub(super) fn by_model(
    catalog: &Catalog,
    serving: &Serving,
    scorer: &dyn Scorer,
    history: &History,
    candidates: &[usize],
) -> Scores {
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
    let mut all: Vec<Ranked> = Vec::with_capacity(candidates.len());
    for ((column, slot), score) in known.into_iter().zip(scores) {
        // Minus infinity means that the model refuses the item.
        if score.is_finite() {
            all.push(Ranked { slot, basis: Basis::Model(column), score: f64::from(score) });
        }
    }
    let unknown = by_content(catalog, serving, history, unknown, &mut all);
    let lowest = all.iter().map(|ranked| ranked.score).reduce(f64::min);
    let shift = lowest.map_or(0.0, |lowest| lowest - UNKNOWN_DROP);
    let rest = by_popularity(catalog, &unknown).all.into_iter();
    all.extend(rest.map(|ranked| Ranked { score: ranked.score + shift, ..ranked }));
    Scores { all, shift }
}

/// Scores the newest of the items that came after the model by their content, and returns the others.
fn by_content(
    catalog: &Catalog,
    serving: &Serving,
    history: &History,
    mut unknown: Vec<usize>,
    all: &mut Vec<Ranked>,
) -> Vec<usize> {
    let Some(cold) = serving.model().as_cold_items() else { return unknown };
    // Slots ascend with the time of creation.
    unknown.sort_unstable();
    let new = unknown.split_off(unknown.len().saturating_sub(MOST_NEW_ITEMS));
    let features: Vec<ItemFeatures> =
        present(catalog, &new).map(|(_, item)| of_item(item)).collect();
    match cold.score_features(history, &features) {
        Ok(scores) => {
            for ((slot, _), score) in present(catalog, &new).zip(scores) {
                all.push(Ranked { slot, basis: Basis::Content, score: f64::from(score) });
            }
        }
        Err(error) => {
            tracing::error!(model = %serving.version().id, %error, "cannot score new items");
            unknown.extend(new);
        }
    }
    unknown
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
