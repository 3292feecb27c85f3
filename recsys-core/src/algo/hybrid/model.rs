//! The trained blend.

use std::sync::Arc;

use super::HybridConfig;
use super::normalize::Normalized;
use super::scorer::{BlendScorer, add};
use super::weights;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions, ItemFeatures};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, MemberWeight, Model, ModelKind,
    RatingPrediction, Scorer, SimilarItems, check_history, check_item, check_user,
};
use crate::query::{QueryError, Request, ScoredItem, TopK};

/// Several models over one matrix, whose scores are blended.
#[derive(Clone, Debug)]
pub struct HybridModel {
    config: HybridConfig,
    interactions: Interactions,
    members: Vec<Arc<dyn Model>>,
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

    /// Returns the settings the model was trained with: the members that are there, with the weights
    /// that were found.
    #[must_use]
    pub fn config(&self) -> &HybridConfig {
        &self.config
    }

    fn shares(&self, positives: usize) -> Vec<f32> {
        let kinds: Vec<ModelKind> = self.members.iter().map(|member| member.kind()).collect();
        let weights = weights::of_level(&self.config, positives);
        weights::shares(&kinds, &weights, self.config.half_trust, positives)
    }

    fn bind<'a>(&self, scorers: Vec<Box<dyn Scorer + 'a>>, positives: usize) -> BlendScorer<'a> {
        let n_items = self.interactions.n_items();
        BlendScorer::new(scorers, &self.shares(positives), self.config.normalization, n_items)
    }

    fn bind_history(&self, history: &History) -> Result<BlendScorer<'_>, QueryError> {
        check_history(&self.interactions, history)?;
        let folded = self.members.iter().filter_map(|member| member.as_fold_in());
        let scorers =
            folded.map(|member| member.fold_in(history)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.bind(scorers, history.as_row().positives()))
    }
}

impl Blend for HybridModel {
    fn members(&self) -> &[Arc<dyn Model>] {
        &self.members
    }

    fn member_weights(&self, positives: usize) -> Vec<MemberWeight> {
        weights::explained(&self.config, positives)
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
        for &user in users {
            check_user(&self.interactions, user)?;
        }
        let positives = |user: &UserIdx| self.interactions.user(*user).positives();
        let shares: Vec<Vec<f32>> = users.iter().map(|user| self.shares(positives(user))).collect();
        let mut scores = vec![0.0; out.len()];
        for (at, member) in self.members.iter().enumerate() {
            member.score_block(users, &mut scores)?;
            for (row, shares) in shares.iter().enumerate() {
                let range = row * n_items..(row + 1) * n_items;
                let normalized = Normalized::new(self.config.normalization, &scores[range.clone()]);
                add(&normalized, shares[at], &scores[range.clone()], &mut out[range]);
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
        let able = self.members.iter().any(|member| member.as_cold_items().is_some());
        let places_new_items = able && self.config.normalization.is_affine();
        (places_new_items && self.as_fold_in().is_some()).then_some(self)
    }

    fn as_blend(&self) -> Option<&dyn Blend> {
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
        Ok(Box::new(self.bind_history(history)?))
    }
}

impl ColdItems for HybridModel {
    /// Members that cannot place such an item give it a score of 0, as collaborative ones give the items
    /// without events.
    fn score_features(
        &self,
        history: &History,
        items: &[ItemFeatures],
    ) -> Result<Vec<f32>, QueryError> {
        let scorer = self.bind_history(history)?;
        let mut able = self
            .members
            .iter()
            .enumerate()
            .filter_map(|(at, member)| member.as_cold_items().map(|cold| (at, cold)));
        let Some((member, cold)) = able.next() else {
            return Err(QueryError::Unsupported {
                algorithm: ModelKind::Hybrid.name(),
                ability: "score unseen items",
            });
        };
        let scores = cold.score_features(history, items)?;
        Ok(scores.into_iter().map(|score| scorer.with_member(member, score)).collect())
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
        let total = able().map(|(_, weight)| weight).sum::<f32>().max(f32::MIN_POSITIVE);
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
