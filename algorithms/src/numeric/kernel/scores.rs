//! Many vectors against one, in 32 bits: an estimate for ranking whose error has a bound. Who shows a score computes it
//! again for the few vectors that come into question.

use crate::machine::simd::dispatched;

/// What is computed of two vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Score {
    /// The sum of the products of their numbers.
    Dot,
    /// The sum of the squares of the differences.
    SquaredDistance,
    /// The sum of the absolute differences.
    ManhattanDistance,
}

impl Score {
    /// By how much of the sum of the terms' absolute values a score of vectors of some length may be wrong. Each term is
    /// rounded at most three times, and added at most `width` times.
    pub fn error(width: usize) -> f64 {
        (width as f64 + 4.0) * f64::from(f32::EPSILON)
    }
}

/// A sum over two vectors with sixteen sums side by side, so that the order of additions is the same on every processor.
#[inline(always)]
fn sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 16];
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..16 {
            sums[lane] += term(x[lane], y[lane]);
        }
    }
    let mut rest = 0.0;
    for (x, y) in a_rest.iter().zip(b_rest) {
        rest += term(*x, *y);
    }
    let mut half = [0.0f32; 8];
    for lane in 0..8 {
        half[lane] = sums[lane] + sums[lane + 8];
    }
    let quarter = [half[0] + half[4], half[1] + half[5], half[2] + half[6], half[3] + half[7]];
    ((quarter[0] + quarter[2]) + (quarter[1] + quarter[3])) + rest
}

#[inline(always)]
fn scores_body(out: &mut [f32], score: Score, vector: &[f32], places: &[usize], numbers: &[f32]) {
    let width = vector.len();
    let other = |place: usize| &numbers[place * width..][..width];
    match score {
        Score::Dot => {
            for (out, &place) in out.iter_mut().zip(places) {
                *out = sum(vector, other(place), |x, y| x * y);
            }
        }
        Score::SquaredDistance => {
            for (out, &place) in out.iter_mut().zip(places) {
                *out = sum(vector, other(place), |x, y| (x - y) * (x - y));
            }
        }
        Score::ManhattanDistance => {
            for (out, &place) in out.iter_mut().zip(places) {
                *out = sum(vector, other(place), |x, y| (x - y).abs());
            }
        }
    }
}

dispatched! {
    /// `out[i]` = the score of `vector` and the vector at `places[i]` in `numbers`, where they stand one after the other.
    pub fn scores(out: &mut [f32], score: Score, vector: &[f32], places: &[usize], numbers: &[f32]) = scores_body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn errors_are_bounded(
            (x, y) in (0usize..200).prop_flat_map(|width| {
                let vector = || prop::collection::vec(prop_oneof![-1.0f32..1.0, -1e6f32..1e6], width);
                (vector(), vector())
            }),
        ) {
            let both = [y.as_slice(), x.as_slice()].concat();
            for score in [Score::Dot, Score::SquaredDistance, Score::ManhattanDistance] {
                let term = |x: f32, y: f32| {
                    let (x, y) = (f64::from(x), f64::from(y));
                    match score {
                        Score::Dot => x * y,
                        Score::SquaredDistance => (x - y) * (x - y),
                        Score::ManhattanDistance => (x - y).abs(),
                    }
                };
                let exact: f64 = x.iter().zip(&y).map(|(x, y)| term(*x, *y)).sum();
                let size: f64 = x.iter().zip(&y).map(|(x, y)| term(*x, *y).abs()).sum();
                let mut out = [f32::NAN; 3];
                scores(&mut out, score, &x, &[0, 1, 0], &both);
                prop_assert!((f64::from(out[0]) - exact).abs() <= Score::error(x.len()) * size + 1e-37);
                prop_assert_eq!(out[0].to_bits(), out[2].to_bits());
            }
        }
    }
}
