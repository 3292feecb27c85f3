//! Choice of the vector unit at run time, and the few operations whose best form depends on it.
//!
//! A kernel is written once, generic over [`Lanes`], and started with [`dispatch`]; the processor is
//! looked at once per process. Everything here is safe code: `pulp` hands out a token only where the
//! instructions exist. Processors without a specialised path use eight-lane arrays, which the
//! compiler maps to whatever vectors the target has.

use pulp::{NullaryFnOnce, Simd};

/// Rows and columns of the small tiles that kernels work on.
pub(crate) const TILE: usize = 4;

/// A piece of numeric work that can run on any vector unit.
pub(crate) trait Kernel {
    /// What the work returns.
    type Output;
    /// Does the work. Implementations are `#[inline(always)]`, so that the body is compiled once per
    /// vector unit with its instructions enabled.
    fn run<S: Lanes>(self, simd: S) -> Self::Output;
}

/// A vector unit with the shapes the kernels need.
pub(crate) trait Lanes: Simd {
    /// `a * b + c`, fused where that is one instruction.
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s;

    /// The same in `f64`.
    fn multiply_add_f64(self, a: Self::f64s, b: Self::f64s, c: Self::f64s) -> Self::f64s;

    /// The 16 dot products of four left rows with four right rows: `out[l][r] = left[l] · right[r]`.
    /// All rows have the same length.
    fn products_4x4(self, left: [&[Self::f32s]; 4], right: [&[Self::f32s]; 4]) -> [[f32; 4]; 4];

    /// Turns tiles of four by four, one for each lane, so that the lanes of each element are
    /// neighbours: `out[element][lane] = tiles[lane][element]`.
    #[inline(always)]
    fn turn_tiles(self, tiles: &[f32], out: &mut [f32]) {
        for (element, out) in out.chunks_exact_mut(Self::F32_LANES).enumerate() {
            for (value, tile) in out.iter_mut().zip(tiles.chunks_exact(TILE * TILE)) {
                *value = tile[element];
            }
        }
    }

    /// Asks for `row` to be brought into the level-two cache; no result depends on it.
    #[inline(always)]
    fn prefetch(self, row: &[f32]) {
        let _ = row;
    }

    /// Vectors of one row that a register tile of four rows spans.
    const TILE_VECTORS: usize;
}

/// Runs `kernel` on the best vector unit of this processor.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        match pulp::Arch::new() {
            pulp::Arch::V4(simd) => return simd.vectorize(Call { simd, kernel }),
            pulp::Arch::V3(simd) => return simd.vectorize(Call { simd, kernel }),
            pulp::Arch::Scalar | _ => {}
        }
    }
    kernel.run(pulp::Scalar256b)
}

/// A kernel bound to its vector unit, callable from within the unit's instruction set.
struct Call<S, K> {
    simd: S,
    kernel: K,
}

impl<S: Lanes, K: Kernel> NullaryFnOnce for Call<S, K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.kernel.run(self.simd)
    }
}

/// Lane-wise partial sums of the products of four left rows with `N` right rows.
#[inline(always)]
fn partial_products<S: Lanes, const N: usize>(
    simd: S,
    left: [&[S::f32s]; 4],
    right: [&[S::f32s]; N],
) -> [[S::f32s; N]; 4] {
    let length = left[0].len();
    let [a, b, c, d] = left;
    let left = [a, &b[..length], &c[..length], &d[..length]];
    let mut right = right;
    for row in &mut right {
        *row = &row[..length];
    }
    let mut sums = [[simd.splat_f32s(0.0); N]; 4];
    let mut columns = [simd.splat_f32s(0.0); N];
    for k in 0..length {
        for (column, row) in columns.iter_mut().zip(&right) {
            *column = row[k];
        }
        for (sums, row) in sums.iter_mut().zip(&left) {
            let value = row[k];
            for (sum, &column) in sums.iter_mut().zip(&columns) {
                *sum = simd.multiply_add(value, column, *sum);
            }
        }
    }
    sums
}

impl Lanes for pulp::Scalar256b {
    const TILE_VECTORS: usize = 2;

    // Without a fused instruction `mul_add` would be a library call per lane.
    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.add_f32s(self.mul_f32s(a, b), c)
    }

    #[inline(always)]
    fn multiply_add_f64(self, a: Self::f64s, b: Self::f64s, c: Self::f64s) -> Self::f64s {
        self.add_f64s(self.mul_f64s(a, b), c)
    }

    #[inline(always)]
    fn products_4x4(self, left: [&[Self::f32s]; 4], right: [&[Self::f32s]; 4]) -> [[f32; 4]; 4] {
        let mut out = [[0.0; 4]; 4];
        for (column, right) in right.into_iter().enumerate() {
            let sums = partial_products(self, left, [right]);
            for (row, [sum]) in out.iter_mut().zip(sums) {
                row[column] = self.reduce_sum_f32s(sum);
            }
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! AVX2 and AVX-512: all sums of a tile are reduced together by a tree of shuffles, which costs
    //! about two shuffles a sum instead of the six or seven of one reduction at a time.

    use pulp::Simd;
    use pulp::bytemuck::cast;
    use pulp::x86::{V3, V4};

    use super::{Lanes, partial_products};

    impl Lanes for V3 {
        const TILE_VECTORS: usize = 2;

        #[inline(always)]
        fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
            self.mul_add_e_f32s(a, b, c)
        }

        #[inline(always)]
        fn multiply_add_f64(self, a: Self::f64s, b: Self::f64s, c: Self::f64s) -> Self::f64s {
            self.mul_add_e_f64s(a, b, c)
        }

        // Two right rows at a time: eight accumulators leave room for the operands in 16 registers.
        #[inline(always)]
        fn products_4x4(
            self,
            left: [&[Self::f32s]; 4],
            right: [&[Self::f32s]; 4],
        ) -> [[f32; 4]; 4] {
            let mut out = [[0.0; 4]; 4];
            for (half, right) in
                [[right[0], right[1]], [right[2], right[3]]].into_iter().enumerate()
            {
                let [a, b, c, d] = partial_products(self, left, right);
                let sums = sum_8(self, [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]);
                for (row, sums) in out.iter_mut().zip(sums.chunks_exact(2)) {
                    row[2 * half..2 * half + 2].copy_from_slice(sums);
                }
            }
            out
        }
    }

    impl Lanes for V4 {
        const TILE_VECTORS: usize = 4;

        #[inline(always)]
        fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
            self.mul_add_e_f32s(a, b, c)
        }

        #[inline(always)]
        fn multiply_add_f64(self, a: Self::f64s, b: Self::f64s, c: Self::f64s) -> Self::f64s {
            self.mul_add_e_f64s(a, b, c)
        }

        #[inline(always)]
        fn products_4x4(
            self,
            left: [&[Self::f32s]; 4],
            right: [&[Self::f32s]; 4],
        ) -> [[f32; 4]; 4] {
            let [a, b, c, d] = partial_products(self, left, right);
            let low = halves(self, quad(self, a), quad(self, b));
            let high = halves(self, quad(self, c), quad(self, d));
            cast(halves(self, low, high))
        }

        /// A transposition of 16 by 16 in four rounds of shuffles.
        #[inline(always)]
        fn turn_tiles(self, tiles: &[f32], out: &mut [f32]) {
            let unit = self.avx512f;
            let tiles = &Self::as_simd_f32s(tiles).0[..16];
            let out = &mut Self::as_mut_simd_f32s(out).0[..16];
            let mut quads = [self.splat_f32s(0.0); 16];
            for (quad, rows) in quads.chunks_exact_mut(4).zip(tiles.chunks_exact(4)) {
                let low = [pairs_low(self, rows[0], rows[1]), pairs_low(self, rows[2], rows[3])];
                let high = [pairs_high(self, rows[0], rows[1]), pairs_high(self, rows[2], rows[3])];
                quad[0] = cast(unit._mm512_unpacklo_pd(cast(low[0]), cast(low[1])));
                quad[1] = cast(unit._mm512_unpackhi_pd(cast(low[0]), cast(low[1])));
                quad[2] = cast(unit._mm512_unpacklo_pd(cast(high[0]), cast(high[1])));
                quad[3] = cast(unit._mm512_unpackhi_pd(cast(high[0]), cast(high[1])));
            }
            // Now the 128-bit group `g` of `quads[4 i + j]` is element `4 g + j` of rows `4 i` to `4 i + 3`.
            for j in 0..4 {
                let even = [
                    groups_even(self, quads[j], quads[4 + j]),
                    groups_even(self, quads[8 + j], quads[12 + j]),
                ];
                let odd = [
                    groups_odd(self, quads[j], quads[4 + j]),
                    groups_odd(self, quads[8 + j], quads[12 + j]),
                ];
                out[j] = groups_even(self, even[0], even[1]);
                out[4 + j] = groups_even(self, odd[0], odd[1]);
                out[8 + j] = groups_odd(self, even[0], even[1]);
                out[12 + j] = groups_odd(self, odd[0], odd[1]);
            }
        }

        #[inline(always)]
        fn prefetch(self, row: &[f32]) {
            for line in row.chunks(16) {
                self.sse._mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T1 }>(line.as_ptr().cast());
            }
        }
    }

    type F16 = <V4 as Simd>::f32s;
    type F8 = <V3 as Simd>::f32s;

    // Free functions, not closures: only what is inlined into the dispatched kernel is compiled with
    // the vector unit's instructions, and a closure may stay a function of its own.

    /// Four vectors to one whose every 128-bit group holds the four sums over that group.
    #[inline(always)]
    fn quad(simd: V4, [a, b, c, d]: [F16; 4]) -> F16 {
        let unit = simd.avx512f;
        let (ab, cd) = (pair(simd, a, b), pair(simd, c, d));
        cast(unit._mm512_add_ps(
            cast(unit._mm512_unpacklo_pd(cast(ab), cast(cd))),
            cast(unit._mm512_unpackhi_pd(cast(ab), cast(cd))),
        ))
    }

    #[inline(always)]
    fn pair(simd: V4, x: F16, y: F16) -> F16 {
        let unit = simd.avx512f;
        cast(unit._mm512_add_ps(
            unit._mm512_unpacklo_ps(cast(x), cast(y)),
            unit._mm512_unpackhi_ps(cast(x), cast(y)),
        ))
    }

    #[inline(always)]
    fn pairs_low(simd: V4, x: F16, y: F16) -> F16 {
        cast(simd.avx512f._mm512_unpacklo_ps(cast(x), cast(y)))
    }

    #[inline(always)]
    fn pairs_high(simd: V4, x: F16, y: F16) -> F16 {
        cast(simd.avx512f._mm512_unpackhi_ps(cast(x), cast(y)))
    }

    /// The 128-bit groups 0 and 2 of `x`, then those of `y`.
    #[inline(always)]
    fn groups_even(simd: V4, x: F16, y: F16) -> F16 {
        cast(simd.avx512f._mm512_shuffle_f32x4::<0b10_00_10_00>(cast(x), cast(y)))
    }

    /// The 128-bit groups 1 and 3 of `x`, then those of `y`.
    #[inline(always)]
    fn groups_odd(simd: V4, x: F16, y: F16) -> F16 {
        cast(simd.avx512f._mm512_shuffle_f32x4::<0b11_01_11_01>(cast(x), cast(y)))
    }

    /// Adds neighbouring 128-bit groups of `x` and of `y` and puts the results side by side.
    #[inline(always)]
    fn halves(simd: V4, x: F16, y: F16) -> F16 {
        let unit = simd.avx512f;
        let (even, odd) = (groups_even(simd, x, y), groups_odd(simd, x, y));
        cast(unit._mm512_add_ps(cast(even), cast(odd)))
    }

    /// The eight sums of eight vectors, in order.
    #[inline(always)]
    fn sum_8(simd: V3, [a, b, c, d, e, f, g, h]: [F8; 8]) -> [f32; 8] {
        let unit = simd.avx;
        let (low, high) = (quad_8(simd, [a, b, c, d]), quad_8(simd, [e, f, g, h]));
        cast(unit._mm256_add_ps(
            unit._mm256_permute2f128_ps::<0x20>(cast(low), cast(high)),
            unit._mm256_permute2f128_ps::<0x31>(cast(low), cast(high)),
        ))
    }

    #[inline(always)]
    fn quad_8(simd: V3, [a, b, c, d]: [F8; 4]) -> F8 {
        let unit = simd.avx;
        let (ab, cd) = (pair_8(simd, a, b), pair_8(simd, c, d));
        cast(unit._mm256_add_ps(
            cast(unit._mm256_unpacklo_pd(cast(ab), cast(cd))),
            cast(unit._mm256_unpackhi_pd(cast(ab), cast(cd))),
        ))
    }

    #[inline(always)]
    fn pair_8(simd: V3, x: F8, y: F8) -> F8 {
        let unit = simd.avx;
        cast(unit._mm256_add_ps(
            unit._mm256_unpacklo_ps(cast(x), cast(y)),
            unit._mm256_unpackhi_ps(cast(x), cast(y)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Products<'a>(&'a [f32], usize);

    impl Kernel for Products<'_> {
        type Output = [[f32; 4]; 4];

        #[inline(always)]
        fn run<S: Lanes>(self, _simd: S) -> Self::Output {
            let row = |index: usize| S::as_simd_f32s(&self.0[index * self.1..][..self.1]).0;
            _simd.products_4x4([row(0), row(1), row(2), row(3)], [row(4), row(5), row(6), row(7)])
        }
    }

    struct Turn<'a>(&'a [f32]);

    impl Kernel for Turn<'_> {
        type Output = (usize, Vec<f32>);

        #[inline(always)]
        fn run<S: Lanes>(self, simd: S) -> Self::Output {
            let mut out = vec![0.0; TILE * TILE * S::F32_LANES];
            simd.turn_tiles(&self.0[..out.len()], &mut out);
            (S::F32_LANES, out)
        }
    }

    #[test]
    fn turned_tiles_have_their_lanes_side_by_side_on_every_unit() {
        let tiles: Vec<f32> = (0..256).map(|at| at as f32).collect();
        for (lanes, turned) in [dispatch(Turn(&tiles)), Turn(&tiles).run(pulp::Scalar256b)] {
            let places = (0..turned.len()).map(|at| at % lanes * TILE * TILE + at / lanes);
            assert_eq!(turned, places.map(|place| tiles[place]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn tile_products_stand_in_their_places_on_every_unit() {
        let width = 48;
        let rows: Vec<f32> =
            (0..8 * width).map(|at| ((at * 37 % 101) as f32 - 50.0) / 8.0).collect();
        let expected: [[f32; 4]; 4] = std::array::from_fn(|left| {
            std::array::from_fn(|right| {
                let left = &rows[left * width..][..width];
                let right = &rows[(4 + right) * width..][..width];
                left.iter().zip(right).map(|(a, b)| f64::from(a * b)).sum::<f64>() as f32
            })
        });
        let close = |found: [[f32; 4]; 4]| {
            found.iter().flatten().zip(expected.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-2)
        };
        assert!(close(dispatch(Products(&rows, width))));
        assert!(close(Products(&rows, width).run(pulp::Scalar256b)));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            let kernel = Products(&rows, width);
            assert!(close(simd.vectorize(Call { simd, kernel })));
        }
    }
}
