//! What depends on the machine: memory pages, prefetch instructions, sets of vector instructions.

#[expect(unsafe_code, reason = "memory mappings: huge pages, and a peak that is a third lower")]
pub(crate) mod pages;
#[expect(unsafe_code, reason = "a prefetch instruction takes a pointer")]
pub(crate) mod prefetch;
pub(crate) mod simd;
