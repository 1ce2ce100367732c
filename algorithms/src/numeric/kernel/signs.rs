//! Scalar products estimated from one bit for each number: which vectors of an inverted list are worth a closer look.
//!
//! The residual of a vector, what its centroid leaves, is rotated at random, and the signs of its numbers are kept. Signs, the length of
//! the residual and how much of it the signs tell give an estimate of the scalar product with any query that is right in the mean,
//! with a known deviation (Gao and Long, RaBitQ: Quantizing high-dimensional vectors with a theoretical error bound for approximate
//! nearest neighbor search, SIGMOD 2024). The query has four bits for each number, so that a product is bits that are counted.
//!
//! All sums are of whole numbers or in one order, so that every instruction set gives the same bits.

use rand::Rng;

use crate::machine::simd::dispatched;
use crate::numeric::random::Xoroshiro128;

/// Vectors whose codes lie side by side, a bit of one after that of another.
const LANES: usize = 8;
/// Bits of a word of codes.
const WORD: usize = u64::BITS as usize;
/// Bits for each number of a query.
const QUERY_BITS: usize = 4;
/// The deviation of an estimate in units of its slope and the length of the query: signs tell 2 / pi of the square of a random vector.
const DEVIATION: f32 = 0.602_8;
/// Rounds of changing signs and transforming: one more than spreads a vector that lies along an axis.
const ROUNDS: usize = 2;
/// What signs are drawn by.
const SEED: u64 = 42;

/// A random rotation of a space of some dimensions into one of whole words: signs are changed at random and a Walsh-Hadamard transform
/// follows, on the first and on the last power of two of numbers in turn.
#[derive(Clone, Debug)]
pub struct Rotation {
    width: usize,
    padded: usize,
    /// 1 or -1 for each number and round.
    signs: Vec<f32>,
}

impl Rotation {
    /// Of vectors of `width` numbers; the same for each call.
    pub fn new(width: usize) -> Self {
        let padded = width.div_ceil(WORD).max(1) * WORD;
        let mut random = Xoroshiro128::new(SEED, padded as u32, 0x7369_676E);
        let sign = |_| if random.next_u64() >> 63 == 0 { 1.0 } else { -1.0 };
        Rotation { width, padded, signs: (0..ROUNDS * padded).map(sign).collect() }
    }

    /// Words of a code.
    fn words(&self) -> usize {
        self.padded / WORD
    }

    /// The rotated vector.
    fn rotate(&self, vector: &[f32]) -> Vec<f32> {
        let mut lanes = vec![[0.0; LANES]; self.padded];
        lanes.iter_mut().zip(vector).for_each(|(lanes, number)| lanes[0] = *number);
        rotate_lanes(&mut lanes, &self.signs);
        lanes.into_iter().map(|lanes| lanes[0]).collect()
    }
}

#[inline(always)]
fn rotate_lanes_body(vectors: &mut [[f32; LANES]], signs: &[f32]) {
    let count = vectors.len();
    let size = 1 << count.ilog2();
    let scale = 1.0 / (size as f32).sqrt();
    for (round, signs) in signs.chunks_exact(count).enumerate() {
        let from = if round % 2 == 0 { 0 } else { count - size };
        let (own, signs) = (&mut vectors[from..from + size], &signs[from..from + size]);
        for (vector, sign) in own.iter_mut().zip(signs) {
            vector.iter_mut().for_each(|number| *number *= scale * sign);
        }
        let mut half = 1;
        while half < size {
            for pair in own.chunks_exact_mut(2 * half) {
                let (low, high) = pair.split_at_mut(half);
                for (low, high) in low.iter_mut().zip(high) {
                    for lane in 0..LANES {
                        let (a, b) = (low[lane], high[lane]);
                        low[lane] = a + b;
                        high[lane] = a - b;
                    }
                }
            }
            half *= 2;
        }
    }
}

dispatched! {
    /// Rotates vectors that lie side by side.
    fn rotate_lanes(vectors: &mut [[f32; LANES]], signs: &[f32]) = rotate_lanes_body
}

/// What is estimated of a vector x and a query q: `factor` times their scalar product, and something of x beside it.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What the scalar product is multiplied with.
    pub factor: f32,
    /// What is added for each vector; empty = nothing.
    pub beside: &'a [f32],
}

/// The codes of the vectors of an inverted list, a bit for each number.
#[derive(Debug)]
pub struct SignCodes {
    count: usize,
    words: usize,
    /// For each eight vectors the words of their codes, side by side.
    bits: Vec<[u64; LANES]>,
    /// By what the product of signs and query is multiplied, and what is added.
    slopes: Vec<[f32; LANES]>,
    offsets: Vec<[f32; LANES]>,
    /// The centroid, rotated.
    centroid: Vec<f32>,
    factor: f32,
}

impl SignCodes {
    /// Of vectors that have codes of signed bytes, whose steps are worth `scales`, in the list of a centroid.
    pub fn new(rotation: &Rotation, centroid: &[f32], codes: &[i8], scales: &[f32], terms: Terms<'_>) -> Self {
        let (words, width) = (rotation.words(), rotation.width.max(1));
        let blocks = scales.len().div_ceil(LANES);
        let rotated = rotation.rotate(centroid);
        let mut bits = Vec::with_capacity(blocks * words);
        // Places without a vector are never worth a look.
        let mut slopes = vec![[0.0; LANES]; blocks];
        let mut offsets = vec![[f32::NEG_INFINITY; LANES]; blocks];
        let mut residuals = vec![[0.0f32; LANES]; rotation.padded];
        for (block, own) in scales.chunks(LANES).enumerate() {
            residuals.iter_mut().for_each(|numbers| *numbers = [0.0; LANES]);
            for (lane, scale) in own.iter().enumerate() {
                let code = &codes[(block * LANES + lane) * width..][..width];
                for ((numbers, code), of_centroid) in residuals.iter_mut().zip(code).zip(centroid) {
                    numbers[lane] = f32::from(*code) * scale - of_centroid;
                }
            }
            rotate_lanes(&mut residuals, &rotation.signs);
            let (mut sizes, mut squares, mut products) = ([0.0f32; LANES], [0.0f32; LANES], [0.0f32; LANES]);
            for (numbers, words) in residuals.chunks_exact(WORD).zip(rotated.chunks_exact(WORD)) {
                let mut word = [0u64; LANES];
                for (bit, (numbers, of_centroid)) in numbers.iter().zip(words).enumerate() {
                    for lane in 0..LANES {
                        word[lane] |= u64::from(numbers[lane] > 0.0) << bit;
                        sizes[lane] += numbers[lane].abs();
                        squares[lane] += numbers[lane] * numbers[lane];
                        products[lane] += numbers[lane] * of_centroid;
                    }
                }
                bits.push(word);
            }
            for lane in 0..own.len() {
                let slope = if sizes[lane] > 0.0 { squares[lane] / sizes[lane] } else { 0.0 };
                let beside = terms.beside.get(block * LANES + lane).copied().unwrap_or(0.0);
                slopes[block][lane] = terms.factor * slope;
                offsets[block][lane] = terms.factor * products[lane] + beside;
            }
        }
        SignCodes { count: scales.len(), words, bits, slopes, offsets, centroid: rotated, factor: terms.factor }
    }

    /// The bytes that so many codes take.
    pub fn bytes(count: usize, width: usize) -> usize {
        let words = width.div_ceil(WORD).max(1);
        count.div_ceil(LANES) * LANES * (8 * words + 8) + 4 * words * WORD
    }
}

/// A query, rotated.
#[derive(Clone, Debug)]
pub struct SignQuery(Vec<f32>);

impl SignQuery {
    /// A query of as many numbers as the rotation is of.
    pub fn new(rotation: &Rotation, vector: &[f32]) -> Self {
        SignQuery(rotation.rotate(vector))
    }

    /// The places of the vectors of a list whose estimate is above `threshold`, or would be if it were too low by some deviations.
    pub fn above(&self, list: &SignCodes, threshold: f32, deviations: f32, out: &mut Vec<usize>) {
        out.clear();
        let mut difference = Vec::with_capacity(self.0.len());
        let (mut product, mut square) = (0.0f32, 0.0f32);
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        for (query, centroid) in self.0.iter().zip(&list.centroid) {
            let number = query - centroid;
            product += query * centroid;
            square += number * number;
            (least, most) = (least.min(number), most.max(number));
            difference.push(number);
        }
        let step = ((most - least) / ((1 << QUERY_BITS) - 1) as f32).max(f32::MIN_POSITIVE);
        let per_step = 1.0 / step;
        let mut planes = vec![[0u64; QUERY_BITS]; list.words];
        let mut sum = 0u64;
        for (planes, numbers) in planes.iter_mut().zip(difference.chunks_exact(WORD)) {
            for (byte, numbers) in numbers.chunks_exact(8).enumerate() {
                // Rounded to the nearest, since no number is below the least.
                let steps = numbers.iter().map(|number| ((number - least) * per_step + 0.5) as u8);
                let mut eight = [0u8; 8];
                eight.iter_mut().zip(steps).for_each(|(step, number)| *step = number.min((1 << QUERY_BITS) - 1));
                sum += eight.iter().map(|step| u64::from(*step)).sum::<u64>();
                let eight = u64::from_le_bytes(eight);
                for (plane, bits) in planes.iter_mut().enumerate() {
                    *bits |= lowest_bits(eight >> plane) << (8 * byte);
                }
            }
        }
        // The product of signs and query is twice the sum over the bits that are set, less the sum over all.
        let all = least * difference.len() as f32 + step * sum as f32;
        let margin = deviations * DEVIATION * square.sqrt();
        let line = Line { least: 2.0 * least, step: 2.0 * step, all: margin - all, base: list.factor * product };
        places_above(list, &planes, line, threshold, out);
        // Places without a vector have no estimate that is above anything, but for a threshold below all numbers.
        out.retain(|place| *place < list.count);
    }
}

/// The lowest bits of eight bytes, in their order.
fn lowest_bits(bytes: u64) -> u64 {
    // The product brings the bit of the byte k, which is at 8 k, to 56 + k, and no two bits to one place.
    (bytes & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// What makes an estimate of counts of bits.
#[derive(Clone, Copy)]
struct Line {
    least: f32,
    step: f32,
    all: f32,
    base: f32,
}

#[inline(always)]
fn places_above_body(list: &SignCodes, planes: &[[u64; QUERY_BITS]], line: Line, threshold: f32, out: &mut Vec<usize>) {
    let blocks = list.bits.chunks_exact(list.words).zip(&list.slopes).zip(&list.offsets);
    for (block, ((bits, slopes), offsets)) in blocks.enumerate() {
        // For all bits, and those of each plane, apart: sums over planes would be made across the lanes of an instruction.
        let mut counts = [[0u64; LANES]; QUERY_BITS + 1];
        for (words, planes) in bits.iter().zip(planes) {
            let [set, first, second, third, fourth] = &mut counts;
            for lane in 0..LANES {
                set[lane] += u64::from(words[lane].count_ones());
                first[lane] += u64::from((words[lane] & planes[0]).count_ones());
                second[lane] += u64::from((words[lane] & planes[1]).count_ones());
                third[lane] += u64::from((words[lane] & planes[2]).count_ones());
                fourth[lane] += u64::from((words[lane] & planes[3]).count_ones());
            }
        }
        let [set, first, second, third, fourth] = &counts;
        let mut estimates = [0.0f32; LANES];
        for lane in 0..LANES {
            let steps = first[lane] + (second[lane] << 1) + (third[lane] << 2) + (fourth[lane] << 3);
            let product = line.least * set[lane] as f32 + line.step * steps as f32 + line.all;
            estimates[lane] = line.base + offsets[lane] + slopes[lane] * product;
        }
        // All are compared, without a branch.
        if estimates.iter().fold(false, |any, estimate| any | (*estimate > threshold)) {
            out.extend((0..LANES).filter(|lane| estimates[*lane] > threshold).map(|lane| block * LANES + lane));
        }
    }
}

dispatched! {
    /// The places whose estimate, with the margin, is above `threshold`.
    fn places_above(list: &SignCodes, planes: &[[u64; QUERY_BITS]], line: Line, threshold: f32, out: &mut Vec<usize>) = places_above_body with "avx512vpopcntdq"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::random::unit;

    fn numbers(count: usize, key: u64) -> Vec<f32> {
        let mut random = Xoroshiro128::new(key, 1, 2);
        (0..count).map(|_| 2.0 * unit(random.next_u64()) as f32 - 1.0).collect()
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn a_rotation_keeps_products() {
        for width in [1, 2, 63, 64, 65, 100, 128, 200, 768] {
            let rotation = Rotation::new(width);
            let (a, b) = (numbers(width, 1), numbers(width, 2));
            let (turned, other) = (rotation.rotate(&a), rotation.rotate(&b));
            assert_eq!(turned.len() % WORD, 0);
            let allowed = 1e-5 * (dot(&a, &a) * dot(&b, &b)).sqrt();
            assert!((dot(&turned, &other) - dot(&a, &b)).abs() <= allowed, "{width}");
            let mut axis = vec![0.0; width];
            axis[width / 2] = 1.0;
            let most = rotation.rotate(&axis).iter().fold(0.0f32, |most, number| most.max(number.abs()));
            assert!(width < 64 || most < 0.6, "an axis is spread over all numbers: {most}");
        }
    }

    /// A list of vectors around a centroid, with codes of signed bytes.
    fn list(width: usize, count: usize) -> (Vec<f32>, Vec<i8>, Vec<f32>) {
        let centroid = numbers(width, 3);
        let (mut codes, mut scales) = (Vec::new(), Vec::new());
        for vector in numbers(width * count, 4).chunks(width) {
            let vector: Vec<f32> = vector.iter().zip(&centroid).map(|(x, c)| c + 0.7 * x).collect();
            let scale = vector.iter().fold(0.0f32, |most, x| most.max(x.abs())) / 127.0;
            codes.extend(vector.iter().map(|x| (x / scale).round() as i8));
            scales.push(scale);
        }
        (centroid, codes, scales)
    }

    #[test]
    fn estimates_deviate_as_they_say() {
        for (width, count) in [(64, 1000), (100, 1001), (128, 997), (768, 400)] {
            let (centroid, codes, scales) = list(width, count);
            let rotation = Rotation::new(width);
            let squares: Vec<f32> = (0..count).map(|at| at as f32 * 1e-3).collect();
            for terms in [Terms { factor: 1.0, beside: &[] }, Terms { factor: 2.0, beside: &squares }] {
                let signs = SignCodes::new(&rotation, &centroid, &codes, &scales, terms);
                let query: Vec<f32> = numbers(width, 5).iter().zip(&centroid).map(|(x, c)| c + x).collect();
                let of = |at: usize| {
                    let vector: Vec<f32> =
                        codes[at * width..][..width].iter().map(|code| f32::from(*code) * scales[at]).collect();
                    terms.factor * dot(&query, &vector) + terms.beside.get(at).unwrap_or(&0.0)
                };
                let turned = SignQuery::new(&rotation, &query);
                let mut found = Vec::new();
                let mut above = |at: usize, deviations: f32| {
                    turned.above(&signs, of(at), deviations, &mut found);
                    found.contains(&at)
                };
                let share = |above: &mut dyn FnMut(usize, f32) -> bool, deviations: f32| {
                    (0..count).filter(|at| above(*at, deviations)).count() as f32 / count as f32
                };
                let (middle, one, three) = (share(&mut above, 0.0), share(&mut above, 1.0), share(&mut above, 3.0));
                assert!((0.42..0.58).contains(&middle), "{width}: half of the estimates are too high, {middle}");
                assert!((0.78..0.90).contains(&one), "{width}: 84 % are within one deviation below, {one}");
                assert!(three > 0.99, "{width}: nearly all are within three, {three}");
                turned.above(&signs, f32::NEG_INFINITY, 0.0, &mut found);
                assert_eq!(found, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_vector_at_its_centroid_has_its_product() {
        let rotation = Rotation::new(3);
        let centroid = [1.0, 0.0, -1.0];
        let signs =
            SignCodes::new(&rotation, &centroid, &[127, 0, -127], &[1.0 / 127.0], Terms { factor: 1.0, beside: &[] });
        let query = SignQuery::new(&rotation, &[2.0, 5.0, 1.0]);
        let mut found = Vec::new();
        query.above(&signs, 0.999, 0.0, &mut found);
        assert_eq!(found, [0]);
        query.above(&signs, 1.001, 0.0, &mut found);
        assert!(found.is_empty());
    }
}
