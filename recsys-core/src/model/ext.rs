//! Ranked lists, written once over scorers.

use rayon::prelude::*;

use super::Model;
use crate::data::History;
use crate::ids::UserIdx;
use crate::query::{ItemSet, QueryError, Request, ScoredItem, rank};

/// Ranked lists from any [`Model`].
pub trait ModelExt: Model {
    /// Ranks items for a user of the training data. What the user has seen is *not* left out unless
    /// the request excludes it; see [`seen`](Self::seen).
    ///
    /// # Errors
    ///
    /// [`QueryError::UserOutOfRange`] when `user` lies outside the model.
    fn recommend(
        &self,
        user: UserIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        Ok(self.scorer(user)?.rank(request, self.interactions().n_items()))
    }

    /// Ranks items for a history.
    ///
    /// # Errors
    ///
    /// Those of [`FoldIn::fold_in`](super::FoldIn::fold_in), and [`QueryError::Unsupported`] when the
    /// model cannot fold in.
    fn recommend_for(
        &self,
        history: &History,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        let fold_in = self.as_fold_in().ok_or(QueryError::Unsupported {
            algorithm: self.kind().name(),
            ability: "recommend for a history",
        })?;
        Ok(fold_in.fold_in(history)?.rank(request, self.interactions().n_items()))
    }

    /// Ranks the `k` best unseen items for each of `users`, in parallel on the current rayon pool.
    ///
    /// Models of inner products round their items to bytes at the first call, and at the first list of a
    /// large catalogue by [`recommend`](Self::recommend): that takes a small part of the time of training, and
    /// memory of one byte a factor and four an item as long as the model lives.
    ///
    /// # Errors
    ///
    /// [`QueryError::UserOutOfRange`] when one of `users` lies outside the model.
    fn recommend_unseen(
        &self,
        users: &[UserIdx],
        k: usize,
    ) -> Result<Vec<Vec<ScoredItem>>, QueryError> {
        /// A bulk ranking reuses each block of items from cache for all of them.
        const BULK: usize = 64;
        if let Some(ranking) = self.as_bulk_ranking() {
            let blocks: Vec<Vec<Vec<ScoredItem>>> = users
                .par_chunks(BULK)
                .map(|block| ranking.rank_unseen(block, k))
                .collect::<Result<_, QueryError>>()?;
            return Ok(blocks.into_iter().flatten().collect());
        }
        /// Enough users to reuse each block of items from cache, few enough to share out evenly.
        const BLOCK: usize = 16;
        let n_items = self.interactions().n_items();
        let blocks: Vec<Vec<Vec<ScoredItem>>> = users
            .par_chunks(BLOCK)
            .map_init(
                || vec![0.0; BLOCK * n_items],
                |scores, block| {
                    let scores = &mut scores[..block.len() * n_items];
                    self.score_block(block, scores)?;
                    let lists = block.iter().enumerate().map(|(row, &user)| {
                        let seen = self.seen(user);
                        let scores = &scores[row * n_items..(row + 1) * n_items];
                        rank(&Request::top(k).excluding(&seen), scores)
                    });
                    Ok(lists.collect())
                },
            )
            .collect::<Result<_, QueryError>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }

    /// Returns the items in a user's row, whatever their sign.
    ///
    /// # Panics
    ///
    /// When `user` lies outside the model.
    fn seen(&self, user: UserIdx) -> ItemSet {
        ItemSet::from_ascending(self.interactions().user(user).indices())
    }
}

impl<M: Model + ?Sized> ModelExt for M {}
