//! Why an item is, or is not, on a list.

use super::{Candidates, Request};
use crate::ids::ItemIdx;
use crate::model::{Explanation, Scorer};

/// What became of an item in a request, and what its score is made of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhyNot {
    /// What became of it.
    pub verdict: Verdict,
    /// What its score is made of.
    pub explanation: Explanation,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// It scores under the request's floor.
    BelowFloor {
        /// The floor.
        floor: f32,
    },
    /// The request leaves it out; so is what a user has seen.
    Excluded,
    /// It is on the list.
    Listed {
        /// Its place, from 1.
        rank: usize,
    },
    /// The request is about other items.
    NoCandidate,
    /// Others score higher.
    Outranked {
        /// Its place among all that the request admits, from 1.
        rank: usize,
        /// What the last item of the list has more than it; none for a list of length 0.
        missing: Option<f32>,
        /// The last item of the list, and what its score is made of.
        last: Option<(ItemIdx, Explanation)>,
    },
    /// The model rules it out, by a score of negative infinity.
    RuledOut,
}

/// Says what became of `item` in a request to a model with `n_items` items, naming at most `limit` causes.
///
/// Scores every candidate once: linear in their number.
///
/// # Panics
///
/// When `item` lies outside the model.
///
/// # Examples
///
/// ```
/// use recsys_core::algo::popularity::{Popularity, PopularityConfig};
/// use recsys_core::data::{Aggregation, InteractionLog};
/// use recsys_core::prelude::*;
/// use recsys_core::query::{Request, Verdict, why_not};
/// use recsys_core::{ItemIdx, UserIdx};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut log = InteractionLog::new();
/// for (user, item) in [("ann", "tea"), ("ben", "tea"), ("ben", "milk")] {
///     log.push(user, item, "view", 1.0, None)?;
/// }
/// let data = log.to_interactions(&Aggregation::default())?;
/// let model = Popularity::new(PopularityConfig::default())?.fit(&data)?;
/// let scorer = model.scorer(UserIdx::new(0))?;
/// let answer = why_not(&*scorer, &Request::top(1), 2, ItemIdx::new(1), 3);
/// assert!(matches!(answer.verdict, Verdict::Outranked { rank: 2, .. }));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn why_not(
    scorer: &dyn Scorer,
    request: &Request<'_>,
    n_items: usize,
    item: ItemIdx,
    limit: usize,
) -> WhyNot {
    let explanation = scorer.explain(item, limit);
    let verdict = verdict(scorer, request, n_items, item, limit);
    WhyNot { verdict, explanation }
}

fn verdict(
    scorer: &dyn Scorer,
    request: &Request<'_>,
    n_items: usize,
    item: ItemIdx,
    limit: usize,
) -> Verdict {
    if request.excluded().binary_search(&item).is_ok() {
        return Verdict::Excluded;
    }
    let candidates = request.candidates();
    let place = match candidates {
        Candidates::All => Ok(item.index()),
        Candidates::Only(items) => items.as_slice().binary_search(&item),
    };
    let Ok(place) = place else { return Verdict::NoCandidate };
    let mut scores = vec![0.0; candidates.count(n_items)];
    scorer.score_into(candidates, &mut scores);
    let score = scores[place];
    if score <= f32::NEG_INFINITY {
        return Verdict::RuledOut;
    }
    if score < request.floor() {
        return Verdict::BelowFloor { floor: request.floor() };
    }
    let all = super::rank(&request.with_k(scores.len()), &scores);
    let at = all.iter().position(|hit| hit.item == item).unwrap_or(all.len());
    let rank = at + 1;
    if at < request.k() {
        return Verdict::Listed { rank };
    }
    let last = request.k().checked_sub(1).and_then(|at| all.get(at));
    Verdict::Outranked {
        rank,
        missing: last.map(|last| last.score - score),
        last: last.map(|last| (last.item, scorer.explain(last.item, limit))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ItemSet;

    /// Items score minus their position; item 3 is ruled out.
    struct Descending;

    impl Scorer for Descending {
        fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
            let score = |item: u32| if item == 3 { f32::NEG_INFINITY } else { -(item as f32) };
            match candidates {
                Candidates::All => {
                    (0..).zip(out).for_each(|(item, place)| *place = score(item));
                }
                Candidates::Only(items) => {
                    for (place, item) in out.iter_mut().zip(items.as_slice()) {
                        *place = score(item.get());
                    }
                }
            }
        }

        fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
            let score = -(item.get() as f32);
            Explanation::new(score, score, Vec::new(), limit)
        }
    }

    fn set(items: &[u32]) -> ItemSet {
        ItemSet::new(items.iter().copied().map(ItemIdx::new).collect(), 9).unwrap()
    }

    fn ask(request: &Request<'_>, item: u32) -> Verdict {
        why_not(&Descending, request, 9, ItemIdx::new(item), 3).verdict
    }

    #[test]
    fn every_fate_has_its_verdict() {
        let (seen, few) = (set(&[0, 1]), set(&[2, 4, 5, 8]));
        let request = Request::top(2).excluding(&seen);
        assert_eq!(ask(&request, 1), Verdict::Excluded);
        assert_eq!(ask(&request, 4), Verdict::Listed { rank: 2 });
        assert_eq!(ask(&request, 3), Verdict::RuledOut);
        assert_eq!(ask(&request.among(&few), 6), Verdict::NoCandidate);
        assert_eq!(ask(&request.at_least(-4.0), 5), Verdict::BelowFloor { floor: -4.0 });
        let Verdict::Outranked { rank, missing, last } = ask(&request, 6) else {
            panic!("item 6 is outranked");
        };
        assert_eq!((rank, missing), (4, Some(2.0)));
        assert_eq!(last.map(|(item, _)| item), Some(ItemIdx::new(4)));
    }

    #[test]
    fn a_list_of_length_zero_has_no_last_item() {
        let Verdict::Outranked { rank, missing, last } = ask(&Request::top(0), 0) else {
            panic!("nothing fits on an empty list");
        };
        assert_eq!((rank, missing, last), (1, None, None));
    }
}
