//! The innermost loop of the projection: one position's window, for each instruction set.
//!
//! [`Plain`] says what is computed: the sum over d of scales\[d\] times the two rows at distance d. [`Avx2`] computes
//! it in the same way. [`Avx512`] looks it up: the three signs of one column in three rows are one of 27 codes, and an
//! instruction that looks up 32 codes in a table of 32 sums takes the place of three multiplications and additions. All
//! give the same integers.

/// The weights of a window: `scales[d - 1]` at distance d, in the forms the kernels need.
pub(super) struct WindowWeights<const D: usize> {
    scales: [i16; D],
    /// By position modulo 3, place among the groups of three rows that the window touches, and code of the signs.
    tables: [[SumTable; MOST_GROUPS]; 3],
}

/// Lookup table of sums by code; 27 of the 32 entries are used.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct SumTable([i16; 32]);

/// Groups that the widest window touches.
const MOST_GROUPS: usize = groups(super::narrow::NARROW_WINDOW);

/// Groups of three rows that a window of `reach` rows to both sides touches at most.
const fn groups(reach: usize) -> usize {
    (2 * reach + 3).div_ceil(3)
}

impl<const D: usize> WindowWeights<D> {
    pub(super) fn new(scales: &[i16; D]) -> Self {
        let mut tables = [[SumTable([0; 32]); MOST_GROUPS]; 3];
        for (shift, tables) in tables.iter_mut().enumerate() {
            for (group, SumTable(table)) in tables.iter_mut().enumerate() {
                // The weight of the row at this place of the group: 0 for the position itself and for rows beyond the
                // window.
                let scale = |place: usize| {
                    let distance = (3 * group + place).abs_diff(shift + D);
                    distance.checked_sub(1).and_then(|index| scales.get(index)).copied().unwrap_or(0)
                };
                for (code, sum) in (0i16..27).zip(table) {
                    *sum = (code % 3 - 1) * scale(0) + (code / 3 % 3 - 1) * scale(1) + (code / 9 - 1) * scale(2);
                }
            }
        }
        WindowWeights { scales: *scales, tables }
    }
}

/// A kernel: the same sums with one instruction set.
pub(super) trait Kernel {
    /// Rows that a walk of `length` nodes is prepared in.
    fn room(length: usize, reach: usize) -> usize;

    /// Writes the signs of a walk's nodes, with `D` rows of zeros at both ends, in the form `add_window` reads.
    fn prepare<const W: usize, const D: usize>(signs: &[[i8; W]], walk: &[u32], near: &mut [[i16; W]]);

    /// Adds the weighted rows around position `i` of a prepared walk to `total`. No sum of 16 bits may overflow; it
    /// would wrap.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add_window<const W: usize, const D: usize>(
        near: &[[i16; W]],
        i: usize,
        weights: &WindowWeights<D>,
        total: &mut [i32; W],
    );
}

/// The rows before and after position `i`, `D` each, of a walk prepared row by row.
#[inline(always)]
fn sides<const W: usize, const D: usize>(near: &[[i16; W]], i: usize) -> Option<(&[[i16; W]; D], &[[i16; W]; D])> {
    Some((near.get(i..)?.first_chunk::<D>()?, near.get(i + D + 1..)?.first_chunk::<D>()?))
}

/// Plain Rust, without a particular instruction set.
pub(super) struct Plain;

impl Kernel for Plain {
    #[inline(always)]
    fn room(length: usize, reach: usize) -> usize {
        length + 2 * reach
    }

    #[inline(always)]
    fn prepare<const W: usize, const D: usize>(signs: &[[i8; W]], walk: &[u32], near: &mut [[i16; W]]) {
        for (row, &node) in near[D..].iter_mut().zip(walk) {
            let signs = &signs[node as usize];
            for k in 0..W {
                row[k] = i16::from(signs[k]);
            }
        }
    }

    #[inline(always)]
    unsafe fn add_window<const W: usize, const D: usize>(
        near: &[[i16; W]],
        i: usize,
        weights: &WindowWeights<D>,
        total: &mut [i32; W],
    ) {
        let Some((before, after)) = sides::<W, D>(near, i) else { return };
        let mut sum = [0i16; W];
        for d in 0..D {
            let (before, after) = (&before[D - 1 - d], &after[d]);
            for k in 0..W {
                sum[k] = sum[k].wrapping_add(weights.scales[d].wrapping_mul(before[k].wrapping_add(after[k])));
            }
        }
        for k in 0..W {
            total[k] = total[k].wrapping_add(i32::from(sum[k]));
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Kernel, Plain, WindowWeights, groups, sides};

    /// AVX2, 16 lanes at a time; narrower blocks as [`Plain`].
    pub(in super::super) struct Avx2;

    impl Kernel for Avx2 {
        #[inline(always)]
        fn room(length: usize, reach: usize) -> usize {
            Plain::room(length, reach)
        }

        #[inline(always)]
        fn prepare<const W: usize, const D: usize>(signs: &[[i8; W]], walk: &[u32], near: &mut [[i16; W]]) {
            Plain::prepare::<W, D>(signs, walk, near);
        }

        #[inline(always)]
        unsafe fn add_window<const W: usize, const D: usize>(
            near: &[[i16; W]],
            i: usize,
            weights: &WindowWeights<D>,
            total: &mut [i32; W],
        ) {
            // SAFETY: the caller vouches for AVX2. Each access reads or writes lanes k..k + 16 (or + 8) of an array of
            // W lanes, and k + 16 <= W; unaligned accesses need no more.
            unsafe {
                if !W.is_multiple_of(16) {
                    return Plain::add_window(near, i, weights, total);
                }
                let Some((before, after)) = sides::<W, D>(near, i) else { return };
                for k in (0..W).step_by(16) {
                    let mut sum = _mm256_setzero_si256();
                    for d in 0..D {
                        let a = _mm256_loadu_si256(before[D - 1 - d].as_ptr().add(k).cast());
                        let b = _mm256_loadu_si256(after[d].as_ptr().add(k).cast());
                        let scale = _mm256_set1_epi16(weights.scales[d]);
                        sum = _mm256_add_epi16(sum, _mm256_mullo_epi16(scale, _mm256_add_epi16(a, b)));
                    }
                    let halves = [_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum)];
                    for (half, lanes) in halves.into_iter().enumerate() {
                        let place: *mut __m256i = total.as_mut_ptr().add(k + 8 * half).cast();
                        let old = _mm256_loadu_si256(place);
                        _mm256_storeu_si256(place, _mm256_add_epi32(old, _mm256_cvtepi16_epi32(lanes)));
                    }
                }
            }
        }
    }

    /// AVX-512, 32 lanes at a time, by table lookups. Only for blocks of a multiple of 32 columns.
    pub(in super::super) struct Avx512;

    impl Kernel for Avx512 {
        #[inline(always)]
        fn room(length: usize, reach: usize) -> usize {
            length.saturating_sub(1) / 3 + groups(reach)
        }

        /// Row g has the codes of rows 3 g, 3 g + 1 and 3 g + 2, the zeros in front counted.
        #[inline(always)]
        fn prepare<const W: usize, const D: usize>(signs: &[[i8; W]], walk: &[u32], near: &mut [[i16; W]]) {
            let none = &[0i8; W];
            let row = |index: usize| {
                let node = index.checked_sub(D).and_then(|position| walk.get(position));
                node.map_or(none, |&node| &signs[node as usize])
            };
            for (group, codes) in near.iter_mut().enumerate() {
                let (a, b, c) = (row(3 * group), row(3 * group + 1), row(3 * group + 2));
                for k in 0..W {
                    codes[k] = 13 + i16::from(a[k]) + 3 * i16::from(b[k]) + 9 * i16::from(c[k]);
                }
            }
        }

        #[inline(always)]
        unsafe fn add_window<const W: usize, const D: usize>(
            near: &[[i16; W]],
            i: usize,
            weights: &WindowWeights<D>,
            total: &mut [i32; W],
        ) {
            // The window's first row is row i, the zeros in front counted.
            let tables = &weights.tables[i % 3];
            let Some(near) = near.get(i / 3..i / 3 + groups(D)) else { return };
            // SAFETY: the caller vouches for AVX-512 F and BW. Each access reads or writes lanes k..k + 32 (or + 16) of
            // an array of W lanes, and k + 32 <= W, or the 32 lanes of a table; unaligned accesses need no more.
            unsafe {
                for k in (0..W / 32 * 32).step_by(32) {
                    let mut sum = _mm512_setzero_si512();
                    for (codes, table) in near.iter().zip(tables) {
                        let codes = _mm512_loadu_si512(codes.as_ptr().add(k).cast());
                        let table = _mm512_loadu_si512(table.0.as_ptr().cast());
                        sum = _mm512_add_epi16(sum, _mm512_permutexvar_epi16(codes, table));
                    }
                    let halves = [_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum)];
                    for (half, lanes) in halves.into_iter().enumerate() {
                        let place: *mut __m512i = total.as_mut_ptr().add(k + 16 * half).cast();
                        let old = _mm512_loadu_si512(place);
                        _mm512_storeu_si512(place, _mm512_add_epi32(old, _mm512_cvtepi16_epi32(lanes)));
                    }
                }
            }
        }
    }
}
