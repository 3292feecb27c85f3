//! Sums of products of bytes: a quarter of the memory of `f32`, and twice as many products an instruction.
//!
//! Integers are exact, so every vector unit gives the same sums.

use pulp::bytemuck::cast;
use pulp::{NullaryFnOnce, Scalar256b, Simd};

use super::simd::Lanes;

/// Largest absolute value of a signed byte here: two products with unsigned bytes fit 16 bits,
/// `2 · 255 · 64 < 2¹⁵`.
pub(crate) const LARGEST: i8 = 64;

/// A piece of work on bytes that can run on any vector unit.
pub(crate) trait ByteKernel {
    /// What the work returns.
    type Output;
    /// Does the work; implementations are `#[inline(always)]`.
    fn run<S: ByteLanes>(self, simd: S) -> Self::Output;
}

/// A vector unit that multiplies bytes.
pub(crate) trait ByteLanes: Lanes {
    /// Adds four products to each sum, those of the lane's unsigned bytes in `codes` with its signed
    /// bytes in `query`, none of which exceeds [`LARGEST`].
    fn multiply_add_bytes(
        self,
        codes: Self::u32s,
        query: Self::u32s,
        sums: Self::i32s,
    ) -> Self::i32s;

    /// The nearest `f32` of each integer.
    fn to_f32s(self, integers: Self::i32s) -> Self::f32s;
}

impl ByteLanes for Scalar256b {
    #[inline(always)]
    fn multiply_add_bytes(
        self,
        codes: Self::u32s,
        query: Self::u32s,
        sums: Self::i32s,
    ) -> Self::i32s {
        let (codes, query): ([[u8; 4]; 8], [[i8; 4]; 8]) = (cast(codes), cast(query));
        let mut sums: [i32; 8] = cast(sums);
        for ((sum, codes), query) in sums.iter_mut().zip(codes).zip(query) {
            for (code, query) in codes.into_iter().zip(query) {
                *sum += i32::from(code) * i32::from(query);
            }
        }
        cast(sums)
    }

    #[inline(always)]
    fn to_f32s(self, integers: Self::i32s) -> Self::f32s {
        let integers: [i32; 8] = cast(integers);
        #[expect(clippy::cast_precision_loss, reason = "rounding is what is wanted")]
        cast(integers.map(|integer| integer as f32))
    }
}

/// Runs `kernel` on the best vector unit of this processor.
#[inline]
pub(crate) fn dispatch_bytes<K: ByteKernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        match pulp::Arch::new() {
            pulp::Arch::V4(simd) => {
                return match x86::Vnni::try_new() {
                    Some(unit) => unit.vectorize(Call { simd, kernel }),
                    None => simd.vectorize(Call { simd, kernel }),
                };
            }
            pulp::Arch::V3(simd) => return simd.vectorize(Call { simd, kernel }),
            pulp::Arch::Scalar | _ => {}
        }
    }
    kernel.run(Scalar256b)
}

/// A kernel bound to its vector unit.
struct Call<S, K> {
    simd: S,
    kernel: K,
}

impl<S: ByteLanes, K: ByteKernel> NullaryFnOnce for Call<S, K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.kernel.run(self.simd)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! `vpmaddubsw` adds pairs of products to 16 bits, and `vpmaddwd` by ones pairs of these to 32 bits.

    use pulp::bytemuck::cast;
    use pulp::x86::{V3, V4};

    use super::{ByteLanes, Simd};

    pulp::simd_type! {
        /// AVX-512 with its instructions for neural networks. The compiler fuses `vpmaddwd` and the
        /// addition after it to `vpdpwssd` where it may use them: two instructions for 64 products.
        pub(super) struct Vnni {
            sse: "sse",
            sse2: "sse2",
            fxsr: "fxsr",
            sse3: "sse3",
            ssse3: "ssse3",
            sse4_1: "sse4.1",
            sse4_2: "sse4.2",
            popcnt: "popcnt",
            avx: "avx",
            avx2: "avx2",
            bmi1: "bmi1",
            bmi2: "bmi2",
            fma: "fma",
            lzcnt: "lzcnt",
            avx512f: "avx512f",
            avx512bw: "avx512bw",
            avx512cd: "avx512cd",
            avx512dq: "avx512dq",
            avx512vl: "avx512vl",
            avx512vnni: "avx512vnni",
        }
    }

    impl ByteLanes for V4 {
        #[inline(always)]
        fn multiply_add_bytes(
            self,
            codes: Self::u32s,
            query: Self::u32s,
            sums: Self::i32s,
        ) -> Self::i32s {
            let ones = self.avx512f._mm512_set1_epi16(1);
            let pairs = self.avx512bw._mm512_maddubs_epi16(cast(codes), cast(query));
            let fours = self.avx512bw._mm512_madd_epi16(pairs, ones);
            self.add_i32s(sums, cast(fours))
        }

        #[inline(always)]
        fn to_f32s(self, integers: Self::i32s) -> Self::f32s {
            cast(self.avx512f._mm512_cvtepi32_ps(cast(integers)))
        }
    }

    impl ByteLanes for V3 {
        #[inline(always)]
        fn multiply_add_bytes(
            self,
            codes: Self::u32s,
            query: Self::u32s,
            sums: Self::i32s,
        ) -> Self::i32s {
            let ones = self.avx._mm256_set1_epi16(1);
            let pairs = self.avx2._mm256_maddubs_epi16(cast(codes), cast(query));
            let fours = self.avx2._mm256_madd_epi16(pairs, ones);
            self.add_i32s(sums, cast(fours))
        }

        #[inline(always)]
        fn to_f32s(self, integers: Self::i32s) -> Self::f32s {
            cast(self.avx._mm256_cvtepi32_ps(cast(integers)))
        }
    }
}

/// Sums for the columns of a register tile from `from` on: products of `ROWS` rows of signed bytes with a
/// matrix of unsigned ones, both in words of four bytes that belong together. Each row's sums start at
/// its entry in `starts`.
#[inline(always)]
pub(crate) fn byte_product_tile<S: ByteLanes, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    rows: [&[u32]; ROWS],
    starts: [i32; ROWS],
    right: &[u32],
    right_stride: usize,
    from: usize,
) -> [[S::i32s; VECTORS]; ROWS] {
    let mut sums = starts.map(|start| [simd.splat_i32s(start); VECTORS]);
    for (k, right) in right.chunks_exact(right_stride).enumerate() {
        let right = &S::as_simd_u32s(&right[from..]).0[..VECTORS];
        for (sums, row) in sums.iter_mut().zip(rows) {
            let query = simd.splat_u32s(row[k]);
            for (sum, &codes) in sums.iter_mut().zip(right) {
                *sum = simd.multiply_add_bytes(codes, query, *sum);
            }
        }
    }
    sums
}

/// Runs `kernel` on every vector unit of this processor.
#[cfg(test)]
pub(crate) fn on_every_unit<K: ByteKernel + Clone>(kernel: &K) -> Vec<K::Output> {
    let mut outputs = vec![kernel.clone().run(Scalar256b)];
    #[cfg(target_arch = "x86_64")]
    {
        let kernel = || kernel.clone();
        if let Some(simd) = pulp::x86::V3::try_new() {
            outputs.push(simd.vectorize(Call { simd, kernel: kernel() }));
        }
        if let Some(simd) = pulp::x86::V4::try_new() {
            outputs.push(simd.vectorize(Call { simd, kernel: kernel() }));
            if let Some(unit) = x86::Vnni::try_new() {
                outputs.push(unit.vectorize(Call { simd, kernel: kernel() }));
            }
        }
    }
    outputs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: usize = 64;

    #[derive(Clone)]
    struct Product<'a> {
        row: &'a [u32],
        right: &'a [u32],
    }

    impl ByteKernel for Product<'_> {
        type Output = Vec<i32>;

        #[inline(always)]
        fn run<S: ByteLanes>(self, simd: S) -> Vec<i32> {
            let mut out = Vec::new();
            for from in (0..COLUMNS).step_by(2 * S::U32_LANES) {
                let rows = [self.row, self.row];
                let sums =
                    byte_product_tile::<S, 2, 2>(simd, rows, [0, 5], self.right, COLUMNS, from);
                let both: [&[i32]; 2] = [cast_slice(&sums[0]), cast_slice(&sums[1])];
                assert!(both[0].iter().zip(both[1]).all(|(first, second)| first + 5 == *second));
                out.extend_from_slice(both[0]);
            }
            out
        }
    }

    fn cast_slice<T: pulp::bytemuck::NoUninit>(values: &[T]) -> &[i32] {
        pulp::bytemuck::cast_slice(values)
    }

    /// Bytes of which extreme ones are common.
    fn case() -> impl Strategy<Value = (Vec<[i8; 4]>, Vec<[u8; 4]>)> {
        let signed = prop_oneof![-LARGEST..=LARGEST, Just(-LARGEST), Just(LARGEST)];
        let code = prop_oneof![any::<u8>(), Just(0), Just(255)];
        (0_usize..20).prop_flat_map(move |depth| {
            (
                prop::collection::vec(prop::array::uniform4(signed.clone()), depth),
                prop::collection::vec(prop::array::uniform4(code.clone()), depth * COLUMNS),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_unit_adds_the_products_exactly((row, right) in case()) {
            let expected: Vec<i32> = (0..COLUMNS)
                .map(|column| {
                    let codes = right.iter().skip(column).step_by(COLUMNS).flatten();
                    let products = row.iter().flatten().zip(codes);
                    products.map(|(&query, &code)| i32::from(query) * i32::from(code)).sum()
                })
                .collect();
            let row: Vec<u32> = row.into_iter().map(cast).collect();
            let right: Vec<u32> = right.into_iter().map(cast).collect();
            for found in on_every_unit(&Product { row: &row, right: &right }) {
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
