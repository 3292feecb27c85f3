//! What tall matrices promise.

use super::*;
use crate::linalg::sparse::SparseRows;

fn go() -> Result<(), ()> {
    Ok(())
}

fn random(rows: usize, columns: usize) -> TallMatrix {
    TallMatrix::random(rows, columns, 7, go).unwrap()
}

fn entry(matrix: &PaddedMatrix, row: usize, column: usize) -> f64 {
    f64::from(matrix.values(row)[column])
}

/// Widths below, at and above one panel, and rows that fill no block.
const SHAPES: [(usize, usize); 5] = [(1, 1), (3, 64), (70, 65), (131, 17), (200, 130)];

#[test]
fn products_agree_with_the_definition() {
    for (rows, order) in SHAPES {
        let matrix = random(rows, order);
        let dense = matrix.to_rows();
        let square: Vec<f64> =
            (0..order * order).map(|at| (at * 29 % 31) as f64 / 31.0 - 0.4).collect();
        let columns = order.div_ceil(2);
        let product = matrix.times(&square, columns, go).unwrap().to_rows();
        let gram = matrix.gram(go).unwrap();
        for row in 0..rows {
            for column in 0..columns {
                let expected: f64 =
                    (0..order).map(|k| entry(&dense, row, k) * square[k * order + column]).sum();
                assert!((entry(&product, row, column) - expected).abs() < 1e-4);
            }
        }
        for left in 0..order {
            for right in 0..order {
                let expected: f64 =
                    (0..rows).map(|row| entry(&dense, row, left) * entry(&dense, row, right)).sum();
                assert!((gram[left * order + right] - expected).abs() < 1e-10);
            }
        }
    }
}

#[test]
fn a_sparse_product_adds_the_rows_it_names() {
    let sparse = SparseRows {
        indptr: vec![0, 2, 2, 3],
        indices: vec![0, 3, 1],
        weights: vec![1.5, -2.0, 0.5],
    };
    for columns in [1, 64, 100] {
        let matrix = random(4, columns);
        let dense = matrix.to_rows();
        let product = matrix.multiplied_by(sparse.view(4), go).unwrap().to_rows();
        for column in 0..columns {
            let first = 1.5 * entry(&dense, 0, column) - 2.0 * entry(&dense, 3, column);
            assert!((entry(&product, 0, column) - first).abs() < 1e-6);
            assert!(entry(&product, 1, column).abs() < 1e-9);
            let last = 0.5 * entry(&dense, 1, column);
            assert!((entry(&product, 2, column) - last).abs() < 1e-6);
        }
    }
}
