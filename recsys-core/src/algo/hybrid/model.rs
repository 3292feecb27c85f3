//! The trained blend.

use std::sync::Arc;

use super::HybridConfig;
use super::blend::{Affine, weights};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    BulkRanking, ColdItems, Contribution, Explanation, FoldIn, ItemVectors, Model, ModelKind,
    RatingPrediction, Scorer, SimilarItems, check_history, check_item, check_user,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, TopK};

/// Several models over one matrix, whose scores are blended.
#[derive(Clone, Debug)]
pub struct HybridModel {
    config: HybridConfig,
    interactions: Interactions,
    members: Vec<Arc<dyn Model>>,
}

/// The share of one member in a user's scores.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemberWeight {
    /// The member's algorithm.
    pub algorithm: ModelKind,
    /// Its share, 0 to 1; shares add up to 1.
    pub weight: f32,
    /// Why it is that large, for people.
    pub reason: String,
}

impl HybridModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: HybridConfig,
        interactions: Interactions,
        members: Vec<Arc<dyn Model>>,
    ) -> Self {
        Self { config, interactions, members }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Hybrid.name(), Self::VERSION)?;
        let config: HybridConfig = reader.config()?;
        config.check().map_err(|error| CodecError::malformed(error.to_string()))?;
        let members: Vec<Arc<dyn Model>> =
            reader.members()?.iter().map(crate::algo::decode).collect::<Result<_, _>>()?;
        let described = config.members.iter().map(|member| member.model.kind());
        if !described.eq(members.iter().map(|member| member.kind())) {
            return Err(CodecError::malformed("the members of the blend are not those configured"));
        }
        Ok(Self::new(config, reader.interactions().clone(), members))
    }

    /// Returns the members, in the order of the configuration.
    #[must_use]
    pub fn members(&self) -> &[Arc<dyn Model>] {
        &self.members
    }

    /// Returns each member's share for a user with `positives` positive interactions.
    #[must_use]
    pub fn member_weights(&self, positives: usize) -> Vec<MemberWeight> {
        weights(&self.config, positives)
    }

    fn bind<'a>(&self, scorers: Vec<Box<dyn Scorer + 'a>>, positives: usize) -> BlendScorer<'a> {
        let n_items = self.interactions.n_items();
        let mut blended = vec![0.0; n_items];
        let mut scores = vec![0.0; n_items];
        let shares = self.member_weights(positives);
        let parts = scorers.into_iter().zip(shares).map(|(scorer, share)| {
            scorer.score_into(Candidates::All, &mut scores);
            let affine = Affine::new(self.config.normalization, share.weight, &scores);
            add(affine, &scores, &mut blended);
            (scorer, affine)
        });
        let parts = parts.collect();
        BlendScorer { parts, blended }
    }
}

/// Adds a member's part to the blend of one user.
fn add(affine: Affine, scores: &[f32], blended: &mut [f32]) {
    for (place, &score) in blended.iter_mut().zip(scores) {
        *place += affine.apply(score);
    }
}

impl Model for HybridModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Hybrid
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let scorers = self.members.iter().map(|member| member.scorer(user));
        let positives = self.interactions.user(user).positives();
        Ok(Box::new(self.bind(scorers.collect::<Result<_, _>>()?, positives)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        let n_items = self.interactions.n_items();
        assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
        out.fill(0.0);
        let mut scores = vec![0.0; out.len()];
        for (at, member) in self.members.iter().enumerate() {
            member.score_block(users, &mut scores)?;
            for (row, &user) in users.iter().enumerate() {
                let range = row * n_items..(row + 1) * n_items;
                let positives = self.interactions.user(user).positives();
                let weight = self.member_weights(positives)[at].weight;
                let affine = Affine::new(self.config.normalization, weight, &scores[range.clone()]);
                add(affine, &scores[range.clone()], &mut out[range]);
            }
        }
        Ok(())
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        self.members.iter().all(|member| member.as_fold_in().is_some()).then_some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        self.members.iter().any(|member| member.as_similar_items().is_some()).then_some(self)
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        None
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        None
    }

    fn as_cold_items(&self) -> Option<&dyn ColdItems> {
        None
    }

    fn as_hybrid(&self) -> Option<&HybridModel> {
        Some(self)
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config)
    }
}

impl FoldIn for HybridModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        let folded = self.members.iter().filter_map(|member| member.as_fold_in());
        let scorers =
            folded.map(|member| member.fold_in(history)).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(self.bind(scorers, history.as_row().positives())))
    }
}

impl SimilarItems for HybridModel {
    /// Fuses the members' lists by reciprocal rank, `Σ weight / (60 + rank)` (Cormack et al. 2009),
    /// scaled so that the first of every list scores 1.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        const DAMPING: f32 = 60.0;
        /// Deep enough that the head of the fused list does not depend on where the lists end.
        const DEPTH: usize = 5;
        check_item(&self.interactions, item)?;
        let able = || {
            let members = self.members.iter().zip(&self.config.members);
            members.filter_map(|(member, config)| Some((member.as_similar_items()?, config.weight)))
        };
        let total: f32 = able().map(|(_, weight)| weight).sum();
        let deep = request.with_k(request.k().saturating_mul(DEPTH));
        let mut fused: Vec<(ItemIdx, f32)> = Vec::new();
        for (member, weight) in able() {
            for (rank, hit) in member.similar_items(item, &deep)?.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
                let part = weight / total * (DAMPING + 1.0) / (DAMPING + 1.0 + rank as f32);
                fused.push((hit.item, part));
            }
        }
        fused.sort_by_key(|&(hit, _)| hit);
        let mut top = TopK::new(request.k());
        for group in fused.chunk_by(|left, right| left.0 == right.0) {
            top.push(group[0].0, group.iter().map(|&(_, part)| part).sum());
        }
        Ok(top.into_sorted())
    }
}

struct BlendScorer<'a> {
    parts: Vec<(Box<dyn Scorer + 'a>, Affine)>,
    /// Score of every item.
    blended: Vec<f32>,
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
        for (scorer, affine) in &self.parts {
            let part = scorer.explain(item, usize::MAX);
            base += affine.apply(part.base);
            contributions.extend(part.contributions.into_iter().map(|contribution| Contribution {
                weight: contribution.weight * affine.factor,
                ..contribution
            }));
        }
        Explanation::new(self.blended[item.index()], base, contributions, limit)
    }
}
