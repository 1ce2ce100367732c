//! The inverted lists of a vector index (`vector_index.rs`): their centroids, codes and keys.
//!
//! Each vector belongs to the nearest of some centroids, and the list of a centroid has a code of each of its vectors, a byte for
//! each number (Jégou, Douze, Schmid, Product quantization for nearest neighbor search, 2011, without the products). Whoever searches
//! estimates by the codes of the nearest lists and compares the vectors of the best.
//!
//! ```text
//! indexes   index 4 | 00                      vectors the centroids are from 8 | for each of `RANKS` how many lists to look at 4
//!           index 4 | 01 | list 4             floats of the centroid
//!           index 4 | 02 | list 4 | element 8 scale | square of the norm | a signed byte for each number
//!           index 4 | 03 | element 8          list 4
//!           index 4 | 04 | list 4             the last commit that changed the list 8
//! ```

use crate::error::{Error, Result};
use crate::value::IndexId;

/// Ranks of neighbours for which an index knows how many lists to look at.
pub const RANKS: [usize; 3] = [10, 100, 1000];

/// The most numbers that a vector of an index can have.
pub const MAX_DIMENSIONS: u32 = 65_536;

/// The second part of a key.
pub(crate) mod tag {
    pub const PARAMETERS: u8 = 0;
    pub const CENTROID: u8 = 1;
    pub const CODE: u8 = 2;
    pub const PLACE: u8 = 3;
    pub const CHANGED: u8 = 4;
}

/// How an index compares vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Metric {
    /// The cosine of the angle. Vectors of zeros have none and are in no list.
    Cosine = 0,
    /// The Euclidean distance.
    Euclidean = 1,
    /// The scalar product.
    Dot = 2,
}

impl Metric {
    pub(crate) fn of(byte: u8) -> Result<Metric> {
        [Metric::Cosine, Metric::Euclidean, Metric::Dot]
            .into_iter()
            .find(|metric| *metric as u8 == byte)
            .ok_or_else(|| Error::corrupt("a vector index has an unknown metric"))
    }

    /// The vector as centroids and codes are made of it; `None` for one that has no place in a list.
    pub fn prepare(self, vector: &[f32]) -> Option<Vec<f32>> {
        if self != Metric::Cosine {
            return Some(vector.to_vec());
        }
        let norm = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        (norm > 0.0 && norm.is_finite())
            .then(|| vector.iter().map(|number| (f64::from(*number) / norm) as f32).collect())
    }
}

/// What a vector index is of, beside its label and property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VectorSpace {
    /// How many numbers each vector has; 0 until the first vector says so.
    pub dimensions: u32,
    /// How vectors are compared.
    pub metric: Metric,
    /// How many lists it is to have, 0 for none; `None` = by the number of vectors.
    pub lists: Option<u32>,
}

/// The centroids of an index, and how many lists to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorLists {
    /// How many numbers a centroid has.
    pub dimensions: usize,
    /// The centroids, one after the other.
    pub centroids: Vec<f32>,
    /// For each of [`RANKS`] how many lists to look at to find nearly all neighbours up to this rank.
    pub probes: [u32; RANKS.len()],
    /// How many vectors the centroids are from.
    pub vectors: u64,
}

impl VectorLists {
    /// How many lists there are.
    pub fn count(&self) -> usize {
        self.centroids.len() / self.dimensions.max(1)
    }

    /// The list of a prepared vector: that of the nearest centroid, of equally near ones the first.
    pub fn nearest(&self, vector: &[f32]) -> u32 {
        let mut best = (0, f32::INFINITY);
        for (list, centroid) in (0..).zip(self.centroids.chunks_exact(self.dimensions.max(1))) {
            let distance = dot(centroid, centroid) - 2.0 * dot(centroid, vector);
            if distance < best.1 {
                best = (list, distance);
            }
        }
        best.0
    }
}

/// The scalar product, summed in eight lanes.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// One inverted list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorList {
    /// The nodes or edges, by number.
    pub elements: Vec<u64>,
    /// What one step of a code is worth, for each element.
    pub scales: Vec<f32>,
    /// The square of the norm of each prepared vector.
    pub squares: Vec<f32>,
    /// The codes, one after the other.
    pub codes: Vec<i8>,
}

impl VectorList {
    /// The bytes it takes.
    pub fn bytes(&self) -> usize {
        self.elements.len() * 16 + self.codes.len()
    }
}

/// Appends the code of a prepared vector.
pub(crate) fn encode(out: &mut Vec<u8>, vector: &[f32]) {
    let most = vector.iter().fold(0.0f32, |most, number| most.max(number.abs()));
    let scale = most / 127.0;
    let square: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
    out.extend_from_slice(&scale.to_le_bytes());
    out.extend_from_slice(&(square as f32).to_le_bytes());
    let code = |number: &f32| if scale > 0.0 { (number / scale).round().clamp(-127.0, 127.0) as i8 as u8 } else { 0 };
    out.extend(vector.iter().map(code));
}

/// The bytes of a code of so many numbers.
pub(crate) fn code_bytes(dimensions: usize) -> usize {
    8 + dimensions
}

pub(crate) fn key(index: IndexId, tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(17);
    key.extend_from_slice(&index.0.to_be_bytes());
    key.push(tag);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(crate) fn code_key(index: IndexId, list: u32, element: u64) -> Vec<u8> {
    key(index, tag::CODE, &[&list.to_be_bytes(), &element.to_be_bytes()])
}

pub(crate) fn place_key(index: IndexId, element: u64) -> Vec<u8> {
    key(index, tag::PLACE, &[&element.to_be_bytes()])
}

/// The key that says which commit last changed a list.
pub(crate) fn changed_key(index: IndexId, list: u32) -> Vec<u8> {
    key(index, tag::CHANGED, &[&list.to_be_bytes()])
}
