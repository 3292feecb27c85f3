//! The trained vectors and biases.

use std::fmt;

use super::config::{Bpr, BprConfig};
use super::descent::{Comparison, Descent, move_towards};
use super::fit::FOLD_IN_STREAM;
use super::scorer::BprScorer;
use crate::algo::latent::ItemFactors;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions, Row};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::dot_with;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_user,
};
use crate::query::{QueryError, Request, ScoredItem};
use crate::rng;

/// Vectors of users and items and biases of items. Rows are `[vector, 1]` of a user and `[vector, bias]` of
/// an item, so that the score is an inner product.
#[derive(Clone)]
pub struct BprModel {
    config: BprConfig,
    interactions: Interactions,
    users: PaddedMatrix,
    items: ItemFactors,
}

impl BprModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: BprConfig,
        interactions: Interactions,
        users: &PaddedMatrix,
        items: &PaddedMatrix,
        biases: &[f32],
    ) -> Self {
        let width = users.width();
        let users = with_last(users, &vec![1.0; users.rows()]);
        let items = ItemFactors::new(with_last(items, biases), width);
        Self { config, interactions, users, items }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        /// No trained number comes near; sums of products stay finite below.
        const LARGEST: f32 = 1e12;
        reader.version(ModelKind::Bpr.name(), Self::VERSION)?;
        let config: BprConfig = reader.config()?;
        Bpr::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let data = reader.interactions().clone();
        let width = config.factors as usize;
        let bounded = |name, len: usize| {
            let values = reader.f32s(name, len)?;
            if values.iter().any(|value| value.abs() > LARGEST) {
                return Err(CodecError::malformed("a bias or a vector is out of range"));
            }
            Ok(values)
        };
        let users =
            PaddedMatrix::from_dense(&bounded("user_vectors", data.n_users() * width)?, width);
        let items =
            PaddedMatrix::from_dense(&bounded("item_vectors", data.n_items() * width)?, width);
        let biases = bounded("item_biases", data.n_items())?;
        Ok(Self::new(config, data, &users, &items, &biases))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &BprConfig {
        &self.config
    }

    pub(super) fn items(&self) -> &ItemFactors {
        &self.items
    }

    /// The folded-in vector of a history as a sum: one padded row for each of its likes, the last entry of each
    /// zero.
    pub(super) fn shares(&self, row: Row<'_, ItemIdx>) -> (Vec<ItemIdx>, Vec<f32>) {
        let likes: Vec<ItemIdx> =
            row.iter().filter(|&(_, value)| value > 0.0).map(|(item, _)| item).collect();
        let mut shares = vec![0.0; likes.len() * self.users.stride()];
        dispatch(FoldHistory { model: self, likes: &likes, shares: &mut shares });
        // Only a decoded file can hold vectors under which a step overflows.
        if shares.iter().any(|value| !value.is_finite()) {
            shares.fill(0.0);
        }
        (likes, shares)
    }

    /// The vector of a history, as `[vector, 1]`, padded.
    fn folded_in(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        let (_, shares) = self.shares(history.as_row());
        let mut vector = vec![0.0; self.users.stride()];
        for share in shares.chunks_exact(self.users.stride()) {
            for (value, share) in vector.iter_mut().zip(share) {
                *value += share;
            }
        }
        vector[self.users.width() - 1] = 1.0;
        Ok(vector)
    }
}

/// The rows with one entry more.
fn with_last(rows: &PaddedMatrix, last: &[f32]) -> PaddedMatrix {
    let width = rows.width();
    let mut wider = PaddedMatrix::zeros(rows.rows(), width + 1);
    let stride = wider.stride();
    for (row, target) in wider.as_mut_slice().chunks_exact_mut(stride).enumerate() {
        target[..width].copy_from_slice(rows.values(row));
        target[width] = last[row];
    }
    wider
}

/// The descent of training with the items as they are: every step towards a like is that like's.
struct FoldHistory<'a> {
    model: &'a BprModel,
    likes: &'a [ItemIdx],
    shares: &'a mut [f32],
}

impl Kernel for FoldHistory<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { model, likes, shares } = self;
        let items = model.items.matrix();
        let (stride, bias_at) = (items.stride(), items.width() - 1);
        let descent = Descent::new(&model.config, &model.interactions);
        let liked: Vec<u32> = likes.iter().map(|item| item.get()).collect();
        let mut random = rng::stream(model.config.seed, FOLD_IN_STREAM);
        let mut vector = vec![0.0; stride];
        let score = |vector: &[f32], item: &[f32]| dot_with(simd, vector, item) + item[bias_at];
        let mut decay = vec![1.0_f32; likes.len()];
        let kept = descent.kept();
        for _ in 0..model.config.epochs {
            for (at, item) in likes.iter().enumerate() {
                let q = items.row(item.index());
                let score_of = |other: u32| score(&vector, items.row(other as usize));
                let own = score(&vector, q);
                let compared = descent.compare(&mut random, &liked, own, score_of);
                let Some(Comparison { other, slope }) = compared else { continue };
                let step = model.config.learning_rate * slope;
                let other = items.row(other as usize);
                move_towards(simd, kept, step, q, other, &mut vector);
                // The bias is no part of a vector.
                vector[bias_at] = 0.0;
                // Each share has decayed since it was last touched; the exponents are settled at the end.
                for decay in &mut decay {
                    *decay *= kept;
                }
                let share = &mut shares[at * stride..][..stride];
                move_towards(simd, decay[at], step, q, other, share);
                share[bias_at] = 0.0;
                decay[at] = 1.0;
            }
        }
        for (share, decay) in shares.chunks_exact_mut(stride).zip(decay) {
            for value in share {
                *value *= decay;
            }
        }
    }
}

impl BprModel {
    /// The vectors of trained users, one below the other, padded to the stride of the items'.
    fn vectors(&self, users: &[UserIdx]) -> Result<Vec<f32>, QueryError> {
        let mut vectors = Vec::with_capacity(users.len() * self.users.stride());
        for &user in users {
            check_user(&self.interactions, user)?;
            vectors.extend_from_slice(self.users.row(user.index()));
        }
        Ok(vectors)
    }
}

impl Model for BprModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Bpr
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let vector = self.users.row(user.index()).to_vec();
        let history = History::from_row(self.interactions.user(user));
        Ok(Box::new(BprScorer::new(self, vector, history)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        let n_items = self.interactions.n_items();
        assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
        self.items.score_block(&self.vectors(users)?, out);
        Ok(())
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        Some(self)
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        Some(self)
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
        Some(self)
    }

    fn payload(&self) -> Payload<'_> {
        let width = self.config.factors as usize;
        let vectors = |side: &PaddedMatrix| -> Vec<f32> {
            (0..side.rows()).flat_map(|row| &side.values(row)[..width]).copied().collect()
        };
        let items = self.items.matrix();
        let biases: Vec<f32> = (0..items.rows()).map(|row| items.values(row)[width]).collect();
        Payload::new(Self::VERSION, &self.config)
            .with("user_vectors", vectors(&self.users))
            .with("item_vectors", vectors(items))
            .with("item_biases", biases)
    }
}

impl BulkRanking for BprModel {
    fn rank_unseen(&self, users: &[UserIdx], k: usize) -> Result<Vec<Vec<ScoredItem>>, QueryError> {
        let vectors = self.vectors(users)?;
        Ok(self.items.rank_unseen(&self.interactions, users, &vectors, k))
    }
}

impl FoldIn for BprModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        let vector = self.folded_in(history)?;
        Ok(Box::new(BprScorer::new(self, vector, history.clone())))
    }
}

impl SimilarItems for BprModel {
    /// Similarity is the cosine of the vectors, biases aside. Items without likes are similar to nothing
    /// that was learnt.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        self.items.similar(&self.interactions, item, request)
    }
}

impl ItemVectors for BprModel {
    fn dimensions(&self) -> usize {
        self.items.matrix().width()
    }

    /// The item's vector and its bias.
    fn item_vector(&self, item: ItemIdx) -> Option<&[f32]> {
        self.items.vector(item)
    }

    fn query_vector(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        let mut vector = self.folded_in(history)?;
        vector.truncate(self.dimensions());
        Ok(vector)
    }
}

impl fmt::Debug for BprModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BprModel")
            .field("config", &self.config)
            .field("n_users", &self.users.rows())
            .field("n_items", &self.items.matrix().rows())
            .finish_non_exhaustive()
    }
}
