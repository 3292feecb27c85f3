//! Training: a validated estimator and data give a model of another type.

mod context;
mod error;

use std::fmt;
use std::sync::Arc;

pub use context::{FitContext, Progress};
pub use error::FitError;

use crate::data::{Dataset, Interactions};
use crate::model::Model;

/// A validated trainer. Holding one means that every setting is in range.
///
/// Work runs on the current rayon pool; wrap the call in `pool.install(..)` to choose another. The
/// result does not depend on the number of threads.
pub trait Estimator: fmt::Debug + Send + Sync {
    /// What training gives.
    type Model: Model;

    /// Trains on `data`, reporting progress to `context` and stopping soon after it asks to.
    ///
    /// # Errors
    ///
    /// [`FitError::Cancelled`], [`FitError::NoPositives`] when nothing in `data` is above zero,
    /// [`FitError::Diverged`] when the numbers leave the finite range, [`FitError::Missing`] when the
    /// algorithm needs more than interactions.
    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<Self::Model, FitError>;
}

/// Conveniences over [`Estimator`].
pub trait EstimatorExt: Estimator {
    /// Trains on `data`, interactions or a whole data set, without progress or cancellation.
    ///
    /// # Errors
    ///
    /// Those of [`Estimator::fit_with`].
    fn fit(&self, data: impl Into<Dataset>) -> Result<Self::Model, FitError> {
        self.fit_with(&data.into(), &FitContext::default())
    }
}

impl<E: Estimator + ?Sized> EstimatorExt for E {}

/// An estimator whose model type is erased, for callers that choose the algorithm by configuration.
pub trait ErasedEstimator: fmt::Debug + Send + Sync {
    /// Trains on `data`; see [`Estimator::fit_with`].
    ///
    /// # Errors
    ///
    /// Those of [`Estimator::fit_with`].
    fn fit_erased(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<Arc<dyn Model>, FitError>;
}

impl<E: Estimator> ErasedEstimator for E {
    fn fit_erased(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<Arc<dyn Model>, FitError> {
        Ok(Arc::new(self.fit_with(data, context)?))
    }
}

/// Refuses data in which no value is above zero.
pub(crate) fn require_positives(data: &Interactions) -> Result<(), FitError> {
    if data.user_csr().values.iter().any(|&value| value > 0.0) {
        Ok(())
    } else {
        Err(FitError::NoPositives)
    }
}
