//! The innermost loop of the projection: one position's window, in the best instructions of the machine.
//!
//! [`Plain`] says what is computed. The others compute the same integers with AVX2 and AVX-512 instructions, written
//! out because the compiler's own AVX-512 code for blocks of 32 columns took twice as long (for 64 and 128 columns it
//! is as good).

/// Kinds of instructions the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever the crate is compiled for.
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A kind of instructions that the processor has: made only by [`Level::available`], which asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(Kind);

impl Level {
    /// Which kind it is.
    pub(super) fn kind(self) -> Kind {
        self.0
    }

    /// All that this machine can run, best last.
    pub(super) fn available() -> Vec<Level> {
        let mut levels = vec![Level(Kind::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            levels.extend(avx2.then_some(Level(Kind::Avx2)));
            levels.extend((avx2 && avx512).then_some(Level(Kind::Avx512)));
        }
        levels
    }

    /// The best of them.
    pub(super) fn best() -> Level {
        Self::available().pop().unwrap_or(Level(Kind::Plain))
    }
}

/// One set of instructions.
pub(super) trait Kernel {
    /// Adds the sum over d of `scales[d] * (before[D - 1 - d] + after[d])` to `total`. No sum of 16 bits may overflow; it would wrap.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add_window<const W: usize, const D: usize>(
        before: &[[i16; W]; D],
        after: &[[i16; W]; D],
        scales: &[i16; D],
        total: &mut [i32; W],
    );
}

/// No particular instructions.
pub(super) struct Plain;

impl Kernel for Plain {
    #[inline(always)]
    unsafe fn add_window<const W: usize, const D: usize>(
        before: &[[i16; W]; D],
        after: &[[i16; W]; D],
        scales: &[i16; D],
        total: &mut [i32; W],
    ) {
        let mut sum = [0i16; W];
        for d in 0..D {
            let (before, after) = (&before[D - 1 - d], &after[d]);
            for k in 0..W {
                sum[k] = sum[k].wrapping_add(scales[d].wrapping_mul(before[k].wrapping_add(after[k])));
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

    use super::{Kernel, Plain};

    /// 16 lanes at a time.
    pub(in super::super) struct Avx2;

    impl Kernel for Avx2 {
        #[inline(always)]
        unsafe fn add_window<const W: usize, const D: usize>(
            before: &[[i16; W]; D],
            after: &[[i16; W]; D],
            scales: &[i16; D],
            total: &mut [i32; W],
        ) {
            // SAFETY: the caller vouches for AVX2. Each access reads or writes lanes k..k + 16 (or + 8) of an array of
            // W lanes, and k + 16 <= W; unaligned accesses need no more.
            unsafe {
                if !W.is_multiple_of(16) {
                    return Plain::add_window(before, after, scales, total);
                }
                for k in (0..W).step_by(16) {
                    let mut sum = _mm256_setzero_si256();
                    for d in 0..D {
                        let a = _mm256_loadu_si256(before[D - 1 - d].as_ptr().add(k).cast());
                        let b = _mm256_loadu_si256(after[d].as_ptr().add(k).cast());
                        let scaled = _mm256_mullo_epi16(_mm256_set1_epi16(scales[d]), _mm256_add_epi16(a, b));
                        sum = _mm256_add_epi16(sum, scaled);
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

    /// 32 lanes at a time; narrower blocks as with AVX2.
    pub(in super::super) struct Avx512;

    impl Kernel for Avx512 {
        #[inline(always)]
        unsafe fn add_window<const W: usize, const D: usize>(
            before: &[[i16; W]; D],
            after: &[[i16; W]; D],
            scales: &[i16; D],
            total: &mut [i32; W],
        ) {
            // SAFETY: the caller vouches for AVX-512 F, BW and VL, which include AVX2. Each access reads or writes
            // lanes k..k + 32 (or + 16) of an array of W lanes, and k + 32 <= W; unaligned accesses need no more.
            unsafe {
                if !W.is_multiple_of(32) {
                    return Avx2::add_window(before, after, scales, total);
                }
                for k in (0..W).step_by(32) {
                    let mut sum = _mm512_setzero_si512();
                    for d in 0..D {
                        let a = _mm512_loadu_si512(before[D - 1 - d].as_ptr().add(k).cast());
                        let b = _mm512_loadu_si512(after[d].as_ptr().add(k).cast());
                        let scaled = _mm512_mullo_epi16(_mm512_set1_epi16(scales[d]), _mm512_add_epi16(a, b));
                        sum = _mm512_add_epi16(sum, scaled);
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
