//! A user bound to the member that answers.

use crate::ids::ItemIdx;
use crate::model::{Explanation, Scorer};
use crate::query::Candidates;

/// The scorer of the member that was chosen, and its scores.
pub(super) struct ChosenScorer<'a> {
    scorer: Box<dyn Scorer + 'a>,
    scores: Vec<f32>,
}

impl<'a> ChosenScorer<'a> {
    /// Takes the first of `scorers` that tells the `n_items` items apart, or else the last.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub(super) fn first_that_tells<E>(
        scorers: impl Iterator<Item = Result<Box<dyn Scorer + 'a>, E>>,
        n_items: usize,
    ) -> Result<Self, E> {
        let mut chosen = None;
        for scorer in scorers {
            let scorer = scorer?;
            let mut scores = vec![0.0; n_items];
            scorer.score_into(Candidates::All, &mut scores);
            let tells = scores.windows(2).any(|pair| pair[0].total_cmp(&pair[1]).is_ne());
            chosen = Some(Self { scorer, scores });
            if tells {
                break;
            }
        }
        Ok(chosen.expect("the last member answers for everybody"))
    }

    /// Mean and standard deviation of the scores.
    pub(super) fn moments(&self) -> (f64, f64) {
        moments(&self.scores)
    }
}

/// Mean and standard deviation; both 0 for nothing.
pub(super) fn moments(scores: &[f32]) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a count of items")]
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|&score| (f64::from(score) - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}

impl Scorer for ChosenScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        match candidates {
            Candidates::All => out.copy_from_slice(&self.scores),
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                for (place, item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.scores[item.index()];
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        self.scorer.explain(item, limit)
    }
}
