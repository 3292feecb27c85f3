//! A user bound to a blend.

use super::normalize::{Normalization, Normalized};
use crate::ids::ItemIdx;
use crate::model::{Contribution, Explanation, Scorer};
use crate::query::Candidates;

/// The members' scorers of one user and their blend.
pub(super) struct BlendScorer<'a> {
    parts: Vec<Part<'a>>,
    /// Score of every item.
    blended: Vec<f32>,
}

struct Part<'a> {
    scorer: Box<dyn Scorer + 'a>,
    normalized: Normalized,
    share: f32,
}

impl<'a> BlendScorer<'a> {
    /// Blends the scores of `scorers` over `n_items` items by their shares.
    pub(super) fn new(
        scorers: Vec<Box<dyn Scorer + 'a>>,
        shares: &[f32],
        normalization: Normalization,
        n_items: usize,
    ) -> Self {
        let mut blended = vec![0.0; n_items];
        let mut scores = vec![0.0; n_items];
        let parts = scorers.into_iter().zip(shares).map(|(scorer, &share)| {
            scorer.score_into(Candidates::All, &mut scores);
            let normalized = Normalized::new(normalization, &scores);
            add(&normalized, share, &scores, &mut blended);
            Part { scorer, normalized, share }
        });
        let parts = parts.collect();
        Self { parts, blended }
    }

    /// Returns what a member's score of an item outside the model, which no other member knows, is
    /// worth in the blend; the others give it a score of 0.
    pub(super) fn with_member(&self, member: usize, score: f32) -> f32 {
        let parts = self.parts.iter().enumerate();
        let values = parts.map(|(at, part)| {
            let score = if at == member { score } else { 0.0 };
            match part.normalized {
                Normalized::Affine { .. } => part.share * part.normalized.value(0, score),
                // A blend of ranks or shares does not place new items.
                Normalized::Values(_) => 0.0,
            }
        });
        values.sum()
    }
}

/// Adds a member's part to the blend of one user.
pub(super) fn add(normalized: &Normalized, share: f32, scores: &[f32], blended: &mut [f32]) {
    for (at, (place, &score)) in blended.iter_mut().zip(scores).enumerate() {
        *place += share * normalized.value(at, score);
    }
}

impl Scorer for BlendScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        match candidates {
            Candidates::All => out.copy_from_slice(&self.blended),
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                for (place, item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.blended[item.index()];
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let mut base = 0.0;
        let mut contributions = Vec::new();
        for Part { scorer, normalized, share } in &self.parts {
            let explained = scorer.explain(item, usize::MAX);
            let (factor, shift) = normalized.line(item.index(), explained.score);
            base += share * factor.mul_add(explained.base, shift);
            contributions.extend(explained.contributions.into_iter().map(|contribution| {
                Contribution { weight: share * factor * contribution.weight, ..contribution }
            }));
        }
        Explanation::new(self.blended[item.index()], base, contributions, limit)
    }
}
