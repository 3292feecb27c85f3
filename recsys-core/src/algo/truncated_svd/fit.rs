//! Training: one decomposition.

use super::config::TruncatedSvd;
use super::model::TruncatedSvdModel;
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::svd::truncated_svd;

impl Estimator for TruncatedSvd {
    type Model = TruncatedSvdModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<TruncatedSvdModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        let svd = truncated_svd(
            data.user_csr(),
            data.item_csr(),
            self.config().decomposition(data),
            || context.check(),
            |done, steps| context.report("truncated_svd", done, steps),
        )?;
        if svd.right.as_slice().iter().any(|value| !value.is_finite()) {
            return Err(FitError::Diverged { sweep: 1, what: "a direction" });
        }
        Ok(TruncatedSvdModel::new(self.config().clone(), data.clone(), svd.values, svd.right))
    }
}
