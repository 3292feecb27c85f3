//! All metrics of one model on one task.

use super::metrics::{Errors, Exposure, Hits, Popularities};
use super::stats::Sample;
use super::{
    Conventions, EvalError, ItemDistance, Metric, MetricKind, RankedList, Task, rank_cases,
};
use crate::fit::FitContext;
use crate::ids::ItemIdx;
use crate::model::{Model, RatingPrediction};
use crate::query::{Candidates, ScoredItem};

/// What a metric came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measured {
    /// A value of each user.
    PerUser(Sample),
    /// The model cannot be measured so: it predicts no ratings, or no distance is known.
    Unknown,
    /// One value of all lists together.
    Whole(f64),
}

impl Measured {
    /// Returns the value; none when it is unknown.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::PerUser(sample) => sample.mean(),
            Self::Unknown => None,
            Self::Whole(value) => Some(*value),
        }
    }
}

/// Which metrics are wanted, and by which conventions.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    metrics: Vec<Metric>,
    conventions: Conventions,
    distance: Option<ItemDistance>,
}

impl Evaluator {
    /// Wants `metrics`, in this order.
    #[must_use]
    pub fn new(metrics: impl Into<Vec<Metric>>, conventions: Conventions) -> Self {
        Self { metrics: metrics.into(), conventions, distance: None }
    }

    /// Measures [`MetricKind::Diversity`] by this distance.
    #[must_use]
    pub fn with_distance(mut self, distance: ItemDistance) -> Self {
        self.distance = Some(distance);
        self
    }

    /// Returns the metrics in their order.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Returns the length of the longest list that a metric looks at; 20 for those that look at none.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.metrics.iter().map(|metric| metric.k()).max().filter(|&k| k > 0).unwrap_or(20)
    }

    /// Ranks for every case of `task` and measures, in the order of the metrics.
    ///
    /// # Errors
    ///
    /// Those of [`rank_cases`].
    pub fn measure(
        &self,
        model: &dyn Model,
        task: &Task,
        context: &FitContext<'_>,
    ) -> Result<Vec<Measured>, EvalError> {
        let lists = self.rank(model, task, Candidates::All, context)?;
        Ok(self.measure_lists(model, task, &lists))
    }

    /// Makes the lists that the metrics look at; none when all are of ratings.
    ///
    /// # Errors
    ///
    /// Those of [`rank_cases`].
    pub fn rank(
        &self,
        model: &dyn Model,
        task: &Task,
        candidates: Candidates<'_>,
        context: &FitContext<'_>,
    ) -> Result<Vec<RankedList>, EvalError> {
        if self.metrics.iter().all(|metric| metric.kind().is_of_ratings()) {
            return Ok(Vec::new());
        }
        let auc = self.metrics.iter().any(|metric| metric.kind() == MetricKind::Auc);
        rank_cases(model, task.cases(), self.longest(), candidates, auc, context)
    }

    /// Measures lists that were made by [`rank`](Self::rank) with this model and task.
    ///
    /// # Panics
    ///
    /// When there is not one list for each case.
    #[must_use]
    pub fn measure_lists(
        &self,
        model: &dyn Model,
        task: &Task,
        lists: &[RankedList],
    ) -> Vec<Measured> {
        let of_ratings = self.metrics.iter().all(|metric| metric.kind().is_of_ratings());
        assert!(of_ratings || lists.len() == task.cases().len(), "one list for each case");
        let hits = task.cases().iter().zip(lists);
        let lists = Lists {
            task,
            lists,
            hits: hits.map(|(case, list)| Hits::of(&list.items, &case.relevant)).collect(),
            popularities: Popularities::of(task.train()),
        };
        let one = |metric: &Metric| {
            if metric.kind().is_of_ratings() {
                let rating = model.as_rating_prediction();
                rating
                    .map_or(Measured::Unknown, |model| of_ratings_of(metric.kind(), model, &lists))
            } else {
                self.of_lists(*metric, &lists)
            }
        };
        self.metrics.iter().map(one).collect()
    }

    fn of_lists(&self, metric: Metric, lists: &Lists<'_>) -> Measured {
        let (k, how) = (metric.k(), &self.conventions);
        match metric.kind() {
            MetricKind::Auc => lists.per_user(|at| lists.lists[at].auc),
            MetricKind::Coverage => Measured::Whole(lists.exposure(k).coverage()),
            MetricKind::Diversity => match &self.distance {
                None => Measured::Unknown,
                Some(distance) => lists.per_user(|at| distance.within(lists.first(at, k))),
            },
            MetricKind::Entropy => Measured::Whole(lists.exposure(k).entropy()),
            MetricKind::FBeta => lists.per_hits(|hits| hits.f_beta(k, how)),
            MetricKind::Gini => Measured::Whole(lists.exposure(k).gini()),
            MetricKind::HitRate => lists.per_hits(|hits| hits.hit_rate(k)),
            MetricKind::Map => lists.per_hits(|hits| hits.average_precision(k, how)),
            MetricKind::Mrr => lists.per_hits(|hits| hits.reciprocal_rank(k)),
            MetricKind::Ndcg => lists.per_hits(|hits| hits.ndcg(k, how)),
            MetricKind::Novelty => {
                lists.per_user(|at| lists.popularities.novelty(lists.first(at, k)))
            }
            MetricKind::Popularity => {
                lists.per_user(|at| lists.popularities.popularity(lists.first(at, k)))
            }
            MetricKind::Precision => lists.per_hits(|hits| hits.precision(k, how)),
            MetricKind::RPrecision => lists.per_hits(|hits| hits.r_precision(self.longest())),
            MetricKind::Recall => lists.per_hits(|hits| hits.recall(k, how)),
            MetricKind::Serendipity => lists.per_user(|at| {
                lists.popularities.serendipity(lists.first(at, k), &lists.task.cases()[at].relevant)
            }),
            MetricKind::UsersCovered => {
                lists.per_user(|at| Some(if lists.lists[at].items.is_empty() { 0.0 } else { 1.0 }))
            }
            MetricKind::Mae | MetricKind::Rmse | MetricKind::UserMae | MetricKind::UserRmse => {
                Measured::Unknown
            }
        }
    }
}

/// The lists of a task with what many metrics need of them.
struct Lists<'a> {
    task: &'a Task,
    lists: &'a [RankedList],
    hits: Vec<Hits>,
    popularities: Popularities,
}

impl Lists<'_> {
    fn first(&self, at: usize, k: usize) -> &[ScoredItem] {
        let list = &self.lists[at].items;
        &list[..k.min(list.len())]
    }

    fn exposure(&self, k: usize) -> Exposure {
        let lists = self.lists.iter().map(|list| list.items.as_slice());
        Exposure::of(lists, k, self.task.train().n_items())
    }

    fn per_hits(&self, of: impl Fn(&Hits) -> f64) -> Measured {
        self.per_user(|at| Some(of(&self.hits[at])))
    }

    /// A value of the case at each position; those without one do not count.
    fn per_user(&self, of: impl Fn(usize) -> Option<f64>) -> Measured {
        let mut sample = Sample::means(self.task.test().n_users());
        for (at, case) in self.task.cases().iter().enumerate() {
            if let Some(value) = of(at) {
                sample.add(case.user.index(), value, 1.0);
            }
        }
        Measured::PerUser(sample)
    }
}

fn of_ratings_of(kind: MetricKind, model: &dyn RatingPrediction, lists: &Lists<'_>) -> Measured {
    let (train, test) = (lists.task.train(), lists.task.test());
    let mut sample = match kind {
        MetricKind::Rmse => Sample::root_means(test.n_users()),
        _ => Sample::means(test.n_users()),
    };
    for (user, _) in test.users().iter() {
        let held_out = test.user(user);
        let known = user.index() < train.n_users() && !train.user(user).is_empty();
        let known_item = |item: ItemIdx| lists.popularities.degree(item) > 0;
        let errors = Errors::of(model, user, known, known_item, held_out);
        let count = errors.count as f64;
        if errors.count == 0 {
            continue;
        }
        match kind {
            MetricKind::Mae => sample.add(user.index(), errors.absolute, count),
            MetricKind::Rmse => sample.add(user.index(), errors.squared, count),
            MetricKind::UserMae => sample.add(user.index(), errors.absolute / count, 1.0),
            _ => sample.add(user.index(), (errors.squared / count).sqrt(), 1.0),
        }
    }
    Measured::PerUser(sample)
}
