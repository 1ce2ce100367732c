//! Scalar products of a vector with codes of others, a signed byte for each number: an estimate for ranking, in whole numbers, so that
//! every instruction set gives the same.

use crate::machine::simd::dispatched;

/// A vector in whole numbers, to be multiplied with codes.
#[derive(Clone, Debug)]
pub struct QuantisedQuery {
    numbers: Vec<i16>,
    scale: f32,
}

impl QuantisedQuery {
    /// As fine as no sum of products overflows.
    pub fn new(vector: &[f32]) -> Self {
        let most = vector.iter().fold(0.0f32, |most, number| most.max(number.abs()));
        let steps = (i32::MAX / 127 / vector.len().max(1) as i32).clamp(1, 4095) as f32;
        let scale = most / steps;
        let quantised = |number: &f32| if scale > 0.0 { (number / scale).round() as i16 } else { 0 };
        QuantisedQuery { numbers: vector.iter().map(quantised).collect(), scale }
    }

    /// At most the length of the difference from the vector, and the vector's own length.
    fn distance(&self) -> (f64, f64) {
        let squares: i64 = self.numbers.iter().map(|number| i64::from(*number) * i64::from(*number)).sum();
        let scale = f64::from(self.scale);
        // Rounding to whole numbers is off by half a step, and by what dividing in 32 bits adds to that.
        let step = if self.scale > 0.0 { scale * 0.501 } else { f64::from(f32::MIN_POSITIVE) };
        let error = step * (self.numbers.len() as f64).sqrt();
        (error, (squares as f64).sqrt() * scale + error)
    }

    /// The scalar products with the vectors at `places`, and by how much each may be wrong; `norms` are the lengths of all vectors.
    pub fn estimates(
        &self,
        vectors: &QuantisedVectors,
        places: &[usize],
        norms: &[f32],
        out: &mut Vec<ProductEstimate>,
    ) {
        let mut sums = vec![0; places.len()];
        placed_products(&mut sums, &self.numbers, places, &vectors.codes);
        let (error, length) = self.distance();
        let scale = f64::from(self.scale);
        out.clear();
        out.extend(sums.iter().zip(places).map(|(&sum, &place)| {
            let product = f64::from(sum) * (scale * f64::from(vectors.scales[place]));
            let (norm, off) = (f64::from(norms[place]) * (1.0 + NARROWED), f64::from(vectors.errors[place]));
            ProductEstimate { product, error: length * off + error * (norm + off) }
        }));
    }

    /// The scalar products with some of many codes of signed bytes, whose steps are worth `scales`.
    pub fn products_at(&self, places: &[usize], codes: &[i8], scales: &[f32], out: &mut Vec<f32>) {
        let mut sums = vec![0; places.len()];
        placed_products(&mut sums, &self.numbers, places, codes);
        out.clear();
        out.extend(sums.iter().zip(places).map(|(sum, place)| *sum as f32 * (scales[*place] * self.scale)));
    }

    /// The scalar products with codes of signed bytes, whose steps are worth `scales`.
    pub fn products(&self, codes: &[i8], scales: &[f32], out: &mut Vec<f32>) {
        let mut sums = vec![0; scales.len()];
        code_products(&mut sums, &self.numbers, codes);
        out.clear();
        out.extend(sums.iter().zip(scales).map(|(sum, scale)| *sum as f32 * (scale * self.scale)));
    }
}

/// A relative error that covers a number's way into 32 bits.
const NARROWED: f64 = 1e-6;

/// A scalar product, and by how much it may be wrong.
#[derive(Clone, Copy, Debug)]
pub struct ProductEstimate {
    /// As estimated.
    pub product: f64,
    /// At most so much is it away from the product in real numbers.
    pub error: f64,
}

/// Vectors with a signed byte for each number (scalar quantisation) and the length of what that leaves out: a quarter of the
/// memory to read for an estimate of a scalar product with a bound.
#[derive(Debug)]
pub struct QuantisedVectors {
    codes: Vec<i8>,
    scales: Vec<f32>,
    errors: Vec<f32>,
}

impl QuantisedVectors {
    /// Of vectors of `width` numbers, one after the other.
    pub fn new(numbers: &[f32], width: usize) -> Self {
        let count = numbers.len() / width.max(1);
        let (mut scales, mut errors) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut codes = Vec::with_capacity(numbers.len());
        for vector in numbers.chunks_exact(width.max(1)) {
            let most = vector.iter().fold(0.0f32, |most, number| most.max(number.abs()));
            let scale = most / 127.0;
            let begun = codes.len();
            codes.extend(vector.iter().map(|number| if scale > 0.0 { (number / scale).round() as i8 } else { 0 }));
            let off = |(number, code): (&f32, &i8)| f64::from(*number) - f64::from(*code) * f64::from(scale);
            let square: f64 = vector.iter().zip(&codes[begun..]).map(off).map(|off| off * off).sum();
            scales.push(scale);
            errors.push((square.sqrt() * (1.0 + NARROWED)) as f32);
        }
        QuantisedVectors { codes, scales, errors }
    }

    /// Bytes that so many vectors take.
    pub fn bytes(count: usize, width: usize) -> usize {
        count * (width + 2 * size_of::<f32>())
    }
}

#[inline(always)]
fn code_product(query: &[i16], code: &[i8]) -> i32 {
    let ((query_blocks, query_rest), (code_blocks, code_rest)) = (query.as_chunks::<32>(), code.as_chunks::<32>());
    let mut sums = [0i32; 32];
    for (x, y) in query_blocks.iter().zip(code_blocks) {
        for lane in 0..32 {
            sums[lane] += i32::from(x[lane]) * i32::from(y[lane]);
        }
    }
    let rest: i32 = query_rest.iter().zip(code_rest).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
    sums.iter().sum::<i32>() + rest
}

#[inline(always)]
fn placed_products_body(out: &mut [i32], query: &[i16], places: &[usize], codes: &[i8]) {
    for (out, &place) in out.iter_mut().zip(places) {
        *out = code_product(query, &codes[place * query.len()..][..query.len()]);
    }
}

dispatched! {
    /// `out[i]` = the sum of the products of `query` and the code at `places[i]`.
    fn placed_products(out: &mut [i32], query: &[i16], places: &[usize], codes: &[i8]) = placed_products_body
}

#[inline(always)]
fn code_products_body(out: &mut [i32], query: &[i16], codes: &[i8]) {
    for (out, code) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
        *out = code_product(query, code);
    }
}

dispatched! {
    /// `out[i]` = the sum of the products of `query` and the code at `i`.
    fn code_products(out: &mut [i32], query: &[i16], codes: &[i8]) = code_products_body
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::numeric::random::{Xoroshiro128, unit};

    fn numbers(count: usize) -> Vec<f32> {
        let mut random = Xoroshiro128::new(3, 1, 2);
        (0..count).map(|_| 4.0 * unit(random.next_u64()) as f32 - 2.0).collect()
    }

    #[test]
    fn products_of_codes_are_near_those_of_vectors() {
        for width in [1, 31, 32, 100] {
            let vectors = numbers(20 * width);
            let (query, other) = vectors.split_at(width);
            let most = other.iter().fold(0.0f32, |most, number| most.max(number.abs()));
            let scale = most / 127.0;
            let codes: Vec<i8> = other.iter().map(|number| (number / scale).round() as i8).collect();
            let mut out = Vec::new();
            QuantisedQuery::new(query).products(&codes, &[scale; 19], &mut out);
            for (row, product) in out.iter().enumerate() {
                let exact: f32 = query.iter().zip(&other[row * width..]).map(|(x, y)| x * y).sum();
                let size: f32 = query.iter().map(|x| x.abs()).sum::<f32>() * scale;
                assert!((product - exact).abs() <= size, "{product} for {exact}");
            }
        }
        assert_eq!(QuantisedQuery::new(&[0.0; 4]).scale, 0.0);
    }

    #[test]
    fn estimates_are_as_near_as_they_say() {
        for (width, size) in [(1, 1.0), (7, 1e-9), (32, 1e9), (100, 1.0), (1000, 1.0)] {
            let vectors: Vec<f32> = numbers(21 * width).iter().map(|number| number * size).collect();
            let (query, others) = vectors.split_at(width);
            let exact = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
            let norms: Vec<f32> = others.chunks(width).map(|other| exact(other, other).sqrt() as f32).collect();
            let places: Vec<usize> = (0..20).rev().collect();
            let mut out = Vec::new();
            QuantisedQuery::new(query).estimates(&QuantisedVectors::new(others, width), &places, &norms, &mut out);
            for (place, ProductEstimate { product, error }) in places.iter().zip(out) {
                let exact = exact(query, &others[place * width..][..width]);
                assert!((product - exact).abs() <= error, "{product} for {exact} within {error}");
                assert!(
                    width == 1 || error < 0.05 * f64::from(norms[*place]) * f64::from(size) * (width as f64).sqrt()
                );
            }
        }
    }
}
