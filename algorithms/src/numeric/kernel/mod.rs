//! Inner loops: parallel over rows of the result, hence without locks, and the same bits for any number of threads.

#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(crate) mod codes;
pub(crate) mod exponential;
#[expect(unsafe_code, reason = "the matrix product of a library takes pointers; shapes are checked before")]
pub(crate) mod gemm;
#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(crate) mod scores;
#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(crate) mod signs;
#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(crate) mod sparse;
