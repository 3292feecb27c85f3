//! Training: the members, one after the other; before, where asked for, the weights.

use std::sync::Arc;

use super::hold_out::hold_out;
use super::learn::Trial;
use super::{Hybrid, HybridConfig, HybridModel, Validation, WeightSource};
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::model::Model;

impl Estimator for Hybrid {
    type Model = HybridModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<HybridModel, FitError> {
        require_positives(data.interactions())?;
        let (config, context) = match &self.config.weights {
            WeightSource::Fixed => (self.config.clone(), *context),
            WeightSource::Learned(how) | WeightSource::Measured(how) => {
                (self.weighted(data, how, &context.part(0, 2))?, context.part(1, 2))
            }
        };
        let wanted = |at: usize| is_wanted(&config, at);
        let Fitted { kept, models } = self.members_that_fit(data, &wanted, &context)?;
        Ok(HybridModel::new(config.only(&kept), data.interactions().clone(), models))
    }
}

/// The members that the data suffice for, and where they stand in the configuration.
#[derive(Default)]
struct Fitted {
    kept: Vec<usize>,
    models: Vec<Arc<dyn Model>>,
}

impl Hybrid {
    /// Trains the members that the data suffice for, and says which those are.
    fn members_that_fit(
        &self,
        data: &Dataset,
        wanted: &dyn Fn(usize) -> bool,
        context: &FitContext<'_>,
    ) -> Result<Fitted, FitError> {
        let steps = self.members.len();
        let mut fitted = Fitted::default();
        let mut missing = None;
        for (at, member) in self.members.iter().enumerate().filter(|&(at, _)| wanted(at)) {
            match member.fit_erased(data, &context.part(at, steps)) {
                Ok(model) => {
                    fitted.kept.push(at);
                    fitted.models.push(model);
                }
                Err(error @ FitError::Missing { .. }) => missing = Some(error),
                Err(error) => return Err(error),
            }
        }
        context.report("hybrid", 1, 1);
        match missing {
            Some(error) if fitted.kept.is_empty() => Err(error),
            _ => Ok(fitted),
        }
    }

    /// The configuration with weights from a part of the data that is held out.
    fn weighted(
        &self,
        data: &Dataset,
        how: &Validation,
        context: &FitContext<'_>,
    ) -> Result<HybridConfig, FitError> {
        let config = &self.config;
        let part = hold_out(data, how).expect("a part of valid data is valid");
        if part.liked.is_empty() {
            // Nobody likes two things: there is nothing to learn from.
            return Ok(config.clone());
        }
        let Fitted { kept, models } =
            self.members_that_fit(&part.rest, &|_| true, &context.part(0, 2))?;
        let own = config.only(&kept);
        let context = context.part(1, 2);
        let (scale, trust) = (own.normalization, own.half_trust);
        let trial = Trial::new(&models, scale, trust, &part.liked, how, &context)?;
        let weights: Vec<f32> = own.members.iter().map(|member| member.weight).collect();
        let spread = |found: &[f32]| {
            let mut all = vec![0.0; config.members.len()];
            for (&at, &weight) in kept.iter().zip(found) {
                all[at] = weight;
            }
            all
        };
        let mut weighted = config.clone();
        weighted.levels.clear();
        let lowest = if matches!(config.weights, WeightSource::Learned(_)) {
            let mut levels = trial.learned(&weights, &context)?;
            for level in &mut levels {
                level.weights = spread(&level.weights);
            }
            let lowest = levels.remove(0).weights;
            weighted.levels = levels;
            lowest
        } else {
            spread(&trial.measured(&weights))
        };
        for (member, weight) in weighted.members.iter_mut().zip(lowest) {
            member.weight = weight;
        }
        context.report("hybrid", 1, 1);
        Ok(weighted)
    }
}

/// Returns whether any user has a use for the member at position `at`.
fn is_wanted(config: &HybridConfig, at: usize) -> bool {
    config.members[at].weight > 0.0 || config.levels.iter().any(|level| level.weights[at] > 0.0)
}

impl HybridConfig {
    /// The configuration with the members at these positions only. Where none of those has a weight they
    /// weigh the same.
    fn only(&self, kept: &[usize]) -> Self {
        let even = |weights: Vec<f32>| {
            if weights.iter().any(|&weight| weight > 0.0) { weights } else { vec![1.0; kept.len()] }
        };
        let own = even(kept.iter().map(|&at| self.members[at].weight).collect());
        let mut config = self.clone();
        config.members = kept.iter().map(|&at| self.members[at].clone()).collect();
        for (member, weight) in config.members.iter_mut().zip(own) {
            member.weight = weight;
        }
        for level in &mut config.levels {
            level.weights = even(kept.iter().map(|&at| level.weights[at]).collect());
        }
        config
    }
}
