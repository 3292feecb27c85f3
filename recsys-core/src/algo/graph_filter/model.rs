//! The trained filter: a sparse matrix and one of low rank.

use std::fmt;

use super::config::{GraphFilter, GraphFilterConfig};
use super::scorer::GraphFilterScorer;
use crate::algo::item_knn::ItemKnnModel;
use crate::algo::low_rank::LowRank;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::matrix::PaddedMatrix;
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// How much liking one item speaks for another, as the sum of a sparse matrix and one of low rank. A user
/// is their history.
#[derive(Clone)]
pub struct GraphFilterModel {
    config: GraphFilterConfig,
    linear: ItemKnnModel,
    low_rank: LowRank,
}

impl GraphFilterModel {
    const VERSION: u16 = 1;

    pub(super) fn new(config: GraphFilterConfig, linear: ItemKnnModel, low_rank: LowRank) -> Self {
        Self { config, linear, low_rank }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        /// No trained vector or weight comes near; sums of products stay finite below.
        const LARGEST: f32 = 1e12;
        reader.version(ModelKind::GraphFilter.name(), Self::VERSION)?;
        let config: GraphFilterConfig = reader.config()?;
        GraphFilter::new(config.clone())
            .map_err(|error| CodecError::malformed(error.to_string()))?;
        let linear = ItemKnnModel::from_sections(config.linear.clone(), reader)?;
        let data = reader.interactions();
        let rank = config.rank(data);
        let vectors = reader.f32s("item_factors", data.n_items() * rank)?;
        let sources = reader.f32s("sources", data.n_items())?;
        if vectors.iter().chain(&sources).any(|value| value.abs() > LARGEST) {
            return Err(CodecError::malformed("an entry of the low-rank term is out of range"));
        }
        let low_rank = LowRank::new(PaddedMatrix::from_dense(&vectors, rank), sources);
        Ok(Self::new(config, linear, low_rank))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &GraphFilterConfig {
        &self.config
    }

    pub(super) fn linear(&self) -> &ItemKnnModel {
        &self.linear
    }

    pub(super) fn low_rank(&self) -> &LowRank {
        &self.low_rank
    }
}

impl Model for GraphFilterModel {
    fn kind(&self) -> ModelKind {
        ModelKind::GraphFilter
    }

    fn interactions(&self) -> &Interactions {
        self.linear.matrix()
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(self.interactions(), user)?;
        let history = History::from_row(self.interactions().user(user));
        Ok(Box::new(GraphFilterScorer::new(self, history)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        let data = self.interactions();
        let n_items = data.n_items();
        assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
        let mut vectors = Vec::new();
        for &user in users {
            check_user(data, user)?;
            vectors.extend(self.low_rank.query(data.user(user)));
        }
        self.low_rank.factors().score_block(&vectors, out);
        for (&user, out) in users.iter().zip(out.chunks_exact_mut(n_items.max(1))) {
            self.linear.weights().of_row(data.user(user)).add_to(out);
        }
        Ok(())
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        Some(self)
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

    fn as_blend(&self) -> Option<&dyn Blend> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        let payload = Payload::new(Self::VERSION, &self.config)
            .with("item_factors", self.low_rank.factors().matrix().to_dense())
            .with("sources", self.low_rank.sources());
        self.linear.weights().store(payload)
    }
}

impl FoldIn for GraphFilterModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(self.interactions(), history)?;
        Ok(Box::new(GraphFilterScorer::new(self, history.clone())))
    }
}

impl SimilarItems for GraphFilterModel {
    /// What liking the item speaks for: the scores of a history of nothing else.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(self.interactions(), item)?;
        let candidates = request.candidates();
        let mut scores = vec![0.0; candidates.count(self.interactions().n_items())];
        let scorer = GraphFilterScorer::new(self, History::new(vec![(item, 1.0)]));
        scorer.score_into(candidates, &mut scores);
        let own = match candidates {
            Candidates::All => Some(item.index()),
            Candidates::Only(items) => items.as_slice().binary_search(&item).ok(),
        };
        if let Some(own) = own {
            scores[own] = f32::NEG_INFINITY;
        }
        Ok(rank(request, &scores))
    }
}

impl fmt::Debug for GraphFilterModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphFilterModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions().n_items())
            .field("n_weights", &self.linear.n_weights())
            .finish_non_exhaustive()
    }
}
