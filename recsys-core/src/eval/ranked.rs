//! Ranked lists for the cases of an evaluation.

use super::{Case, EvalError};
use crate::fit::FitContext;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::Model;
use crate::par;
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// Cases that share a block of scores.
const BLOCK: u64 = 16;

/// The list of one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RankedList {
    /// The best items, at most as many as asked for; empty for a history with nothing to go by.
    pub items: Vec<ScoredItem>,
    /// Chance that a relevant item scores above an irrelevant one; none when not asked for, and
    /// without irrelevant candidates.
    pub auc: Option<f64>,
}

impl RankedList {
    /// Returns whether the scores tell items apart: a list in which all are equal is no answer.
    #[must_use]
    pub fn is_served(&self) -> bool {
        match (self.items.first(), self.items.last()) {
            (Some(first), Some(last)) => self.items.len() == 1 || first.score > last.score,
            _ => false,
        }
    }
}

/// Ranks the `k` best of `candidates` for each of `cases`, in parallel on the current rayon pool, and
/// with `auc` compares the scores of all candidates.
///
/// # Errors
///
/// [`EvalError::Cancelled`] when the context says so, and [`EvalError::Query`] when a user or an item
/// lies outside the model, or the model cannot fold in and a case needs it.
pub fn rank_cases(
    model: &dyn Model,
    cases: &[Case],
    k: usize,
    candidates: Candidates<'_>,
    auc: bool,
    context: &FitContext<'_>,
) -> Result<Vec<RankedList>, EvalError> {
    let n_items = model.interactions().n_items();
    let chunks = par::balanced_chunks(cases.len(), BLOCK, |_| 1);
    let blocks = par::try_map_chunks(&chunks, Vec::new, |scores, chunk| {
        context.check()?;
        let cases = &cases[chunk];
        scores.resize(cases.len() * n_items, 0.0);
        let served = score(model, cases, scores)?;
        let rows = cases.iter().zip(scores.chunks_exact(n_items.max(1))).zip(served);
        let lists = rows.map(|((case, scores), served)| {
            if served {
                list(case, scores, k, candidates, auc)
            } else {
                RankedList { items: Vec::new(), auc: None }
            }
        });
        Ok::<_, EvalError>(lists.collect::<Vec<_>>())
    })?;
    Ok(blocks.into_iter().flatten().collect())
}

/// Scores all items for each case; false for those whose history says nothing.
fn score(model: &dyn Model, cases: &[Case], out: &mut [f32]) -> Result<Vec<bool>, EvalError> {
    if cases.iter().all(|case| case.history.is_none()) {
        let users: Vec<UserIdx> = cases.iter().map(|case| case.user).collect();
        model.score_block(&users, out)?;
        return Ok(vec![true; cases.len()]);
    }
    let n_items = model.interactions().n_items();
    let mut served = Vec::with_capacity(cases.len());
    for (case, row) in cases.iter().zip(out.chunks_exact_mut(n_items.max(1))) {
        let scorer = match &case.history {
            None => model.scorer(case.user),
            Some(history) => {
                let fold_in = model.as_fold_in().ok_or(QueryError::Unsupported {
                    algorithm: model.kind().name(),
                    ability: "recommend for a history",
                })?;
                fold_in.fold_in(history)
            }
        };
        match scorer {
            Ok(scorer) => scorer.score_into(Candidates::All, row),
            Err(QueryError::EmptyHistory) => {}
            Err(error) => return Err(error.into()),
        }
        served.push(!matches!(&case.history, Some(history) if history.as_row().positives() == 0));
    }
    Ok(served)
}

fn list(
    case: &Case,
    scores: &[f32],
    k: usize,
    candidates: Candidates<'_>,
    auc: bool,
) -> RankedList {
    let chosen: Vec<f32>;
    let (request, scores) = match candidates {
        Candidates::All => (Request::top(k), scores),
        Candidates::Only(items) => {
            chosen = items.as_slice().iter().map(|item| scores[item.index()]).collect();
            (Request::top(k).among(items), &chosen[..])
        }
    };
    let request = request.excluding(&case.exclude);
    let auc = if auc { area_under_curve(case, scores, candidates) } else { None };
    RankedList { items: rank(&request, scores), auc }
}

/// Wins of relevant over irrelevant candidates, ties counting half, over the number of pairs.
///
/// `O(candidates · log relevant)`.
fn area_under_curve(case: &Case, scores: &[f32], candidates: Candidates<'_>) -> Option<f64> {
    let item_at = |place: usize| match candidates {
        Candidates::All => {
            ItemIdx::new(u32::try_from(place).expect("items are counted in 32 bits"))
        }
        Candidates::Only(items) => items.as_slice()[place],
    };
    let relevant = |item: &ItemIdx| case.relevant.binary_search(item).is_ok();
    let (mut wanted, mut others) = (Vec::new(), Vec::new());
    for (place, &score) in scores.iter().enumerate() {
        let item = item_at(place);
        if relevant(&item) {
            wanted.push(score);
        } else if !case.exclude.contains(item) {
            others.push(score);
        }
    }
    wanted.sort_unstable_by(f32::total_cmp);
    let wins = others.iter().map(|other| {
        let below_or_equal = wanted.partition_point(|score| score <= other);
        let below = wanted[..below_or_equal].partition_point(|score| score < other);
        (wanted.len() - below_or_equal) as f64 + 0.5 * (below_or_equal - below) as f64
    });
    let pairs = wanted.len() as f64 * others.len() as f64;
    (pairs > 0.0).then(|| wins.sum::<f64>() / pairs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::data::History;
    use crate::eval::Task;
    use crate::query::ItemSet;
    use crate::testing::fixtures::{checkerboard, items};
    use crate::testing::strategies::interactions;

    #[test]
    fn the_area_counts_ties_half_and_leaves_excluded_items_out() {
        let case =
            Case::trained(UserIdx::new(0), ItemSet::new(items(&[4]), 5).unwrap(), items(&[0, 2]));
        // Relevant 3 and 1 against 2, 1: wins 1, 1, 0, and a half.
        let area = area_under_curve(&case, &[3.0, 2.0, 1.0, 1.0, 9.0], Candidates::All);
        assert_eq!(area, Some(2.5 / 4.0));
        let all = ItemSet::new(items(&[0, 2]), 5).unwrap();
        assert_eq!(area_under_curve(&case, &[3.0, 1.0], Candidates::Only(&all)), None);
    }

    #[test]
    fn a_history_with_nothing_to_go_by_gets_no_list() {
        let model = AlgorithmConfig::named("item_knn").unwrap().build().unwrap();
        let model = model.fit_erased(&(&checkerboard(6)).into(), &FitContext::default()).unwrap();
        let wanted = items(&[2]);
        let cases =
            [History::new(Vec::new()), History::new(vec![(ItemIdx::new(0), 1.0)])].map(|history| {
                Case::folded_in(UserIdx::new(0), history, ItemSet::default(), wanted.clone())
            });
        let lists =
            rank_cases(&*model, &cases, 3, Candidates::All, false, &FitContext::default()).unwrap();
        assert!(lists[0].items.is_empty() && !lists[0].is_served());
        assert!(lists[1].is_served());
    }

    proptest! {
        #[test]
        fn lists_are_those_of_the_model_without_what_is_seen(train in interactions(), test in interactions()) {
            use crate::model::ModelExt as _;
            let model = AlgorithmConfig::named("item_knn").unwrap().build().unwrap();
            let model = model.fit_erased(&(&train).into(), &FitContext::default()).unwrap();
            let task = Task::new(&train, None, &test, None);
            let lists = rank_cases(&*model, task.cases(), 4, Candidates::All, true, &FitContext::default()).unwrap();
            for (case, list) in task.cases().iter().zip(&lists) {
                let seen = model.seen(case.user);
                let expected = model.recommend(case.user, &Request::top(4).excluding(&seen)).unwrap();
                prop_assert_eq!(&list.items, &expected);
                prop_assert!(list.auc.is_none_or(|area| (0.0..=1.0).contains(&area)));
                prop_assert!(case.relevant.iter().all(|item| !seen.contains(*item)));
            }
        }
    }
}
