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

    /// The scalar products with codes of signed bytes, whose steps are worth `scales`.
    pub fn products(&self, codes: &[i8], scales: &[f32], out: &mut Vec<f32>) {
        let mut sums = vec![0; scales.len()];
        code_products(&mut sums, &self.numbers, codes);
        out.clear();
        out.extend(sums.iter().zip(scales).map(|(sum, scale)| *sum as f32 * (scale * self.scale)));
    }
}

#[inline(always)]
fn code_products_body(out: &mut [i32], query: &[i16], codes: &[i8]) {
    let (query_blocks, query_rest) = query.as_chunks::<32>();
    for (out, code) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
        let (code_blocks, code_rest) = code.as_chunks::<32>();
        let mut sums = [0i32; 32];
        for (x, y) in query_blocks.iter().zip(code_blocks) {
            for lane in 0..32 {
                sums[lane] += i32::from(x[lane]) * i32::from(y[lane]);
            }
        }
        let rest: i32 = query_rest.iter().zip(code_rest).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
        *out = sums.iter().sum::<i32>() + rest;
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
}
