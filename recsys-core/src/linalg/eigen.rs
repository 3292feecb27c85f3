//! Eigendecomposition of a small symmetric matrix in `f64`.
//!
//! Householder reduction to tridiagonal form, then the implicit QL iteration, both arranged so that
//! every inner loop runs along rows. `nalgebra`'s decomposition, the obvious choice, returns NaN for
//! some matrices of low rank (as training on a handful of users gives) and is several times slower.

use super::simd::{Kernel, Lanes, dispatch};

/// Eigenvalues in descending order and the eigenvectors that belong to them.
pub(crate) struct Spectrum {
    /// Eigenvalues, largest first, negative rounding noise clamped to 0.
    pub(crate) values: Vec<f64>,
    /// Row-major; column `k` is the eigenvector of `values[k]`.
    pub(crate) vectors: Vec<f64>,
}

/// Decomposes the finite symmetric positive semidefinite `order × order` matrix given by its upper
/// triangle (row-major).
///
/// Signs and order are fixed (largest component positive, eigenvalues descending, ties by position),
/// so equal input gives equal output.
pub(crate) fn decompose(upper: &[f64], order: usize) -> Spectrum {
    let largest = upper.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    // At a scale of 1 no product underflows that matters, and one tolerance fits all matrices.
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let mut matrix = vec![0.0; order * order];
    for row in 0..order {
        for column in row..order {
            let value = upper[row * order + column] / scale;
            matrix[row * order + column] = value;
            matrix[column * order + row] = value;
        }
    }
    let (diagonal, rows) = dispatch(Decompose { matrix, order });

    let mut by_size: Vec<usize> = (0..order).collect();
    by_size.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]).then(a.cmp(&b)));
    let values = by_size.iter().map(|&at| (diagonal[at] * scale).max(0.0)).collect();
    let mut vectors = vec![0.0; order * order];
    for (target, &at) in by_size.iter().enumerate() {
        let vector = &rows[at * order..][..order];
        let largest = vector
            .iter()
            .copied()
            .fold(0.0_f64, |best, value| if value.abs() > best.abs() { value } else { best });
        for (row, &value) in vector.iter().enumerate() {
            vectors[row * order + target] = if largest < 0.0 { -value } else { value };
        }
    }
    Spectrum { values, vectors }
}

/// Consumes a full symmetric matrix; returns eigenvalues and, as rows, their eigenvectors.
struct Decompose {
    matrix: Vec<f64>,
    order: usize,
}

impl Kernel for Decompose {
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run<S: Lanes>(mut self, simd: S) -> Self::Output {
        let order = self.order;
        let Tridiagonal { mut diagonal, mut off_diagonal, scales } =
            reduce(simd, &mut self.matrix, order);
        let mut rows = reflections(simd, &self.matrix, &scales, order);
        iterate(simd, &mut diagonal, &mut off_diagonal, &mut rows, order);
        (diagonal, rows)
    }
}

/// A symmetric tridiagonal matrix and the scales of the reflections that led to it.
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Entry `k` couples `k` and `k + 1`; the last is 0.
    off_diagonal: Vec<f64>,
    scales: Vec<f64>,
}

/// Reduces `matrix` by reflections `I - scale · v vᵀ`; leaves each `v` right of the diagonal of its
/// row.
#[inline(always)]
fn reduce<S: Lanes>(simd: S, matrix: &mut [f64], order: usize) -> Tridiagonal {
    let mut diagonal = vec![0.0; order];
    let mut off_diagonal = vec![0.0; order];
    let mut scales = vec![0.0; order];
    let mut update = vec![0.0; order];
    for step in 0..order {
        let (upper, trailing) = matrix.split_at_mut((step + 1) * order);
        let row = &mut upper[step * order..];
        diagonal[step] = row[step];
        let vector = &mut row[step + 1..];
        let Some(&first) = vector.first() else { continue };
        let rest = dot(simd, &vector[1..], &vector[1..]);
        if rest <= f64::MIN_POSITIVE {
            off_diagonal[step] = first;
            continue;
        }
        let norm = first.mul_add(first, rest).sqrt();
        let target = if first > 0.0 { -norm } else { norm };
        off_diagonal[step] = target;
        vector[0] = first - target;
        let scale = 2.0 / vector[0].mul_add(vector[0], rest);
        scales[step] = scale;

        let update = &mut update[step + 1..];
        for (value, row) in update.iter_mut().zip(trailing.chunks_exact(order)) {
            *value = scale * dot(simd, &row[step + 1..], vector);
        }
        let along = 0.5 * scale * dot(simd, update, vector);
        add_scaled(simd, -along, vector, update);
        for (at, row) in trailing.chunks_exact_mut(order).enumerate() {
            subtract_two(simd, vector[at], update, update[at], vector, &mut row[step + 1..]);
        }
    }
    Tridiagonal { diagonal, off_diagonal, scales }
}

/// The transpose of the product of the reflections: row `k` is the `k`-th basis vector of the
/// tridiagonal form.
#[inline(always)]
fn reflections<S: Lanes>(simd: S, matrix: &[f64], scales: &[f64], order: usize) -> Vec<f64> {
    let mut product = vec![0.0; order * order];
    for at in 0..order {
        product[at * order + at] = 1.0;
    }
    let mut sum = vec![0.0; order];
    for step in (0..order).rev() {
        if scales[step] <= 0.0 {
            continue;
        }
        let vector = &matrix[step * order + step + 1..(step + 1) * order];
        let sum = &mut sum[step + 1..];
        sum.fill(0.0);
        let trailing = &mut product[(step + 1) * order..];
        for (row, &factor) in trailing.chunks_exact(order).zip(vector) {
            add_scaled(simd, factor, &row[step + 1..], sum);
        }
        for (row, &factor) in trailing.chunks_exact_mut(order).zip(vector) {
            add_scaled(simd, -scales[step] * factor, sum, &mut row[step + 1..]);
        }
    }
    let mut transposed = vec![0.0; order * order];
    for row in 0..order {
        for column in 0..order {
            transposed[column * order + row] = product[row * order + column];
        }
    }
    transposed
}

/// Implicit QL with Wilkinson's shift: diagonalises the tridiagonal matrix and applies its rotations to
/// `rows`.
#[inline(always)]
fn iterate<S: Lanes>(
    simd: S,
    diagonal: &mut [f64],
    off_diagonal: &mut [f64],
    rows: &mut [f64],
    order: usize,
) {
    /// Two or three iterations a value are usual; the limit only guards against a loop without end.
    const MOST_ITERATIONS: usize = 60;
    let norm =
        diagonal.iter().chain(off_diagonal.iter()).fold(0.0_f64, |most, v| most.max(v.abs()));
    let tolerance = f64::EPSILON * norm;
    for first in 0..order {
        for _ in 0..MOST_ITERATIONS {
            let last = (first..order - 1)
                .find(|&at| off_diagonal[at].abs() <= tolerance)
                .unwrap_or(order - 1);
            if last == first {
                break;
            }
            let half = (diagonal[first + 1] - diagonal[first]) / (2.0 * off_diagonal[first]);
            let root = half.hypot(1.0).copysign(half);
            let mut bulge = diagonal[last] - diagonal[first] + off_diagonal[first] / (half + root);
            let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
            let mut split = false;
            for at in (first..last).rev() {
                let (from, to) = (sine * off_diagonal[at], cosine * off_diagonal[at]);
                let length = from.hypot(bulge);
                off_diagonal[at + 1] = length;
                if length <= 0.0 {
                    diagonal[at + 1] -= shift;
                    off_diagonal[last] = 0.0;
                    split = true;
                    break;
                }
                (sine, cosine) = (from / length, bulge / length);
                let rest = diagonal[at + 1] - shift;
                let slope = (diagonal[at] - rest).mul_add(sine, 2.0 * cosine * to);
                shift = sine * slope;
                diagonal[at + 1] = rest + shift;
                bulge = cosine * slope - to;
                let (low, high) = rows[at * order..].split_at_mut(order);
                rotate(simd, cosine, sine, low, &mut high[..order]);
            }
            if !split {
                diagonal[first] -= shift;
                off_diagonal[first] = bulge;
                off_diagonal[last] = 0.0;
            }
        }
    }
}

/// `(low, high) = (c · low - s · high, s · low + c · high)`.
#[inline(always)]
fn rotate<S: Lanes>(simd: S, cosine: f64, sine: f64, low: &mut [f64], high: &mut [f64]) {
    let (wide_cosine, wide_sine) = (simd.splat_f64s(cosine), simd.splat_f64s(sine));
    let (low, low_tail) = S::as_mut_simd_f64s(low);
    let (high, high_tail) = S::as_mut_simd_f64s(high);
    for (low, high) in low.iter_mut().zip(high) {
        let (a, b) = (*low, *high);
        *low = simd.sub_f64s(simd.mul_f64s(wide_cosine, a), simd.mul_f64s(wide_sine, b));
        *high = simd.add_f64s(simd.mul_f64s(wide_sine, a), simd.mul_f64s(wide_cosine, b));
    }
    for (low, high) in low_tail.iter_mut().zip(high_tail) {
        (*low, *high) = (cosine * *low - sine * *high, sine * *low + cosine * *high);
    }
}

#[inline(always)]
fn dot<S: Lanes>(simd: S, left: &[f64], right: &[f64]) -> f64 {
    let (left, left_tail) = S::as_simd_f64s(left);
    let (right, right_tail) = S::as_simd_f64s(right);
    let mut sums = [simd.splat_f64s(0.0); 4];
    let (left_fours, left) = pulp::as_arrays::<4, _>(left);
    let (right_fours, right) = pulp::as_arrays::<4, _>(right);
    for (left, right) in left_fours.iter().zip(right_fours) {
        for ((sum, &a), &b) in sums.iter_mut().zip(left).zip(right) {
            *sum = simd.add_f64s(*sum, simd.mul_f64s(a, b));
        }
    }
    for (&a, &b) in left.iter().zip(right) {
        sums[0] = simd.add_f64s(sums[0], simd.mul_f64s(a, b));
    }
    let sum = simd.add_f64s(simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]));
    let tail: f64 = left_tail.iter().zip(right_tail).map(|(a, b)| a * b).sum();
    simd.reduce_sum_f64s(sum) + tail
}

/// `target += factor · source`.
#[inline(always)]
fn add_scaled<S: Lanes>(simd: S, factor: f64, source: &[f64], target: &mut [f64]) {
    let wide = simd.splat_f64s(factor);
    let (source, source_tail) = S::as_simd_f64s(source);
    let (target, target_tail) = S::as_mut_simd_f64s(target);
    for (target, &source) in target.iter_mut().zip(source) {
        *target = simd.add_f64s(*target, simd.mul_f64s(wide, source));
    }
    for (target, &source) in target_tail.iter_mut().zip(source_tail) {
        *target += factor * source;
    }
}

/// `target -= a · x + b · y`.
#[inline(always)]
fn subtract_two<S: Lanes>(simd: S, a: f64, x: &[f64], b: f64, y: &[f64], target: &mut [f64]) {
    let (wide_a, wide_b) = (simd.splat_f64s(a), simd.splat_f64s(b));
    let (x, x_tail) = S::as_simd_f64s(x);
    let (y, y_tail) = S::as_simd_f64s(y);
    let (target, target_tail) = S::as_mut_simd_f64s(target);
    for ((target, &x), &y) in target.iter_mut().zip(x).zip(y) {
        let sum = simd.add_f64s(simd.mul_f64s(wide_a, x), simd.mul_f64s(wide_b, y));
        *target = simd.sub_f64s(*target, sum);
    }
    for ((target, &x), &y) in target_tail.iter_mut().zip(x_tail).zip(y_tail) {
        *target -= a * x + b * y;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Gram matrix of `rank` vectors, some of them tiny: what training gives.
    fn gram() -> impl Strategy<Value = (usize, Vec<f64>)> {
        let size = prop_oneof![Just(1.0), Just(1e-20), Just(1e-160), Just(1e10)];
        (1_usize..40, 0_usize..50).prop_flat_map(move |(order, rank)| {
            let entry =
                (-1.0..1.0, size.clone()).prop_map(|(entry, size): (f64, f64)| entry * size);
            prop::collection::vec(entry, order * rank).prop_map(move |vectors| {
                let mut matrix = vec![0.0; order * order];
                for vector in vectors.chunks_exact(order) {
                    for row in 0..order {
                        for column in 0..order {
                            matrix[row * order + column] += vector[row] * vector[column];
                        }
                    }
                }
                (order, matrix)
            })
        })
    }

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_rebuild_the_matrix((order, matrix) in gram()) {
            let Spectrum { values, vectors } = decompose(&matrix, order);
            prop_assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(values.iter().all(|&value| value >= 0.0));
            let largest = matrix.iter().fold(1e-290_f64, |most, value| most.max(value.abs()));
            for row in 0..order {
                for column in 0..order {
                    let (mut rebuilt, mut product) = (0.0, 0.0);
                    for k in 0..order {
                        let (left, right) = (vectors[row * order + k], vectors[column * order + k]);
                        rebuilt += left * values[k] * right;
                        product += left * right;
                    }
                    let unit = if row == column { 1.0 } else { 0.0 };
                    prop_assert!((product - unit).abs() < 1e-12);
                    let error = (rebuilt - matrix[row * order + column]).abs();
                    prop_assert!(error <= 1e-12 * largest, "{error}");
                }
            }
        }
    }
}
