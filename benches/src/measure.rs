//! One model's figures: seconds to fit, seconds to recommend, ranking quality.

use std::time::Instant;

use recsys_core::UserIdx;
use recsys_core::data::Interactions;
use recsys_core::eval::rank_and_measure;
use recsys_core::fit::{ErasedEstimator, FitContext};
use recsys_core::prelude::*;
use serde::Deserialize;

use crate::lightgcn::Dataset;

/// Length of the lists.
pub(crate) const K: usize = 20;

/// What is reported of one training run.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Figures {
    pub(crate) fit_seconds: f64,
    pub(crate) recommend_seconds: f64,
    pub(crate) recall: f64,
    pub(crate) ndcg: f64,
}

/// Fits, recommends [`K`] unseen items to every user, and measures.
pub(crate) fn measure(estimator: &dyn ErasedEstimator, data: &Dataset) -> anyhow::Result<Figures> {
    // The transpose is built at its first use and kept with the data. A copy has none yet, so every
    // fit pays for it, as `implicit`'s do.
    let csr = data.train.user_csr();
    let train = Interactions::from_csr(
        data.train.users().clone(),
        data.train.items().clone(),
        csr.indptr.to_vec(),
        csr.indices.to_vec(),
        csr.values.to_vec(),
    )?;
    let start = Instant::now();
    let model = estimator.fit_erased(&train.into(), &FitContext::default())?;
    let fit_seconds = start.elapsed().as_secs_f64();

    let users: Vec<UserIdx> = (0..).map(UserIdx::new).take(data.train.n_users()).collect();
    let start = Instant::now();
    let lists = model.recommend_unseen(&users, K)?;
    let recommend_seconds = start.elapsed().as_secs_f64();
    drop(lists);

    let report = rank_and_measure(&*model, &data.held_out, K)?;
    let (recall, ndcg) = (report.recall, report.ndcg);
    Ok(Figures { fit_seconds, recommend_seconds, recall, ndcg })
}
