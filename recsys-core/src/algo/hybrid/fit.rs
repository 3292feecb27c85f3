//! Training: the members, one after the other.

use super::{Hybrid, HybridModel};
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};

impl Estimator for Hybrid {
    type Model = HybridModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<HybridModel, FitError> {
        require_positives(data.interactions())?;
        let steps = self.members.len();
        let members = self.members.iter().enumerate();
        let members = members
            .map(|(step, member)| member.fit_erased(data, &context.part(step, steps)))
            .collect::<Result<_, _>>()?;
        Ok(HybridModel::new(self.config.clone(), data.interactions().clone(), members))
    }
}
