//! Weights chosen on held-out likes: by what each member is worth alone, or by coordinate ascent on
//! what the blend is worth.

use std::sync::Arc;

use rayon::prelude::*;

use super::normalize::{Normalization, Normalized};
use super::weights::shares;
use super::{ActivityLevel, Validation};
use crate::fit::{FitContext, FitError};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Model, ModelExt, ModelKind};
use crate::query::{Request, ScoredItem, TopK, rank};

/// How deep each member's list goes into the candidates on which weights are compared. An item that
/// leads a blend stands high with one member at least.
const DEPTH: usize = 200;

/// Steps of the ascent, relative to the largest weight.
const STEPS: [f32; 4] = [0.5, 0.25, 0.125, 0.0625];

/// Less gain than this is noise.
const LEAST_GAIN: f64 = 1e-5;

/// Users whose scores are made at once.
const BLOCK: usize = 16;

/// What is known of one user to compare weights by.
struct Case {
    positives: usize,
    /// Candidates, ascending, and whether each was liked.
    items: Vec<(ItemIdx, bool)>,
    /// Row-major: one row of normalised scores for each member.
    values: Vec<f32>,
    liked: usize,
}

/// Held-out users and what the members give them.
pub(super) struct Trial<'a> {
    cases: Vec<Case>,
    kinds: Vec<ModelKind>,
    half_trust: f32,
    how: &'a Validation,
}

impl<'a> Trial<'a> {
    /// Asks the members, which have not seen what was `liked`, for their scores.
    pub(super) fn new(
        members: &[Arc<dyn Model>],
        normalization: Normalization,
        half_trust: f32,
        liked: &[(UserIdx, Vec<ItemIdx>)],
        how: &'a Validation,
        context: &FitContext<'_>,
    ) -> Result<Self, FitError> {
        let step = liked.len().div_ceil(how.users as usize).max(1);
        let chosen: Vec<&(UserIdx, Vec<ItemIdx>)> = liked.iter().step_by(step).collect();
        let blocks: Vec<&[&(UserIdx, Vec<ItemIdx>)]> = chosen.chunks(BLOCK).collect();
        let cases: Vec<Vec<Case>> = blocks
            .into_par_iter()
            .map(|block| {
                context.check()?;
                Ok(cases(members, normalization, block))
            })
            .collect::<Result<_, FitError>>()?;
        let kinds = members.iter().map(|member| member.kind()).collect();
        Ok(Self { cases: cases.into_iter().flatten().collect(), kinds, half_trust, how })
    }

    /// Returns `weights` times the squared share of the best member's NDCG that each member reaches.
    pub(super) fn measured(&self, weights: &[f32]) -> Vec<f32> {
        let cases: Vec<&Case> = self.cases.iter().collect();
        let alone = |member: usize| {
            let only: Vec<f32> = (0..weights.len()).map(|at| f32::from(at == member)).collect();
            self.ndcg(&cases, &only)
        };
        let reached: Vec<f64> = (0..weights.len()).map(alone).collect();
        let best = reached.iter().copied().fold(0.0, f64::max);
        if best <= 0.0 {
            return weights.to_vec();
        }
        #[expect(clippy::cast_possible_truncation, reason = "weights fit f32")]
        let scaled = |(weight, reached): (&f32, f64)| weight * (reached / best).powi(2) as f32;
        weights.iter().zip(reached).map(scaled).collect()
    }

    /// Climbs from `weights`, for each level of activity by itself. Levels hold equally many users; the
    /// first begins at 0 positive interactions.
    pub(super) fn learned(
        &self,
        weights: &[f32],
        context: &FitContext<'_>,
    ) -> Result<Vec<ActivityLevel>, FitError> {
        let mut by_activity: Vec<&Case> = self.cases.iter().collect();
        by_activity.sort_by_key(|case| case.positives);
        let size = by_activity.len().div_ceil(self.how.levels as usize).max(1);
        let mut levels: Vec<ActivityLevel> = Vec::new();
        let mut rest = &by_activity[..];
        while !rest.is_empty() {
            // Users of one activity stay together.
            let last = rest[size.min(rest.len()) - 1].positives;
            let end = rest.partition_point(|case| case.positives <= last);
            let (cases, later) = rest.split_at(end);
            let from = if levels.is_empty() { 0 } else { cases[0].positives };
            let from = u32::try_from(from).unwrap_or(u32::MAX);
            levels.push(ActivityLevel::new(from, self.climb(cases, weights, context)?));
            rest = later;
        }
        Ok(levels)
    }

    fn climb(
        &self,
        cases: &[&Case],
        start: &[f32],
        context: &FitContext<'_>,
    ) -> Result<Vec<f32>, FitError> {
        let mut weights = start.to_vec();
        let mut best = self.ndcg(cases, &weights);
        for step in STEPS {
            let mut climbing = true;
            while climbing {
                climbing = false;
                for member in 0..weights.len() {
                    for sign in [1.0, -1.0] {
                        context.check()?;
                        let largest = weights.iter().copied().fold(0.0, f32::max);
                        let mut moved = weights.clone();
                        moved[member] = (moved[member] + sign * step * largest).max(0.0);
                        if moved == weights || moved.iter().all(|&weight| weight <= 0.0) {
                            continue;
                        }
                        let reached = self.ndcg(cases, &moved);
                        if reached > best + LEAST_GAIN {
                            (weights, best, climbing) = (moved, reached, true);
                            break;
                        }
                    }
                }
            }
        }
        let largest = weights.iter().copied().fold(0.0, f32::max);
        Ok(weights.into_iter().map(|weight| weight / largest).collect())
    }

    /// Mean NDCG of the blend's lists.
    fn ndcg(&self, cases: &[&Case], weights: &[f32]) -> f64 {
        /// Sums of equal shape whatever the number of threads.
        const CHUNK: usize = 64;
        let sums: Vec<f64> = cases
            .par_chunks(CHUNK)
            .map(|chunk| chunk.iter().map(|case| self.ndcg_of(case, weights)).sum())
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a count of users")]
        let count = cases.len().max(1) as f64;
        sums.iter().sum::<f64>() / count
    }

    fn ndcg_of(&self, case: &Case, weights: &[f32]) -> f64 {
        let k = self.how.k as usize;
        let shares = shares(&self.kinds, weights, self.half_trust, case.positives);
        let mut blended = vec![0.0; case.items.len()];
        for (row, share) in case.values.chunks_exact(case.items.len()).zip(shares) {
            for (place, value) in blended.iter_mut().zip(row) {
                *place += share * value;
            }
        }
        let mut top = TopK::new(k);
        for (&(item, _), &score) in case.items.iter().zip(&blended) {
            top.push(item, score);
        }
        let is_liked = |hit: &ScoredItem| {
            case.items
                .binary_search_by_key(&hit.item, |&(item, _)| item)
                .is_ok_and(|at| case.items[at].1)
        };
        let list = top.into_sorted();
        let gained = (1..).zip(&list).filter(|(_, hit)| is_liked(hit)).map(|(rank, _)| gain(rank));
        gained.sum::<f64>() / (1..=k.min(case.liked)).map(gain).sum::<f64>()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rank")]
fn gain(rank: usize) -> f64 {
    1.0 / (rank as f64 + 1.0).log2()
}

fn cases(
    members: &[Arc<dyn Model>],
    normalization: Normalization,
    block: &[&(UserIdx, Vec<ItemIdx>)],
) -> Vec<Case> {
    let data = members[0].interactions();
    let n_items = data.n_items();
    let users: Vec<UserIdx> = block.iter().map(|(user, _)| *user).collect();
    let scores: Vec<Vec<f32>> = members
        .iter()
        .map(|member| {
            let mut scores = vec![0.0; users.len() * n_items];
            member.score_block(&users, &mut scores).expect("users come from the members' data");
            scores
        })
        .collect();
    let mut cases = Vec::with_capacity(block.len());
    for (row, (user, liked)) in block.iter().enumerate() {
        let seen = members[0].seen(*user);
        let rows: Vec<&[f32]> =
            scores.iter().map(|all| &all[row * n_items..(row + 1) * n_items]).collect();
        let mut items: Vec<ItemIdx> = liked.clone();
        for scores in &rows {
            let head = rank(&Request::top(DEPTH).excluding(&seen), scores);
            items.extend(head.iter().map(|hit| hit.item));
        }
        items.sort_unstable();
        items.dedup();
        let mut values = Vec::with_capacity(items.len() * rows.len());
        for scores in &rows {
            let normalized = Normalized::new(normalization, scores);
            let value = |item: &ItemIdx| normalized.value(item.index(), scores[item.index()]);
            values.extend(items.iter().map(value));
        }
        let items = items.into_iter().map(|item| (item, liked.binary_search(&item).is_ok()));
        let positives = data.user(*user).positives();
        cases.push(Case { positives, items: items.collect(), values, liked: liked.len() });
    }
    cases
}
