//! The leading singular vectors of a sparse matrix, by randomised subspace iteration.
//!
//! A random block of `rank + oversampling` vectors is multiplied with the matrix and its transpose in
//! turn and made orthonormal after each product (Cholesky QR with the Gram matrix in `f64`, twice where it
//! counts). Each round shrinks what the block holds of a direction with singular value `s` beyond its
//! width by `(s / s_width)²` against the wanted ones. Last, the block is turned to the singular vectors
//! by one eigendecomposition of its own size (Rayleigh-Ritz).
//!
//! With `l` vectors a round costs `2 · nnz · l + 2 · (rows + columns) · l²` multiply-adds.
//!
//! N. Halko, P. G. Martinsson, J. A. Tropp: *Finding structure with randomness: probabilistic algorithms
//! for constructing approximate matrix decompositions*, SIAM Review 2011, algorithms 4.4 and 5.1. We differ
//! in the orthonormalisation, which is theirs by Householder, and in dropping directions that the matrix
//! does not have.

use super::eigen::decompose;
use super::matrix::PaddedMatrix;
use super::tall::TallMatrix;
use crate::data::Csr;

/// How much work to spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SvdSettings {
    /// Singular vectors wanted.
    pub(crate) rank: usize,
    /// Vectors carried along so that the last of the wanted ones converge too.
    pub(crate) oversampling: usize,
    /// Rounds of both products.
    pub(crate) rounds: usize,
    /// Start of the random stream.
    pub(crate) seed: u64,
}

/// The leading singular values and right singular vectors of a matrix.
#[derive(Clone, Debug)]
pub(crate) struct TruncatedSvd {
    /// Descending; zero where the matrix has no such direction.
    pub(crate) values: Vec<f32>,
    /// A row for each column of the matrix; `rank` orthonormal columns, those of zero values are zero.
    pub(crate) right: PaddedMatrix,
}

/// Singular values below this share of the largest are rounding noise.
const SMALLEST_VALUE: f64 = 1e-5;

/// A vector of which less than this is left (squared, relative) beside those before it depends on them.
const SMALLEST_PIVOT: f64 = 1e-11;

/// Decomposes a matrix given by its rows and by its columns (the rows of its transpose).
///
/// `pulse` is called between pieces of work, from any thread, and stops it by an error; `step` is called
/// with the number of steps done and all there are.
pub(crate) fn truncated_svd<E: Send>(
    rows: Csr<'_>,
    columns: Csr<'_>,
    settings: SvdSettings,
    pulse: impl Fn() -> Result<(), E> + Sync,
    step: impl Fn(usize, usize),
) -> Result<TruncatedSvd, E> {
    let pulse = &pulse;
    let SvdSettings { rank, oversampling, rounds, seed } = settings;
    let width = (rank + oversampling).min(rows.n_rows()).min(columns.n_rows());
    let steps = 2 * rounds + 2;
    let product = |block: &TallMatrix, side: Csr<'_>, done: usize| {
        let block = orthonormal(&block.multiplied_by(side, pulse)?, pulse)?;
        step(done, steps);
        Ok::<_, E>(block)
    };
    let start = TallMatrix::random(rows.n_rows(), width, seed, pulse)?;
    let mut right = product(&start, columns, 1)?;
    for round in 1..=rounds {
        let left = product(&right, rows, 2 * round)?;
        right = product(&left, columns, 2 * round + 1)?;
    }
    let right = orthonormal(&right, pulse)?;
    let gram = right.multiplied_by(rows, pulse)?.gram(pulse)?;
    pulse()?;
    let mut spectrum = decompose(&gram, width);
    let kept = rank.min(width);
    let least = SMALLEST_VALUE.powi(2) * spectrum.values.first().copied().unwrap_or(0.0);
    let found = spectrum.values[..kept].iter().take_while(|&&value| value > least).count();
    for row in spectrum.vectors.chunks_exact_mut(width.max(1)) {
        row[found..].fill(0.0);
    }
    let vectors = right.times(&spectrum.vectors, kept, pulse)?.to_rows();
    let mut right = PaddedMatrix::zeros(vectors.rows(), rank);
    let (from, to) = (vectors.stride(), right.stride());
    let source = vectors.as_slice().chunks_exact(from);
    for (target, source) in right.as_mut_slice().chunks_exact_mut(to).zip(source) {
        target[..kept].copy_from_slice(&source[..kept]);
    }
    #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
    let mut values: Vec<f32> =
        spectrum.values[..found].iter().map(|value| value.sqrt() as f32).collect();
    values.resize(rank, 0.0);
    step(steps, steps);
    Ok(TruncatedSvd { values, right })
}

/// Returns vectors that span the same and are orthonormal up to the rounding of nearly dependent ones;
/// those that depend on the ones before become zero.
fn orthonormal<E: Send>(
    block: &TallMatrix,
    pulse: impl Fn() -> Result<(), E> + Sync,
) -> Result<TallMatrix, E> {
    let mut gram = block.gram(&pulse)?;
    let order = gram.len().isqrt();
    pulse()?;
    let inverse = inverse_factor(&mut gram, order);
    block.times(&inverse, order, &pulse)
}

/// Overwrites a Gram matrix with its Cholesky factor `L` and returns `L⁻ᵀ`, row-major; rows and columns
/// of dependent vectors are zero.
fn inverse_factor(gram: &mut [f64], order: usize) -> Vec<f64> {
    // Row by row, so that every inner loop runs along rows.
    for row in 0..order {
        let (above, rest) = gram.split_at_mut(row * order);
        let current = &mut rest[..=row];
        let before = current[row];
        for column in 0..row {
            let other = &above[column * order..][..=column];
            let pivot = other[column];
            let product = dot(&current[..column], &other[..column]);
            current[column] = if pivot > 0.0 { (current[column] - product) / pivot } else { 0.0 };
        }
        let left = before - dot(&current[..row], &current[..row]);
        current[row] = if left > SMALLEST_PIVOT * before { left.sqrt() } else { 0.0 };
    }
    let mut inverse = vec![0.0; order * order];
    for row in 0..order {
        let pivot = gram[row * order + row];
        if pivot <= 0.0 {
            continue;
        }
        let (above, rest) = inverse.split_at_mut(row * order);
        let current = &mut rest[..=row];
        for column in 0..row {
            let factor = -gram[row * order + column] / pivot;
            for (value, other) in current.iter_mut().zip(&above[column * order..][..=column]) {
                *value += factor * other;
            }
        }
        current[row] = pivot.recip();
    }
    let mut transposed = vec![0.0; order * order];
    for row in 0..order {
        for column in 0..=row {
            transposed[column * order + row] = inverse[row * order + column];
        }
    }
    transposed
}

/// Eight sums side by side, so that they need not wait for each other.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left_eights, left_rest) = left.as_chunks::<8>();
    let (right_eights, right_rest) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left_eights.iter().zip(right_eights) {
        for ((sum, a), b) in sums.iter_mut().zip(left).zip(right) {
            *sum += a * b;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linalg::sparse::SparseRows;

    /// A matrix by its entries, zeros left out.
    fn sparse(dense: &[f32], columns: usize) -> SparseRows {
        let mut rows = SparseRows::default();
        for row in dense.chunks_exact(columns) {
            for (column, &value) in (0_u32..).zip(row).filter(|(_, value)| **value != 0.0) {
                rows.indices.push(column);
                rows.weights.push(value);
            }
            rows.indptr.push(rows.indices.len());
        }
        rows
    }

    fn svd(dense: &[f32], columns: usize, rank: usize, rounds: usize) -> TruncatedSvd {
        let rows = sparse(dense, columns);
        let transposed = rows.transposed(columns);
        let settings = SvdSettings { rank, oversampling: 8, rounds, seed: 3 };
        let go = || Ok::<(), ()>(());
        let (rows, transposed) = (rows.as_csr(columns), transposed.as_csr(dense.len() / columns));
        truncated_svd(rows, transposed, settings, go, |_, _| ()).unwrap()
    }

    /// `denseᵀ · dense` in full.
    fn gram(dense: &[f32], columns: usize) -> Vec<f64> {
        let mut gram = vec![0.0; columns * columns];
        for row in dense.chunks_exact(columns) {
            for left in 0..columns {
                for right in 0..columns {
                    gram[left * columns + right] += f64::from(row[left]) * f64::from(row[right]);
                }
            }
        }
        gram
    }

    fn column(svd: &TruncatedSvd, at: usize) -> Vec<f64> {
        (0..svd.right.rows()).map(|row| f64::from(svd.right.values(row)[at])).collect()
    }

    fn product(left: &[f64], right: &[f64]) -> f64 {
        left.iter().zip(right).map(|(a, b)| a * b).sum()
    }

    fn assert_orthonormal(svd: &TruncatedSvd) {
        let found = svd.values.iter().take_while(|value| **value > 0.0).count();
        for left in 0..svd.values.len() {
            for right in 0..=left {
                let unit = if left == right && left < found { 1.0 } else { 0.0 };
                let product = product(&column(svd, left), &column(svd, right));
                assert!((product - unit).abs() < 1e-5, "{left}, {right}: {product}");
            }
        }
    }

    fn small() -> impl Strategy<Value = (usize, Vec<f32>)> {
        let value = prop_oneof![3 => Just(0.0_f32), 2 => -2.0_f32..2.0, 1 => Just(1.0)];
        (1_usize..24, 1_usize..24).prop_flat_map(move |(rows, columns)| {
            prop::collection::vec(value.clone(), rows * columns)
                .prop_map(move |dense| (columns, dense))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// With all directions wanted the iteration has nothing to lose, whatever the rank.
        #[test]
        fn small_matrices_are_decomposed_like_their_gram_matrix((columns, dense) in small()) {
            let svd = svd(&dense, columns, columns, 1);
            assert_orthonormal(&svd);
            let gram = gram(&dense, columns);
            let exact = decompose(&gram, columns).values;
            let scale = exact[0].sqrt().max(1e-6);
            for (found, exact) in svd.values.iter().zip(&exact) {
                // The root turns rounding of the Gram matrix into its square root.
                prop_assert!((f64::from(*found) - exact.sqrt()).abs() < 1e-4 * scale);
            }
            for left in 0..columns {
                for right in 0..columns {
                    let rebuilt: f64 = (0..columns)
                        .map(|k| {
                            let value = f64::from(svd.values[k]).powi(2);
                            value * column(&svd, k)[left] * column(&svd, k)[right]
                        })
                        .sum();
                    let error = (rebuilt - gram[left * columns + right]).abs();
                    prop_assert!(error < 1e-4 * scale * scale, "{error}");
                }
            }
        }
    }

    /// A hundred columns with singular values 1, 0.9, 0.81, …: a falling spectrum as data has.
    fn falling() -> Vec<f32> {
        let (rows, columns) = (150, 100);
        let mut dense = vec![0.0; rows * columns];
        for k in 0..columns {
            let size = 0.9_f64.powi(k as i32);
            for row in 0..rows {
                let phase = std::f64::consts::PI * (k as f64 + 1.0) / (rows as f64 + 1.0);
                let left = (2.0 / (rows as f64 + 1.0)).sqrt() * (phase * (row as f64 + 1.0)).sin();
                for column in 0..columns {
                    let phase = std::f64::consts::PI * (k as f64 + 1.0) / (columns as f64 + 1.0);
                    let right = (2.0 / (columns as f64 + 1.0)).sqrt()
                        * (phase * (column as f64 + 1.0)).sin();
                    dense[row * columns + column] += (size * left * right) as f32;
                }
            }
        }
        dense
    }

    #[test]
    fn leading_vectors_of_a_falling_spectrum_converge() {
        let svd = svd(&falling(), 100, 10, 4);
        assert_orthonormal(&svd);
        for (k, &value) in svd.values.iter().enumerate() {
            assert!((f64::from(value) - 0.9_f64.powi(k as i32)).abs() < 1e-4, "{k}: {value}");
            let phase = std::f64::consts::PI * (k as f64 + 1.0) / 101.0;
            let exact: Vec<f64> = (0..100)
                .map(|row| (2.0_f64 / 101.0).sqrt() * (phase * (f64::from(row) + 1.0)).sin())
                .collect();
            let cosine = product(&column(&svd, k), &exact).abs();
            assert!(cosine > 0.999, "{k}: {cosine}");
        }
    }

    #[test]
    fn more_vectors_than_the_matrix_has_are_zero() {
        let svd = svd(&[1.0, 2.0, 0.0, 2.0, 4.0, 0.0], 3, 5, 2);
        assert!((svd.values[0] - 5.0).abs() < 1e-5, "{:?}", svd.values);
        assert_eq!(svd.values[1..], [0.0; 4]);
        assert_eq!((svd.right.rows(), svd.right.width()), (3, 5));
        assert_orthonormal(&svd);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| svd(&falling(), 100, 70, 2).right)
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn an_error_of_the_pulse_stops_the_work() {
        let rows = sparse(&[1.0, 0.0, 1.0, 1.0], 2);
        let settings = SvdSettings { rank: 2, oversampling: 0, rounds: 1, seed: 0 };
        let stop = || Err::<(), &str>("stop");
        let transposed = rows.transposed(2);
        let stopped =
            truncated_svd(rows.as_csr(2), transposed.as_csr(2), settings, stop, |_, _| ());
        assert_eq!(stopped.map(|_| ()), Err("stop"));
    }
}
