//! Settings of ALS and their validation.

use serde::{Deserialize, Serialize};

use super::feedback::{Confidence, Feedback, ObservedLoss};
use crate::data::Interactions;
use crate::param::{ParamError, require};

/// The largest unobserved weight that is chosen automatically. On dense little data more of it would
/// teach the model that what a user has not seen yet is disliked.
const MOST_AUTOMATIC: f32 = 0.3;

/// Settings of [`Als`].
///
/// The defaults were chosen on randomly held-out parts of two training sets, one of check-ins and one of
/// film ratings; `regularization` and `unobserved_weight` are the two worth searching on other data.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlsConfig {
    /// Length of each latent vector. Default 64; 1 to 2048.
    pub factors: u32,
    /// Sweeps over both sides. Default 8, within two percent of the best on held-out parts of two training
    /// sets; 1 to 1000. Fewer sweeps regularise.
    pub epochs: u32,
    /// Weight of the wish that an unobserved pair scores 0, relative to an observed pair of
    /// confidence 1; above 0, at most 1000. Default none, which is 30 times the share of pairs that
    /// are observed, at most 0.3: the best weights that are published for data of very different
    /// sparsity lie within a factor of a few of that.
    pub unobserved_weight: Option<f32>,
    /// Factor of the L2 penalty; above 0, at most 1e6. Default none, which makes the penalty of a user
    /// of mean degree a tenth of that degree, but at least 1: directions that explain no more than a
    /// single interaction are then dropped as noise.
    pub regularization: Option<f32>,
    /// How the penalty of a row grows with what is known of it: it is `regularization · s^exponent`
    /// with `s` the row's weighted count plus its share of unobserved weight. Default 1; 0 (the same
    /// penalty for all rows) to 2.
    pub regularization_exponent: f32,
    /// A user of degree `d` weighs `d^-exponent` in the loss. Default 0 (all the same) to 2.
    pub user_degree_exponent: f32,
    /// An item of degree `d` weighs `d^-exponent` in the loss. Default 0 (all the same) to 2.
    pub item_degree_exponent: f32,
    /// How the weight of an observed pair follows from its value. Default: every like weighs 1.
    pub confidence: Confidence,
    /// Whether the confidence comes on top of the unobserved weight or takes its place. Default: on
    /// top.
    pub observed_loss: ObservedLoss,
    /// How each row is solved while training. Default: exactly.
    pub solver: AlsSolver,
    /// Standard deviation of a whole starting vector's entries times `√factors`. Default 0.1; above 0,
    /// at most 100.
    pub initial_deviation: f32,
    /// Start of the random stream that the item factors begin with. Default 42.
    pub seed: u64,
}

/// How a half-step solves each row. Users are solved exactly in the end, and always when folded in.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AlsSolver {
    /// To the minimum.
    #[default]
    Exact,
    /// One block of factors after the other, each to its minimum with the others held, starting from
    /// the row of the sweep before. More sweeps are needed, each of which may be cheaper.
    Subspace {
        /// Factors of a block: a multiple of 16, up to 512.
        block: u32,
    },
}

impl Default for AlsConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 8,
            unobserved_weight: None,
            regularization: None,
            regularization_exponent: 1.0,
            user_degree_exponent: 0.0,
            item_degree_exponent: 0.0,
            confidence: Confidence::Unit,
            observed_loss: ObservedLoss::Added,
            solver: AlsSolver::Exact,
            initial_deviation: 0.1,
            seed: 42,
        }
    }
}

impl AlsConfig {
    /// The default settings with users and items of degree `d` weighted `d^-0.5` in the loss, so that
    /// neither heavy users nor popular items rule it. On the Gowalla split this ranks better than the
    /// defaults; on random parts held out of the training data it ranks worse.
    #[must_use]
    pub fn degree_weighted() -> Self {
        Self::default().with_weights(0.02, 0.003).with_degree_exponents(0.5, 0.5)
    }

    /// Settings that mean what `alpha` and `regularization` mean in the `implicit` library: the
    /// objective of Hu, Koren and Volinsky with confidence `alpha · value` in the place of an unobserved
    /// weight of 1, one penalty for all rows, no degree weights. The solution differs only in that it
    /// is exact, where that library takes three conjugate-gradient steps by default, and in the random
    /// start.
    #[must_use]
    pub fn implicit_compatible(factors: u32, alpha: f32, regularization: f32) -> Self {
        Self {
            factors,
            epochs: 15,
            unobserved_weight: Some(1.0),
            regularization: Some(regularization),
            regularization_exponent: 0.0,
            confidence: Confidence::Linear { alpha },
            observed_loss: ObservedLoss::Replaced,
            ..Self::default()
        }
    }

    /// Sets the length of each latent vector.
    #[must_use]
    pub fn with_factors(mut self, factors: u32) -> Self {
        self.factors = factors;
        self
    }

    /// Sets the number of sweeps.
    #[must_use]
    pub fn with_epochs(mut self, epochs: u32) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the two weights that matter most: that of unobserved pairs and the penalty's factor.
    #[must_use]
    pub fn with_weights(mut self, unobserved_weight: f32, regularization: f32) -> Self {
        self.unobserved_weight = Some(unobserved_weight);
        self.regularization = Some(regularization);
        self
    }

    /// Sets the degree exponents of users and items.
    #[must_use]
    pub fn with_degree_exponents(mut self, user: f32, item: f32) -> Self {
        self.user_degree_exponent = user;
        self.item_degree_exponent = item;
        self
    }

    /// Sets the confidence of values.
    #[must_use]
    pub fn with_confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets how rows are solved while training.
    #[must_use]
    pub fn with_solver(mut self, solver: AlsSolver) -> Self {
        self.solver = solver;
        self
    }

    /// Sets the random seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Returns the settings with the weights that the defaults stand for on `data`.
    pub(super) fn resolved(&self, data: &Interactions) -> Self {
        /// See [`Self::unobserved_weight`] and [`Self::regularization`].
        const TIMES_OBSERVED: f64 = 30.0;
        const SHARE_OF_DEGREE: f64 = 0.1;
        const LEAST_PENALTY: f64 = 1.0;
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let (nnz, users, items) = (data.nnz() as f64, data.n_users() as f64, data.n_items() as f64);
        let degree = nnz / users;
        let unobserved = self.unobserved_weight.map_or_else(
            || (TIMES_OBSERVED * degree / items).clamp(1e-9, f64::from(MOST_AUTOMATIC)),
            f64::from,
        );
        let penalty = (SHARE_OF_DEGREE * degree).max(LEAST_PENALTY);
        let scale = (degree + unobserved * items).powf(f64::from(self.regularization_exponent));
        let regularization = self.regularization.map_or(penalty / scale, f64::from);
        #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
        let weight = |value: f64| Some(value as f32);
        Self {
            unobserved_weight: weight(unobserved),
            regularization: weight(regularization),
            ..self.clone()
        }
    }

    /// The factor of the penalty of resolved settings.
    pub(super) fn penalty_factor(&self) -> f32 {
        self.regularization.unwrap_or(1.0)
    }

    /// The unobserved weight of resolved settings.
    pub(super) fn unobserved(&self) -> f32 {
        self.unobserved_weight.unwrap_or(MOST_AUTOMATIC)
    }

    /// What an observed value means to the loss.
    pub(super) fn feedback(&self) -> Feedback {
        Feedback {
            confidence: self.confidence,
            observed: self.observed_loss,
            unobserved_weight: self.unobserved(),
        }
    }
}

/// A validated trainer of [`AlsModel`](super::AlsModel).
#[derive(Clone, Debug)]
pub struct Als {
    config: AlsConfig,
}

impl Als {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: AlsConfig) -> Result<Self, ParamError> {
        let positive = |value: f32, most: f32| value > 0.0 && value <= most;
        let exponent = |value: f32| (0.0..=2.0).contains(&value);
        require((1..=2048).contains(&config.factors), "als.factors", config.factors, "1 to 2048")?;
        require((1..=1000).contains(&config.epochs), "als.epochs", config.epochs, "1 to 1000")?;
        require(
            positive(config.unobserved(), 1000.0),
            "als.unobserved_weight",
            config.unobserved(),
            "above 0, at most 1000",
        )?;
        require(
            positive(config.penalty_factor(), 1e6),
            "als.regularization",
            config.penalty_factor(),
            "above 0, at most 1e6",
        )?;
        require(
            exponent(config.regularization_exponent),
            "als.regularization_exponent",
            config.regularization_exponent,
            "0 to 2",
        )?;
        require(
            exponent(config.user_degree_exponent),
            "als.user_degree_exponent",
            config.user_degree_exponent,
            "0 to 2",
        )?;
        require(
            exponent(config.item_degree_exponent),
            "als.item_degree_exponent",
            config.item_degree_exponent,
            "0 to 2",
        )?;
        require(
            positive(config.initial_deviation, 100.0),
            "als.initial_deviation",
            config.initial_deviation,
            "above 0, at most 100",
        )?;
        check_confidence(config.confidence)?;
        if let AlsSolver::Subspace { block } = config.solver {
            let valid = (16..=512).contains(&block) && block % 16 == 0;
            require(valid, "als.solver.block", block, "a multiple of 16, 16 to 512")?;
        }
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &AlsConfig {
        &self.config
    }
}

fn check_confidence(confidence: Confidence) -> Result<(), ParamError> {
    let positive = |value: f32| value > 0.0 && value <= 1e6;
    let expected = "above 0, at most 1e6";
    match confidence {
        Confidence::Unit => Ok(()),
        Confidence::Linear { alpha } => {
            require(positive(alpha), "als.confidence.alpha", alpha, expected)
        }
        Confidence::Logarithmic { alpha, scale } => {
            require(positive(alpha), "als.confidence.alpha", alpha, expected)?;
            require(positive(scale), "als.confidence.scale", scale, expected)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |change: &dyn Fn(&mut AlsConfig)| {
            let mut config = AlsConfig::default();
            change(&mut config);
            Als::new(config).expect_err("out of range").name()
        };
        assert_eq!(named(&|config| config.factors = 0), "als.factors");
        assert_eq!(named(&|config| config.epochs = 0), "als.epochs");
        assert_eq!(named(&|config| config.unobserved_weight = Some(0.0)), "als.unobserved_weight");
        assert_eq!(named(&|config| config.regularization = Some(f32::NAN)), "als.regularization");
        assert_eq!(
            named(&|config| config.regularization_exponent = -0.1),
            "als.regularization_exponent"
        );
        assert_eq!(named(&|config| config.user_degree_exponent = 3.0), "als.user_degree_exponent");
        assert_eq!(named(&|config| config.item_degree_exponent = 3.0), "als.item_degree_exponent");
        assert_eq!(named(&|config| config.initial_deviation = 0.0), "als.initial_deviation");
        let solver = AlsSolver::Subspace { block: 24 };
        assert_eq!(named(&|config| config.solver = solver), "als.solver.block");
        let linear = Confidence::Linear { alpha: f32::INFINITY };
        assert_eq!(named(&|config| config.confidence = linear), "als.confidence.alpha");
        let logarithmic = Confidence::Logarithmic { alpha: 1.0, scale: 0.0 };
        assert_eq!(named(&|config| config.confidence = logarithmic), "als.confidence.scale");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = AlsConfig::implicit_compatible(32, 40.0, 0.01);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<AlsConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<AlsConfig>(r#"{"factor": 3}"#).is_err());
    }
}
