//! Kernels on `f32` rows: dot products, Gram matrices, small solves, one eigendecomposition, the leading
//! singular vectors of sparse matrices, and the inverse of large symmetric positive definite ones.
//!
//! Kernels use the widest vector unit the processor has, found at run time, in safe code. For one
//! machine a kernel gives the same bits on every call; between machines with different vector widths
//! the order of additions differs, and with it the last bits.

pub(crate) mod bytes;
pub(crate) mod cholesky;
mod dot;
pub(crate) mod eigen;
pub(crate) mod gemm;
pub(crate) mod matrix;
pub(crate) mod panel;
pub(crate) mod ridge;
pub(crate) mod simd;
pub(crate) mod sparse;
mod spd_inverse;
pub(crate) mod svd;
pub(crate) mod systems;
pub(crate) mod tall;

pub use dot::{axpy, dot};
pub(crate) use dot::{axpy_with, dot_with};
pub use spd_inverse::{InverseError, SymmetricMatrix};
