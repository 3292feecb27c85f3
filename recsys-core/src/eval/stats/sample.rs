//! The values of all users, as sums and weights.

/// What each user contributes to a figure: the figure is `Σ sums / Σ weights`, or its square root.
///
/// A mean over users has a weight of 1 for each; a micro average, as RMSE over all ratings, weighs a
/// user by the number of ratings. Users without weight do not take part. Contributions of several folds
/// or seeds are added, so a user who is in all of them still counts as one draw of the bootstrap.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    sums: Vec<f64>,
    weights: Vec<f64>,
    root: bool,
}

impl Sample {
    /// A mean to which none of `users` contributes yet.
    #[must_use]
    pub fn means(users: usize) -> Self {
        Self { sums: vec![0.0; users], weights: vec![0.0; users], root: false }
    }

    /// The root of such a mean.
    #[must_use]
    pub fn root_means(users: usize) -> Self {
        Self { root: true, ..Self::means(users) }
    }

    /// A mean of one value of each user.
    #[must_use]
    pub fn of_values(values: &[f64]) -> Self {
        Self { sums: values.to_vec(), weights: vec![1.0; values.len()], root: false }
    }

    /// Adds to what the user at `position` contributes.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn add(&mut self, position: usize, sum: f64, weight: f64) {
        self.sums[position] += sum;
        self.weights[position] += weight;
    }

    /// Adds all contributions of another sample of the same users.
    ///
    /// # Panics
    ///
    /// When that has another number of users.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.sums.len(), other.sums.len(), "samples of the same users");
        for (position, (&sum, &weight)) in other.sums.iter().zip(&other.weights).enumerate() {
            self.add(position, sum, weight);
        }
    }

    /// Returns the figure; none when nobody contributes.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.figure(self.sums.iter().sum(), self.weights.iter().sum())
    }

    /// Returns the figure of the users for whom `keep` holds.
    #[must_use]
    pub fn mean_of(&self, keep: impl Fn(usize) -> bool) -> Option<f64> {
        let kept = (0..self.sums.len()).filter(|&position| keep(position));
        let (sum, weight) = kept.fold((0.0, 0.0), |(sum, weight), position| {
            (sum + self.sums[position], weight + self.weights[position])
        });
        self.figure(sum, weight)
    }

    /// Returns the number of users who contribute.
    #[must_use]
    pub fn users(&self) -> usize {
        self.weights.iter().filter(|&&weight| weight > 0.0).count()
    }

    /// Returns the value of the user at `position`, without the root; none for one who does not
    /// contribute.
    pub(crate) fn value_of(&self, position: usize) -> Option<f64> {
        let weight = self.weights[position];
        (weight > 0.0).then(|| self.sums[position] / weight)
    }

    /// Returns `self` minus `other` for each user who contributes to both: what is summed, over the
    /// user's weight. The pairs of a paired test.
    ///
    /// # Panics
    ///
    /// When the samples are of different numbers of users.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<f64> {
        assert_eq!(self.sums.len(), other.sums.len(), "samples of the same users");
        let users = 0..self.sums.len();
        users.filter_map(|user| Some(self.value_of(user)? - other.value_of(user)?)).collect()
    }

    pub(super) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.sums, &self.weights)
    }

    pub(super) fn figure(&self, sum: f64, weight: f64) -> Option<f64> {
        let mean = (weight > 0.0).then(|| sum / weight)?;
        Some(if self.root { mean.max(0.0).sqrt() } else { mean })
    }
}
