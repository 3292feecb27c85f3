//! One column: the Gram matrix of its candidates, and coordinate descent on it.

use super::config::SlimConfig;
use crate::linalg::axpy;
use crate::linalg::sparse::SparseRows;

/// Marks users without a list.
const NONE: u32 = u32::MAX;

/// Buffers of one worker.
#[derive(Debug)]
pub(super) struct Column {
    /// Row-major, of as many rows as there are candidates.
    gram: Vec<f32>,
    /// `Σ_k G_ik w_k` by candidate.
    fitted: Vec<f32>,
    /// The solution by candidate.
    weights: Vec<f32>,
    /// By user: which of `lists` is theirs.
    list_of: Vec<u32>,
    /// By user with a candidate: candidates and values.
    lists: Vec<Vec<(u32, f32)>>,
    /// Users that have a list.
    touched: Vec<u32>,
}

impl Column {
    pub(super) fn new(n_users: usize) -> Self {
        Self {
            gram: Vec::new(),
            fitted: Vec::new(),
            weights: Vec::new(),
            list_of: vec![NONE; n_users],
            lists: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// Solves for the weights of `candidates`, whose products with the column are `products`.
    pub(super) fn solve(
        &mut self,
        items: &SparseRows,
        candidates: &[u32],
        products: &[f32],
        config: &SlimConfig,
    ) -> &[f32] {
        let count = candidates.len();
        self.count_products(items, candidates);
        self.weights.clear();
        self.weights.resize(count, 0.0);
        self.fitted.clear();
        self.fitted.resize(count, 0.0);
        for _ in 0..config.max_sweeps {
            let mut largest_move = 0.0_f32;
            for (at, &product) in products.iter().enumerate() {
                let row = &self.gram[at * count..][..count];
                let before = self.weights[at];
                // The product with what the other weights leave unexplained.
                let rest = product - (self.fitted[at] - row[at] * before);
                let shrunk = match rest {
                    rest if rest > config.l1 => rest - config.l1,
                    rest if rest < -config.l1 && !config.non_negative => rest + config.l1,
                    _ => 0.0,
                };
                let after = shrunk / (row[at] + config.l2);
                let step = after - before;
                if step != 0.0 {
                    self.weights[at] = after;
                    axpy(step, row, &mut self.fitted);
                    largest_move = largest_move.max(step.abs());
                }
            }
            if largest_move <= config.tolerance {
                break;
            }
        }
        &self.weights
    }

    /// Fills `gram` from the lists of the users who like one of the candidates.
    fn count_products(&mut self, items: &SparseRows, candidates: &[u32]) {
        let count = candidates.len();
        self.gram.clear();
        self.gram.resize(count * count, 0.0);
        for (&candidate, at) in candidates.iter().zip(0_u32..) {
            let (users, values) = items.row(candidate as usize);
            for (&user, &value) in users.iter().zip(values) {
                let list = &mut self.list_of[user as usize];
                if *list == NONE {
                    *list = u32::try_from(self.touched.len()).expect("users are counted in u32");
                    if self.lists.len() == self.touched.len() {
                        self.lists.push(Vec::new());
                    }
                    self.touched.push(user);
                }
                let list = &mut self.lists[*list as usize];
                list.push((at, value));
                let row = &mut self.gram[at as usize * count..][..count];
                for &(other, their) in list.iter() {
                    row[other as usize] += value * their;
                }
            }
        }
        for (list, user) in self.lists.iter_mut().zip(self.touched.drain(..)) {
            list.clear();
            self.list_of[user as usize] = NONE;
        }
        // Lists ascend, so only the lower triangle has been counted.
        for row in 0..count {
            for column in 0..row {
                self.gram[column * count + row] = self.gram[row * count + column];
            }
        }
    }
}
