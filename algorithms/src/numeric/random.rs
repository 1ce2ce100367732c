//! Counter-based random numbers: pure functions of a key that names their use.
//!
//! No generator is shared: a walk's numbers depend only on (seed, node, walk), a projection entry only on (seed,
//! node, column). So the result has the same bits for any number of threads and any order of work.
//!
//! The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
//! generators", OOPSLA 2014); a walk's generator is xoroshiro128++ (Blackman, Vigna: "Scrambled linear pseudorandom
//! number generators", ACM TOMS 2021) seeded by it. It is a generator of the crate `rand`, whose ranges, choices,
//! shuffles and weighted draws it serves; its own loops are for walks, projections and dropout, which draw in vector
//! instructions.

use std::convert::Infallible;

use rand::rand_core::utils::{fill_bytes_via_next_word, read_words};
use rand::{SeedableRng, TryRng};

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// Keys that separate the numbers of walks from those of the random projection under one seed.
const WALK: u64 = 0x7761_6C6B_2D31_0001;
const PROJECTION: u64 = 0x7072_6F6A_2D31_0002;

/// A bijection of 64 bits whose output looks independent of its input.
#[inline(always)]
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The uniform number in [0, 1) made of the 53 high bits.
#[inline(always)]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// The generator xoroshiro128++. Each walk, node or batch has one of its own, seeded by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xoroshiro128 {
    low: u64,
    high: u64,
}

impl Xoroshiro128 {
    /// The generator of walk number `walk` from `node` under `seed`, or of another use that two numbers name.
    #[inline]
    pub fn new(seed: u64, node: u32, walk: u64) -> Self {
        let key = mix(mix(seed ^ WALK).wrapping_add(u64::from(node).wrapping_mul(GOLDEN)));
        let key = mix(key.wrapping_add(walk.wrapping_mul(GOLDEN)));
        Self::from_parts(mix(key.wrapping_add(GOLDEN)), mix(key.wrapping_add(GOLDEN.wrapping_mul(2))) | 1)
    }

    /// The two halves of the state, for loops that keep many generators side by side.
    #[inline]
    pub(crate) fn into_parts(self) -> (u64, u64) {
        (self.low, self.high)
    }

    /// The generator with this state, which is not all zero: that is the one state it cannot leave.
    #[inline]
    pub(crate) fn from_parts(low: u64, high: u64) -> Self {
        Xoroshiro128 { low, high }
    }
}

impl TryRng for Xoroshiro128 {
    type Error = Infallible;

    /// The high half of 64 bits, which is the better one.
    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((advance(&mut self.low, &mut self.high) >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(advance(&mut self.low, &mut self.high))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

impl SeedableRng for Xoroshiro128 {
    type Seed = [u8; 16];

    fn from_seed(seed: [u8; 16]) -> Self {
        let [low, high] = read_words(&seed);
        if (low, high) == (0, 0) { Self::new(0, 0, 0) } else { Self::from_parts(low, high) }
    }
}

/// The next 64 bits of the generator with this state.
#[inline(always)]
pub(crate) fn advance(low: &mut u64, high: &mut u64) -> u64 {
    let (a, mut b) = (*low, *high);
    let bits = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
    b ^= a;
    *low = a.rotate_left(49) ^ b ^ (b << 21);
    *high = b.rotate_left(28);
    bits
}

/// Writes entries `first_column..first_column + row.len()` of the random projection's row of `node`: -1, 0 or +1
/// with probabilities 1/6, 2/3, 1/6. Each entry is decided by 32 random bits of its own, so the probabilities hold to
/// within 2^-32.
pub fn projection_row(seed: u64, node: u32, first_column: usize, row: &mut [i8]) {
    const SIXTH: u32 = ((1u64 << 32) / 6) as u32 + 1;
    let key = mix(mix(seed ^ PROJECTION).wrapping_add(u64::from(node).wrapping_mul(GOLDEN)));
    for (column, entry) in (first_column as u64..).zip(row) {
        // Two columns share 64 bits.
        let pair = mix(key.wrapping_add((column / 2 + 1).wrapping_mul(GOLDEN)));
        let bits = (pair >> (32 * (column % 2))) as u32;
        *entry = i8::from(bits < SIXTH) - i8::from(bits >= SIXTH.wrapping_neg());
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt};

    use super::*;

    #[test]
    fn projection_entries_have_their_probabilities_and_do_not_depend_on_the_block() {
        let (nodes, columns) = (1000u32, 127);
        let mut counts = [0u64; 3];
        for node in 0..nodes {
            let mut row = vec![0i8; columns];
            projection_row(7, node, 0, &mut row);
            let mut tail = vec![0i8; columns - 33];
            projection_row(7, node, 33, &mut tail);
            assert_eq!(row[33..], tail);
            for entry in row {
                counts[(entry + 1) as usize] += 1;
            }
        }
        let all = f64::from(nodes) * columns as f64;
        let chi_square: f64 = counts
            .iter()
            .zip([1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0])
            .map(|(&seen, probability)| (seen as f64 - all * probability).powi(2) / (all * probability))
            .sum();
        // 99.9 % quantile of chi-square with 2 degrees of freedom.
        assert!(chi_square < 13.82, "{counts:?}: {chi_square}");
    }

    #[test]
    fn generators_differ_in_each_of_their_keys() {
        let first = |seed, node, walk| Xoroshiro128::new(seed, node, walk).next_u64();
        let all = [first(1, 1, 1), first(2, 1, 1), first(1, 2, 1), first(1, 1, 2), first(1, 2, 0)];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn the_generator_is_xoroshiro128_plus_plus() {
        // The first numbers of the reference implementation from the state 1, 2.
        let mut rng = Xoroshiro128::from_seed(0x0000_0000_0000_0002_0000_0000_0000_0001u128.to_le_bytes());
        let first = [393_217u64, 669_327_710_093_319, 1_732_421_326_133_921_491, 11_394_790_081_659_126_983];
        assert_eq!(first.map(|_| rng.next_u64()), first);
        assert_ne!(Xoroshiro128::from_seed([0; 16]).next_u64(), 0);
        // A number in [0, 1) is the one that `unit` makes.
        let (mut a, mut b) = (Xoroshiro128::new(1, 2, 3), Xoroshiro128::new(1, 2, 3));
        assert_eq!(a.random::<f64>(), unit(b.next_u64()));
    }
}
