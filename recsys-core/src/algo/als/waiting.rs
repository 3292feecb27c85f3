//! Rows whose systems wait for each other, to be solved together.

use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::panel::combine_rows;
use crate::linalg::simd::{Lanes, TILE};
use crate::linalg::systems::Systems;

/// Up to one row for each lane of a vector.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    systems: Systems,
    rows: Vec<Row>,
    /// `Z D^-1/2` of the rows in the dual form, one below the other, and after each its `D^-1/2`.
    gathered: Vec<f32>,
    solution: Vec<f32>,
}

/// One waiting row.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Where its result belongs.
    place: usize,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// The system gives the factors of `count` gathered rows.
    Dual { count: usize },
    /// The system gives the result.
    Primal,
}

impl Waiting {
    /// Returns whether there is a row for each lane.
    #[inline(always)]
    pub(super) fn is_full<S: Lanes>(&self, _simd: S) -> bool {
        self.rows.len() >= S::F32_LANES
    }

    /// Adds a row in the dual form by its scaled factors, `D^-1/2` and its targets.
    #[inline(always)]
    pub(super) fn push_dual<S: Lanes>(
        &mut self,
        simd: S,
        place: usize,
        gathered: &[f32],
        diagonal: &[f32],
        targets: &[f32],
    ) {
        self.systems.push_products(simd, gathered, diagonal.len(), targets);
        self.gathered.extend_from_slice(gathered);
        self.gathered.extend_from_slice(diagonal);
        self.rows.push(Row { place, form: Form::Dual { count: targets.len() } });
    }

    /// Adds a row by its normal equations.
    #[inline(always)]
    pub(super) fn push_primal<S: Lanes>(
        &mut self,
        simd: S,
        place: usize,
        system: &[f32],
        stride: usize,
        right: &[f32],
    ) {
        self.systems.push_matrix(simd, system, stride, right);
        self.rows.push(Row { place, form: Form::Primal });
    }

    /// Solves what waits, if anything does, and adds each result to its row of `out`.
    #[inline(always)]
    pub(super) fn solve<S: Lanes>(
        &mut self,
        simd: S,
        width: usize,
        stride: usize,
        out: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let solved = self.systems.solve(simd);
        if solved.is_ok() {
            let mut gathered = &self.gathered[..];
            for (lane, row) in self.rows.iter().enumerate() {
                let out = &mut out[row.place * stride..][..stride];
                match row.form {
                    Form::Dual { count } => {
                        let (rows, rest) = gathered.split_at(count.next_multiple_of(TILE) * stride);
                        let (diagonal, rest) = rest.split_at(stride);
                        gathered = rest;
                        self.solution.resize(count, 0.0);
                        self.systems.solution(simd, lane, &mut self.solution);
                        combine_rows(simd, rows, stride, &self.solution, out);
                        for (value, &root) in out.iter_mut().zip(diagonal) {
                            *value *= root;
                        }
                    }
                    Form::Primal => self.systems.solution(simd, lane, &mut out[..width]),
                }
            }
        }
        self.clear();
        solved
    }

    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        self.systems.clear();
        self.rows.clear();
        self.gathered.clear();
    }
}
