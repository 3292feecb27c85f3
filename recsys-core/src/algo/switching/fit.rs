//! Training: the members, one after the other.

use super::{Switching, SwitchingModel};
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};

impl Estimator for Switching {
    type Model = SwitchingModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<SwitchingModel, FitError> {
        require_positives(data.interactions())?;
        let steps = self.members.len();
        let mut config = self.config.clone();
        let mut models = Vec::with_capacity(steps);
        for (step, (stage, member)) in self.members.iter().enumerate() {
            match member.fit_erased(data, &context.part(step, steps)) {
                Ok(model) => models.push(model),
                // The last one must be there for everybody.
                Err(FitError::Missing { .. }) if step + 1 < steps => {
                    config = config.without(*stage);
                }
                Err(error) => return Err(error),
            }
        }
        context.report("switching", 1, 1);
        Ok(SwitchingModel::new(config, data.interactions().clone(), models))
    }
}
