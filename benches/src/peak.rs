//! What one processor can do: multiply-adds a second with nothing in their way.

use std::hint::black_box;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

/// Sums that do not wait for each other: more than a multiply-add takes cycles, twice.
const CHAINS: usize = 16;
const STEPS: usize = 10_000_000;

/// Returns how many `f32` multiply-adds one thread does in a second, in registers, on the widest vectors
/// of this processor: the best of three runs.
pub(crate) fn multiply_adds() -> f64 {
    (0..3).map(|_| Arch::new().dispatch(Chains)).fold(0.0, f64::max)
}

struct Chains;

impl WithSimd for Chains {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (factor, term) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(black_box(1e-3)));
        let mut sums = [simd.splat_f32s(1.0); CHAINS];
        let start = Instant::now();
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, term);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let total = sums.into_iter().fold(simd.splat_f32s(0.0), |a, b| simd.add_f32s(a, b));
        black_box(simd.reduce_sum_f32s(total));
        (STEPS * CHAINS * S::F32_LANES) as f64 / seconds
    }
}
