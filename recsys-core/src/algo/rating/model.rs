//! Biases and vectors, and what can be asked of them.

use std::fmt;

use super::RatingConfig;
use super::scorer::RatingScorer;
use crate::algo::latent::ItemFactors;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions, Row};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::ridge::Ridge;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_user,
};
use crate::query::{QueryError, Request, ScoredItem};

/// Biases and vectors of users and items.
///
/// A row of either side is `[vector, 1, bias]`, so that the score is an inner product with
/// `[vector of the user, bias of the user + mean, 1]`.
#[derive(Clone)]
pub struct RatingModel<C> {
    config: C,
    interactions: Interactions,
    mean: f32,
    users: PaddedMatrix,
    items: ItemFactors,
    scale: (f32, f32),
}

impl<C: RatingConfig> RatingModel<C> {
    const VERSION: u16 = 1;

    pub(in crate::algo) fn new(
        config: C,
        interactions: Interactions,
        mean: f32,
        users: PaddedMatrix,
        items: PaddedMatrix,
    ) -> Self {
        let values = interactions.user_csr().values;
        let lowest = values.iter().copied().reduce(f32::min).unwrap_or(0.0);
        let highest = values.iter().copied().reduce(f32::max).unwrap_or(0.0);
        let items = ItemFactors::new(items, config.factors());
        Self { config, interactions, mean, users, items, scale: (lowest, highest) }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        /// No trained number comes near; sums of products stay finite below.
        const LARGEST: f32 = 1e12;
        reader.version(C::KIND.name(), Self::VERSION)?;
        let config: C = reader.config()?;
        config.check().map_err(|error| CodecError::malformed(error.to_string()))?;
        let data = reader.interactions().clone();
        let width = config.factors();
        let bounded = |name, len: usize| {
            let values = reader.f32s(name, len)?;
            if values.iter().any(|value| value.abs() > LARGEST) {
                return Err(CodecError::malformed("a bias or a vector is out of range"));
            }
            Ok(values)
        };
        let side = |vectors, biases, rows: usize| {
            let (vectors, biases) = (bounded(vectors, rows * width)?, bounded(biases, rows)?);
            Ok::<_, CodecError>(joined(width, vectors.chunks_exact(width), &biases))
        };
        let users = side("user_vectors", "user_biases", data.n_users())?;
        let items = side("item_vectors", "item_biases", data.n_items())?;
        Ok(Self::new(config, data, bounded("mean", 1)?[0], users, items))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &C {
        &self.config
    }

    /// Returns the mean rating, where every prediction starts.
    #[must_use]
    pub fn mean(&self) -> f32 {
        self.mean
    }

    /// Returns how much higher than others a trained user rates; `None` outside the model.
    #[must_use]
    pub fn user_bias(&self, user: UserIdx) -> Option<f32> {
        let width = self.config.factors();
        (user.index() < self.users.rows()).then(|| self.users.values(user.index())[width + 1])
    }

    /// Returns a trained user's vector; `None` outside the model.
    #[must_use]
    pub fn user_vector(&self, user: UserIdx) -> Option<&[f32]> {
        let width = self.config.factors();
        (user.index() < self.users.rows()).then(|| &self.users.values(user.index())[..width])
    }

    /// Returns how much higher than others an item is rated; `None` outside the model.
    #[must_use]
    pub fn item_bias(&self, item: ItemIdx) -> Option<f32> {
        self.items.vector(item).map(|vector| vector[self.config.factors() + 1])
    }

    pub(super) fn items(&self) -> &ItemFactors {
        &self.items
    }

    /// What scores are inner products with, from a row `[vector, 1, bias]` of a user; padded.
    pub(super) fn query(&self, user: &[f32]) -> Vec<f32> {
        let width = self.config.factors();
        let mut query = user.to_vec();
        query[width] = user[width + 1] + self.mean;
        query[width + 1] = 1.0;
        query
    }

    /// The part of a history that a user's bias and vector have to explain, item by item: `[vector, 1]`
    /// and the rating beyond mean and bias of the item.
    pub(super) fn residuals<'a>(
        &'a self,
        row: Row<'a, ItemIdx>,
    ) -> impl Iterator<Item = (&'a [f32], f32)> {
        let width = self.config.factors();
        row.iter().map(move |(item, value)| {
            let item = self.items.matrix().values(item.index());
            (&item[..=width], value - self.mean - item[width + 1])
        })
    }

    /// The penalty of a user with this many ratings.
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    pub(super) fn penalty(&self, count: usize) -> f32 {
        self.config.penalty() * count.max(1) as f32
    }

    /// The best `[vector, 1, bias]` for a history, padded.
    fn solve(&self, row: Row<'_, ItemIdx>) -> Vec<f32> {
        let width = self.config.factors();
        let mut out = vec![0.0; self.users.stride()];
        let solved = dispatch(Solve { model: self, row, out: &mut out[..=width] });
        // Only a decoded file can hold vectors whose system overflows; such a user is like everybody.
        if solved.is_err() || out.iter().any(|value| !value.is_finite()) {
            out.fill(0.0);
        }
        out[width + 1] = std::mem::replace(&mut out[width], 1.0);
        out
    }

    fn folded_in(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(self.query(&self.solve(history.as_row())))
    }

    /// The columns of the vectors and of the biases of one side.
    fn parts(&self, side: &PaddedMatrix) -> (Vec<f32>, Vec<f32>) {
        let width = self.config.factors();
        let rows = || (0..side.rows()).map(|row| side.values(row));
        let vectors = rows().flat_map(|row| &row[..width]).copied().collect();
        (vectors, rows().map(|row| row[width + 1]).collect())
    }
}

/// Rows of `[vector, 1, bias]`.
pub(in crate::algo) fn joined<'a>(
    width: usize,
    vectors: impl Iterator<Item = &'a [f32]>,
    biases: &[f32],
) -> PaddedMatrix {
    let mut rows = PaddedMatrix::zeros(biases.len(), width + 2);
    let stride = rows.stride();
    let sources = vectors.zip(biases);
    for (row, (vector, &bias)) in rows.as_mut_slice().chunks_exact_mut(stride).zip(sources) {
        row[..width].copy_from_slice(vector);
        row[width] = 1.0;
        row[width + 1] = bias;
    }
    rows
}

struct Solve<'a, C> {
    model: &'a RatingModel<C>,
    row: Row<'a, ItemIdx>,
    out: &'a mut [f32],
}

impl<C: RatingConfig> Kernel for Solve<'_, C> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let count = self.row.len();
        let rows = self.model.residuals(self.row);
        Ridge::default().solve(simd, rows, count, self.model.penalty(count), self.out)
    }
}

impl<C: RatingConfig> RatingModel<C> {
    /// The vectors of trained users, one below the other, padded to the stride of the items'.
    fn vectors(&self, users: &[UserIdx]) -> Result<Vec<f32>, QueryError> {
        let mut vectors = Vec::with_capacity(users.len() * self.users.stride());
        for &user in users {
            check_user(&self.interactions, user)?;
            vectors.extend(self.query(self.users.row(user.index())));
        }
        Ok(vectors)
    }
}

impl<C: RatingConfig> Model for RatingModel<C> {
    fn kind(&self) -> ModelKind {
        C::KIND
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let history = History::from_row(self.interactions.user(user));
        let query = self.query(self.users.row(user.index()));
        Ok(Box::new(RatingScorer::new(self, query, history)))
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
        Some(self)
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
        let (user_vectors, user_biases) = self.parts(&self.users);
        let (item_vectors, item_biases) = self.parts(self.items.matrix());
        Payload::new(Self::VERSION, &self.config)
            .with("mean", vec![self.mean])
            .with("user_vectors", user_vectors)
            .with("user_biases", user_biases)
            .with("item_vectors", item_vectors)
            .with("item_biases", item_biases)
    }
}

impl<C: RatingConfig> BulkRanking for RatingModel<C> {
    fn rank_unseen(&self, users: &[UserIdx], k: usize) -> Result<Vec<Vec<ScoredItem>>, QueryError> {
        let vectors = self.vectors(users)?;
        Ok(self.items.rank_unseen(&self.interactions, users, &vectors, k))
    }
}

impl<C: RatingConfig> FoldIn for RatingModel<C> {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        let query = self.folded_in(history)?;
        Ok(Box::new(RatingScorer::new(self, query, history.clone())))
    }
}

impl<C: RatingConfig> SimilarItems for RatingModel<C> {
    /// Similarity is the cosine of the vectors, biases aside. Items without ratings are similar to nothing.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        self.items.similar(&self.interactions, item, request)
    }
}

impl<C: RatingConfig> ItemVectors for RatingModel<C> {
    fn dimensions(&self) -> usize {
        self.items.matrix().width()
    }

    /// The item's vector, a 1 for what does not depend on it, and its bias.
    fn item_vector(&self, item: ItemIdx) -> Option<&[f32]> {
        self.items.vector(item)
    }

    fn query_vector(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        let mut query = self.folded_in(history)?;
        query.truncate(self.dimensions());
        Ok(query)
    }
}

impl<C: RatingConfig> RatingPrediction for RatingModel<C> {
    fn predict(&self, user: Option<UserIdx>, item: Option<ItemIdx>) -> f32 {
        let width = self.config.factors();
        let rating = match (user, item) {
            (Some(user), Some(item)) => {
                self.items.score_of(&self.query(self.users.row(user.index())), item)
            }
            (Some(user), None) => self.mean + self.users.values(user.index())[width + 1],
            (None, Some(item)) => self.mean + self.items.matrix().values(item.index())[width + 1],
            (None, None) => self.mean,
        };
        rating.clamp(self.scale.0, self.scale.1)
    }

    fn scale(&self) -> (f32, f32) {
        self.scale
    }
}

impl<C: RatingConfig> fmt::Debug for RatingModel<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RatingModel")
            .field("config", &self.config)
            .field("n_users", &self.users.rows())
            .field("n_items", &self.items.matrix().rows())
            .finish_non_exhaustive()
    }
}
