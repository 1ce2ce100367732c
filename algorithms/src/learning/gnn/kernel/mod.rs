//! The inner loops that only networks need: attention and dropout.

#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(super) mod attention;
#[expect(unsafe_code, reason = "loops compiled for several kinds of processor")]
pub(super) mod dropout;
