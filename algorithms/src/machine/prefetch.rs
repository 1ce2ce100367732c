//! The one hint to the processor: fetch this cache line soon.
//!
//! Walks and their projection jump through memory. Asking for a line some work ahead hides its latency: measured on
//! sbm100k, it about halves the cost of a walk step.

/// Asks for the cache line of `slice[index]`; does nothing when there is no such element or no such instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = slice.as_ptr().wrapping_add(index);
        // SAFETY: a prefetch never faults and changes nothing a program can see, whatever the address; SSE, which
        // it needs, is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}
