//! Dot product and scaled addition of plain `f32` slices, of any length.

use super::simd::{Kernel, Lanes, dispatch};

/// Returns the dot product of two slices of equal length.
///
/// The order of additions depends on the processor's vector width only, so the result is the same on
/// every call on one machine.
///
/// # Panics
///
/// Panics if the lengths differ.
#[must_use]
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len(), "dot: lengths differ");
    dispatch(Dot(left, right))
}

/// Adds `factor * source` to `target`, element by element.
///
/// # Panics
///
/// Panics if the lengths differ.
pub fn axpy(factor: f32, source: &[f32], target: &mut [f32]) {
    assert_eq!(source.len(), target.len(), "axpy: lengths differ");
    dispatch(Axpy(factor, source, target));
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl Kernel for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> f32 {
        dot_with(simd, self.0, self.1)
    }
}

struct Axpy<'a>(f32, &'a [f32], &'a mut [f32]);

impl Kernel for Axpy<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        axpy_with(simd, self.0, self.1, self.2);
    }
}

/// [`dot`] inside a kernel. Four independent accumulators hide the latency of the additions.
#[inline(always)]
pub(crate) fn dot_with<S: Lanes>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let right = &right[..left.len()];
    let (left, left_tail) = S::as_simd_f32s(left);
    let (right, right_tail) = S::as_simd_f32s(right);
    let (left_fours, left) = pulp::as_arrays::<4, _>(left);
    let (right_fours, right) = pulp::as_arrays::<4, _>(right);
    let mut sums = [simd.splat_f32s(0.0); 4];
    for (left, right) in left_fours.iter().zip(right_fours) {
        for ((sum, &a), &b) in sums.iter_mut().zip(left).zip(right) {
            *sum = simd.multiply_add(a, b, *sum);
        }
    }
    for (&a, &b) in left.iter().zip(right) {
        sums[0] = simd.multiply_add(a, b, sums[0]);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    let tail: f32 = left_tail.iter().zip(right_tail).map(|(a, b)| a * b).sum();
    simd.reduce_sum_f32s(sum) + tail
}

/// [`axpy`] inside a kernel.
#[inline(always)]
pub(crate) fn axpy_with<S: Lanes>(simd: S, factor: f32, source: &[f32], target: &mut [f32]) {
    let source = &source[..target.len()];
    let (source, source_tail) = S::as_simd_f32s(source);
    let (target, target_tail) = S::as_mut_simd_f32s(target);
    let wide = simd.splat_f32s(factor);
    for (target, &source) in target.iter_mut().zip(source) {
        *target = simd.multiply_add(wide, source, *target);
    }
    for (target, &source) in target_tail.iter_mut().zip(source_tail) {
        *target += factor * source;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(length: usize, step: usize) -> Vec<f32> {
        (0..length).map(|at| ((at * step % 17) as f32 - 8.0) / 4.0).collect()
    }

    #[test]
    fn dot_agrees_with_f64_at_every_length() {
        for length in 0..200 {
            let (a, b) = (ramp(length, 5), ramp(length, 7));
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot(&a, &b)) - expected).abs() < 1e-4, "length {length}");
        }
    }

    #[test]
    fn axpy_adds_at_every_length() {
        for length in 0..100 {
            let (source, mut target) = (ramp(length, 3), ramp(length, 11));
            let before = target.clone();
            axpy(0.5, &source, &mut target);
            for ((after, before), source) in target.iter().zip(before).zip(source) {
                assert!((after - (before + 0.5 * source)).abs() < 1e-6);
            }
        }
    }
}
