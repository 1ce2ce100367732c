//! PackStream, the encoding of values in Bolt: marker bytes, lengths, big-endian numbers. No I/O.
//!
//! [`Decoder`] gives one [`Token`] after the other and does not interpret them; [`Encoder`] appends to a buffer. A
//! declared length is checked against the bytes that are there before memory is reserved for it.

mod decode;
mod encode;

pub use decode::{DecodeError, Decoder, Token};
pub use encode::Encoder;
