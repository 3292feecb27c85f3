//! The trained switch.

use std::sync::Arc;

use super::SwitchingConfig;
use super::config::Stage;
use super::scorer::{ChosenScorer, moments};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions, ItemFeatures};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, MemberWeight, Model, ModelKind,
    RatingPrediction, Scorer, SimilarItems, check_history, check_item, check_user,
    score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem};

/// Several models over one matrix, of which one answers.
#[derive(Clone, Debug)]
pub struct SwitchingModel {
    config: SwitchingConfig,
    interactions: Interactions,
    /// In the order of the configuration's stages.
    members: Vec<Arc<dyn Model>>,
}

impl SwitchingModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: SwitchingConfig,
        interactions: Interactions,
        members: Vec<Arc<dyn Model>>,
    ) -> Self {
        Self { config, interactions, members }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Switching.name(), Self::VERSION)?;
        let config: SwitchingConfig = reader.config()?;
        config.check().map_err(|error| CodecError::malformed(error.to_string()))?;
        let members: Vec<Arc<dyn Model>> =
            reader.members()?.iter().map(crate::algo::decode).collect::<Result<_, _>>()?;
        let described = config.stages().into_iter().map(|(_, member)| member.kind());
        if !described.eq(members.iter().map(|member| member.kind())) {
            return Err(CodecError::malformed(
                "the members of the switch are not those configured",
            ));
        }
        Ok(Self::new(config, reader.interactions().clone(), members))
    }

    /// Returns the settings, without the members that the data did not suffice for.
    #[must_use]
    pub fn config(&self) -> &SwitchingConfig {
        &self.config
    }

    /// The members that may answer for a user with `positives` liked items, in order.
    fn eligible(&self, positives: usize) -> impl Iterator<Item = (Stage, &Arc<dyn Model>)> {
        let stages = self.config.stages().into_iter().map(|(stage, _)| stage);
        stages.zip(&self.members).filter(move |(stage, _)| self.config.needs(*stage) <= positives)
    }

    fn bind(&self, history: &History) -> Result<ChosenScorer<'_>, QueryError> {
        check_history(&self.interactions, history)?;
        let able = self.eligible(history.as_row().positives());
        let able = able.filter_map(|(_, member)| member.as_fold_in());
        ChosenScorer::first_that_tells(
            able.map(|member| member.fold_in(history)),
            self.interactions.n_items(),
        )
    }

    /// The member that can score unseen items, and can fold in.
    fn cold(&self) -> Option<(&dyn ColdItems, &dyn FoldIn)> {
        self.members.iter().find_map(|member| Some((member.as_cold_items()?, member.as_fold_in()?)))
    }
}

impl Blend for SwitchingModel {
    fn members(&self) -> &[Arc<dyn Model>] {
        &self.members
    }

    fn member_weights(&self, positives: usize) -> Vec<MemberWeight> {
        let chosen = self.eligible(positives).next().map(|(stage, _)| stage);
        let needed = self.config.min_interactions_for_cf;
        let stages = self.config.stages().into_iter().map(|(stage, member)| {
            let weight = if Some(stage) == chosen { 1.0 } else { 0.0 };
            let reason = match stage {
                Stage::Collaborative => {
                    format!("answers from {needed} liked items on; {positives} are known")
                }
                Stage::Content | Stage::Factorization => {
                    format!("answers from the first liked item on; {positives} are known")
                }
                Stage::Popular => "answers when nobody else can".to_owned(),
            };
            MemberWeight::new(member.kind(), weight, reason)
        });
        stages.collect()
    }
}

impl Model for SwitchingModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Switching
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let able = self.eligible(self.interactions.user(user).positives());
        let chosen = ChosenScorer::first_that_tells(
            able.map(|(_, member)| member.scorer(user)),
            self.interactions.n_items(),
        )?;
        Ok(Box::new(chosen))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        let last = self.members.last()?;
        last.as_fold_in().is_some().then_some(self)
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
        (self.cold().is_some() && self.as_fold_in().is_some()).then_some(self)
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

impl FoldIn for SwitchingModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        Ok(Box::new(self.bind(history)?))
    }
}

impl SimilarItems for SwitchingModel {
    /// The list of the first member that has one.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(&self.interactions, item)?;
        for member in self.members.iter().filter_map(|member| member.as_similar_items()) {
            let list = member.similar_items(item, request)?;
            if !list.is_empty() {
                return Ok(list);
            }
        }
        Ok(Vec::new())
    }
}

impl ColdItems for SwitchingModel {
    /// The content member's scores, moved and stretched to mean and deviation of the scores of the member
    /// that answers for the history.
    fn score_features(
        &self,
        history: &History,
        items: &[ItemFeatures],
    ) -> Result<Vec<f32>, QueryError> {
        let (mean, deviation) = self.bind(history)?.moments();
        let Some((cold, fold_in)) = self.cold() else {
            return Err(QueryError::Unsupported {
                algorithm: ModelKind::Switching.name(),
                ability: "score unseen items",
            });
        };
        let mut known = vec![0.0; self.interactions.n_items()];
        fold_in.fold_in(history)?.score_into(Candidates::All, &mut known);
        let (own_mean, own_deviation) = moments(&known);
        let stretch = if own_deviation > 0.0 { deviation / own_deviation } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "scores fit f32")]
        let on_scale = |score: f32| (mean + (f64::from(score) - own_mean) * stretch) as f32;
        Ok(cold.score_features(history, items)?.into_iter().map(on_scale).collect())
    }
}
