//! Eigendecomposition of a small symmetric matrix in `f64`.

use nalgebra::{DMatrix, SymmetricEigen};

/// Eigenvalues in descending order and the eigenvectors that belong to them.
pub(crate) struct Spectrum {
    /// Eigenvalues, largest first, negative rounding noise clamped to 0.
    pub(crate) values: Vec<f64>,
    /// Row-major; column `k` is the eigenvector of `values[k]`.
    pub(crate) vectors: Vec<f64>,
}

/// Decomposes the symmetric `order × order` matrix given by its upper triangle (row-major).
///
/// Signs and order are fixed (largest component positive, eigenvalues descending, ties by position),
/// so equal input gives equal output.
pub(crate) fn decompose(upper: &[f64], order: usize) -> Spectrum {
    let full = DMatrix::from_fn(order, order, |row, column| {
        upper[row.min(column) * order + row.max(column)]
    });
    let eigen = SymmetricEigen::new(full);
    let mut by_size: Vec<usize> = (0..order).collect();
    by_size.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]).then(a.cmp(&b)));
    let values = by_size.iter().map(|&at| eigen.eigenvalues[at].max(0.0)).collect();
    let mut vectors = vec![0.0; order * order];
    for (target, &at) in by_size.iter().enumerate() {
        let vector = eigen.eigenvectors.column(at);
        let largest = vector
            .iter()
            .copied()
            .fold(0.0_f64, |best, value| if value.abs() > best.abs() { value } else { best });
        for (row, value) in vector.iter().enumerate() {
            vectors[row * order + target] = if largest < 0.0 { -value } else { *value };
        }
    }
    Spectrum { values, vectors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_times_values_give_the_matrix_back() {
        let order = 9;
        let entry = |row: usize, column: usize| {
            1.0 / (1.0 + row as f64 + column as f64) + if row == column { row as f64 } else { 0.0 }
        };
        let full: Vec<f64> = (0..order * order).map(|at| entry(at / order, at % order)).collect();
        let Spectrum { values, vectors } = decompose(&full, order);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        for row in 0..order {
            for column in 0..order {
                let rebuilt: f64 = (0..order)
                    .map(|k| vectors[row * order + k] * values[k] * vectors[column * order + k])
                    .sum();
                assert!((rebuilt - entry(row, column)).abs() < 1e-10);
            }
        }
    }
}
