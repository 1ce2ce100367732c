//! Dropout by counter-based random numbers: whether an entry is dropped depends only on a key and its position.

use ndarray::Array2;

use crate::machine::simd::dispatched;
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Four entries share 64 random bits, so probabilities are multiples of 2^-16.
#[inline(always)]
fn dropout_body(out: &mut [f32], first: usize, key: u64, dropped: u16, scale: f32) {
    for (four, entries) in out.chunks_mut(4).enumerate() {
        let bits = mix(key.wrapping_add(((first / 4 + four) as u64).wrapping_mul(GOLDEN)));
        for (lane, entry) in entries.iter_mut().enumerate() {
            let draw = (bits >> (16 * lane)) as u16;
            *entry *= if draw < dropped { 0.0 } else { scale };
        }
    }
}

dispatched! {
    fn dropout_dispatched(out: &mut [f32], first: usize, key: u64, dropped: u16, scale: f32) = dropout_body
}

/// Sets each entry to 0 with probability `rate` and scales the others by 1 / (1 - rate).
pub(crate) fn dropout(workers: &Workers<'_>, matrix: &mut Array2<f32>, key: u64, rate: f32) {
    let dropped = (rate * 65536.0).round().clamp(0.0, 65535.0) as u16;
    let scale = 65536.0 / (65536.0 - f32::from(dropped));
    const PIECE: usize = 1 << 15;
    let pieces = matrix.flat_mut().chunks_mut(PIECE).enumerate();
    workers.for_each(pieces, |(piece, out)| dropout_dispatched(out, piece * PIECE, key, dropped, scale));
}
