//! The data seen as neighbours of whoever is asked for.

use std::fmt;

use super::config::{UserKnn, UserKnnConfig};
use super::fit::Likes;
use super::scorer::UserKnnScorer;
use crate::algo::Feedback;
use crate::algo::rating_neighbors::{Means, UserBasedScorer};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// A memory of who did what; neighbours are found when a user is bound.
#[derive(Clone)]
pub struct UserKnnModel {
    config: UserKnnConfig,
    interactions: Interactions,
    likes: Likes,
    means: Means,
}

impl UserKnnModel {
    const VERSION: u16 = 1;

    pub(super) fn new(config: UserKnnConfig, interactions: Interactions) -> Self {
        let likes = Likes::new(&interactions, &config);
        let means = Means::new(&interactions);
        Self { config, interactions, likes, means }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::UserKnn.name(), Self::VERSION)?;
        let config: UserKnnConfig = reader.config()?;
        UserKnn::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        Ok(Self::new(config, reader.interactions().clone()))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &UserKnnConfig {
        &self.config
    }

    pub(super) fn likes(&self) -> &Likes {
        &self.likes
    }

    fn bind(&self, history: History) -> Box<dyn Scorer + '_> {
        match self.config.feedback {
            Feedback::Implicit => {
                Box::new(UserKnnScorer::new(self, history, self.config.neighbors))
            }
            Feedback::Ratings => Box::new(self.bind_ratings(history)),
        }
    }

    fn bind_ratings(&self, history: History) -> UserBasedScorer<'_> {
        let UserKnnConfig { neighbors, min_interactions, .. } = self.config;
        UserBasedScorer::new(&self.interactions, &self.means, history, neighbors, min_interactions)
    }
}

impl Model for UserKnnModel {
    fn kind(&self) -> ModelKind {
        ModelKind::UserKnn
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        Ok(self.bind(History::from_row(self.interactions.user(user))))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        (self.config.feedback == Feedback::Implicit).then_some(self)
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        None
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        (self.config.feedback == Feedback::Ratings).then_some(self)
    }

    fn as_cold_items(&self) -> Option<&dyn ColdItems> {
        None
    }

    fn as_blend(&self) -> Option<&dyn Blend> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config)
    }
}

impl FoldIn for UserKnnModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(self.bind(history.clone()))
    }
}

impl SimilarItems for UserKnnModel {
    /// What somebody would be recommended who likes nothing but the item, with everybody who likes it
    /// for neighbour. Items that none of them likes are not similar.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(&self.interactions, item)?;
        let scorer = UserKnnScorer::new(self, History::new(vec![(item, 1.0)]), None);
        let mut scores = vec![0.0; request.candidates().count(self.interactions.n_items())];
        scorer.score_into(request.candidates(), &mut scores);
        for score in scores.iter_mut().filter(|score| **score <= 0.0) {
            *score = f32::NEG_INFINITY;
        }
        let itself = match request.candidates() {
            Candidates::All => Some(item.index()),
            Candidates::Only(items) => items.as_slice().binary_search(&item).ok(),
        };
        if let Some(at) = itself {
            scores[at] = f32::NEG_INFINITY;
        }
        Ok(rank(request, &scores))
    }
}

impl RatingPrediction for UserKnnModel {
    /// A user or an item without ratings gets the mean of all.
    fn predict(&self, user: Option<UserIdx>, item: Option<ItemIdx>) -> f32 {
        self.means.predict(&self.interactions, user, item, |user, item| {
            self.bind_ratings(History::from_row(self.interactions.user(user))).predict(item)
        })
    }

    fn scale(&self) -> (f32, f32) {
        self.means.scale()
    }
}

impl fmt::Debug for UserKnnModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKnnModel")
            .field("config", &self.config)
            .field("n_users", &self.interactions.n_users())
            .field("n_items", &self.interactions.n_items())
            .finish_non_exhaustive()
    }
}
