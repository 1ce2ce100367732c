//! Random numbers as pure functions of what they are for.
//!
//! No generator is shared: a walk's numbers depend only on (seed, node, walk), a projection entry only on (seed,
//! node, column). So the result has the same bits for any number of threads and any order of work.
//!
//! The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
//! generators", OOPSLA 2014); a walk's stream is xoroshiro128++ (Blackman, Vigna: "Scrambled linear pseudorandom
//! number generators", ACM TOMS 2021) seeded by it.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// Keeps the numbers of walks and of the random projection apart under one seed.
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

/// The random numbers of one walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    low: u64,
    high: u64,
}

impl Stream {
    /// The stream of walk number `walk` from `node` under `seed`.
    #[inline]
    pub fn new(seed: u64, node: u32, walk: u64) -> Self {
        let key = mix(mix(seed ^ WALK).wrapping_add(u64::from(node).wrapping_mul(GOLDEN)));
        let key = mix(key.wrapping_add(walk.wrapping_mul(GOLDEN)));
        Stream {
            low: mix(key.wrapping_add(GOLDEN)),
            // All-zero is the one state the generator cannot leave.
            high: mix(key.wrapping_add(GOLDEN.wrapping_mul(2))) | 1,
        }
    }

    /// The next 64 random bits.
    #[inline(always)]
    pub fn next_bits(&mut self) -> u64 {
        advance(&mut self.low, &mut self.high)
    }

    /// The two halves of the state, for those who keep many streams side by side.
    #[inline]
    pub(crate) fn into_parts(self) -> (u64, u64) {
        (self.low, self.high)
    }

    /// The stream with this state.
    #[inline]
    pub(crate) fn from_parts(low: u64, high: u64) -> Self {
        Stream { low, high }
    }
}

/// The next 64 bits of the stream with this state.
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
    fn streams_differ_in_each_of_their_keys() {
        let first = |seed, node, walk| Stream::new(seed, node, walk).next_bits();
        let all = [first(1, 1, 1), first(2, 1, 1), first(1, 2, 1), first(1, 1, 2), first(1, 2, 0)];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }
}
