//! Training: describe the items.

use super::blocks::Blocks;
use super::config::Content;
use super::model::ContentModel;
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::model::ModelKind;

impl Estimator for Content {
    type Model = ContentModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<ContentModel, FitError> {
        require_positives(data.interactions())?;
        context.check()?;
        let features = data.features().ok_or(FitError::Missing {
            algorithm: ModelKind::Content.name(),
            what: "item features",
        })?;
        let (blocks, rows) = Blocks::fit(self, features, context)?;
        context.check()?;
        let model =
            ContentModel::new(self.config().clone(), data.interactions().clone(), blocks, rows);
        context.report("content", 2, 2);
        Ok(model)
    }
}
