//! The events of an evaluation, and what they mean.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::{
    Aggregation, Dataset, InteractionLog, Interactions, ItemFeatures, KindPolicy, Timestamp,
};
use crate::eval::report::InputFile;
use crate::eval::{EvalError, Split};

/// What the events mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Feedback {
    /// Every event is worth what the default [`Aggregation`] says.
    #[default]
    Events,
    /// An event with a value from `from` on is a like, and all likes are worth 1; others are left out.
    Likes {
        /// The lowest value that is a like.
        from: f32,
    },
    /// Values are ratings, the last of a user and item counts.
    Ratings {
        /// The lowest rating that makes an item relevant to metrics of lists; by default all ratings
        /// above 0 do.
        #[serde(default)]
        relevant_from: Option<f32>,
    },
}

impl Feedback {
    /// Leaves out the events that mean nothing.
    pub(super) fn filtered(self, log: &InteractionLog) -> InteractionLog {
        match self {
            Self::Likes { from } => log.filtered(|_, event| event.value >= from),
            Self::Events | Self::Ratings { .. } => log.clone(),
        }
    }

    pub(super) fn interactions(self, log: &InteractionLog) -> Result<Interactions, EvalError> {
        let data = log.to_interactions(&self.aggregation())?;
        match self {
            Self::Likes { .. } => likes(&data),
            Self::Events | Self::Ratings { .. } => Ok(data),
        }
    }

    /// The lowest value of a relevant item, if there is one besides being above 0.
    pub(super) fn relevant_from(self) -> Option<f32> {
        match self {
            Self::Ratings { relevant_from } => relevant_from,
            Self::Events | Self::Likes { .. } => None,
        }
    }

    fn aggregation(self) -> Aggregation {
        match self {
            Self::Events => Aggregation::default(),
            Self::Likes { .. } => Aggregation::plain(),
            Self::Ratings { .. } => {
                let mut last = Aggregation::plain();
                last.other = KindPolicy::rating(1.0, 0.0);
                last
            }
        }
    }
}

/// The same entries, each worth 1.
fn likes(data: &Interactions) -> Result<Interactions, EvalError> {
    let csr = data.user_csr();
    let (users, items) = (data.users().clone(), data.items().clone());
    let ones = vec![1.0; csr.indices.len()];
    Ok(Interactions::from_csr(users, items, csr.indptr.to_vec(), csr.indices.to_vec(), ones)?)
}

/// What the caller has read.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(super) log: InteractionLog,
    pub(super) given: Option<Split>,
    features: Option<Arc<[ItemFeatures]>>,
    files: Vec<InputFile>,
}

impl Inputs {
    /// One log, which the protocol's split cuts.
    #[must_use]
    pub fn new(log: InteractionLog) -> Self {
        Self { log, given: None, features: None, files: Vec::new() }
    }

    /// Parts that come from outside, for [`SplitMethod::Given`](crate::eval::SplitMethod::Given). Slices
    /// of cold users and items are made of the training part.
    #[must_use]
    pub fn given(split: Split) -> Self {
        Self { log: split.train.clone(), given: Some(split), features: None, files: Vec::new() }
    }

    /// Adds what is known of the items, by their position in the log.
    #[must_use]
    pub fn with_features(mut self, features: impl Into<Arc<[ItemFeatures]>>) -> Self {
        self.features = Some(features.into());
        self
    }

    /// Adds which files were read, for the report.
    #[must_use]
    pub fn with_files(mut self, files: Vec<InputFile>) -> Self {
        self.files = files;
        self
    }

    /// Returns which files were read.
    #[must_use]
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// What is learnt from: the matrix, features when there are any, and times when all are known.
    pub(super) fn dataset(
        &self,
        log: &InteractionLog,
        train: &Interactions,
    ) -> Result<Dataset, EvalError> {
        let mut dataset = Dataset::new(train.clone());
        if let Some(features) = &self.features {
            dataset = dataset.with_features(Arc::clone(features))?;
        }
        if log.newest().is_some() {
            dataset = dataset.with_times(times(log, train))?;
        }
        Ok(dataset)
    }
}

/// When each entry of `train` last happened; entries without a time count as the oldest.
fn times(log: &InteractionLog, train: &Interactions) -> Vec<Timestamp> {
    let csr = train.user_csr();
    let oldest = log.iter().filter_map(|event| event.at).min().unwrap_or(Timestamp(0));
    let mut times = vec![oldest; csr.indices.len()];
    for event in log.iter() {
        let start = csr.indptr[event.user.index()];
        let (items, _) = csr.row(event.user.index());
        if let (Ok(place), Some(at)) = (items.binary_search(&event.item.get()), event.at) {
            times[start + place] = times[start + place].max(at);
        }
    }
    times
}
