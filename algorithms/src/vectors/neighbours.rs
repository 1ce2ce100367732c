//! The nearest of every vector among all of them: what `knn` gives and `umap` begins with.
//!
//! All pairs are compared, block by block, as products of matrices of 32-bit floats; what is best is computed once more in 64 bits.
//! A vector's neighbours are found by one thread over blocks in their order.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, ArrayView2};

use super::distance::{dot, squared};
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::embedding::vector_property::VectorProperty;
use crate::numeric::kernel::gemm::product;
use crate::numeric::matrix::RowMajor;

/// How similarity is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// The cosine of the angle; 0 with a vector of zeros.
    Cosine,
    /// The scalar product.
    Dot,
    /// 1 / (1 + Euclidean distance).
    Euclidean,
}

/// Vectors whose neighbours are sought together, and vectors they are compared with at a time.
const SOUGHT: usize = 64;
const AMONG: usize = 1024;

/// Bytes that a search needs at its peak, besides 400,000 for each thread.
pub(super) fn bytes(count: u64, width: u64, most: u64) -> u64 {
    count.saturating_mul(4 * width + 8 + 28 * most.min(count))
}

/// Seconds that a search takes.
pub(super) fn seconds(count: u64, width: u64, threads: usize) -> f64 {
    count as f64 * count as f64 * (width as f64 * 3e-11 + 1e-9) / threads.max(1) as f64
}

/// The vectors as rows, of length 1 for the cosine.
pub(super) fn rows(vectors: &VectorProperty<'_>, measure: Measure) -> Array2<f32> {
    let width = vectors.width;
    let mut matrix = Array2::<f32>::zeros((vectors.nodes.len(), width));
    for (row, &node) in matrix.flat_mut().chunks_exact_mut(width).zip(&vectors.nodes) {
        let vector = vectors.of(node);
        let length = dot(vector, vector).sqrt();
        let scale = if measure == Measure::Cosine && length > 0.0 { 1.0 / length } else { 1.0 };
        row.iter_mut().zip(vector).for_each(|(slot, &number)| *slot = (f64::from(number) * scale) as f32);
    }
    matrix
}

/// For each vector the `most` others that are most similar and their similarities, the most similar first, of equal ones the one
/// that comes first. `told` hears the share that is done.
pub(super) fn nearest(
    vectors: &VectorProperty<'_>,
    matrix: &Array2<f32>,
    measure: Measure,
    most: usize,
    crew: Crew<'_>,
    told: impl Fn(f64) + Sync,
) -> Result<Vec<Vec<(u32, f64)>>, Error> {
    let (count, context) = (matrix.nrows(), crew.context);
    let lengths: Vec<f32> = match measure {
        Measure::Euclidean => {
            matrix.outer_iter().map(|row| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() as f32).collect()
        }
        _ => Vec::new(),
    };
    let exact = |a: usize, b: usize| {
        let (x, y) = (vectors.of(vectors.nodes[a]), vectors.of(vectors.nodes[b]));
        match measure {
            Measure::Dot => dot(x, y),
            Measure::Euclidean => 1.0 / (1.0 + squared(x, y).sqrt()),
            Measure::Cosine => {
                let by = (dot(x, x) * dot(y, y)).sqrt();
                if by > 0.0 { (dot(x, y) / by).clamp(-1.0, 1.0) } else { 0.0 }
            }
        }
    };
    let mut found: Vec<Vec<(u32, f64)>> = vec![Vec::new(); count];
    let (all, done) = (count.div_ceil(SOUGHT), AtomicUsize::new(0));
    let new = || vec![0.0f32; SOUGHT * AMONG];
    context.for_each_with(crew.threads, found.chunks_mut(SOUGHT).enumerate(), new, |scores, (piece, found)| {
        let first = piece * SOUGHT;
        let own = matrix.slice(ndarray::s![first..first + found.len(), ..]);
        let mut best: Vec<Best> = (0..own.nrows()).map(|_| Best::new(most)).collect();
        for start in (0..count).step_by(AMONG) {
            context.check_cancelled()?;
            let others = matrix.slice(ndarray::s![start..(start + AMONG).min(count), ..]);
            let columns = others.nrows();
            let scores = &mut scores[..own.nrows() * columns];
            block(scores, own, others);
            for (row, best) in best.iter_mut().enumerate() {
                for (column, &score) in scores[row * columns..(row + 1) * columns].iter().enumerate() {
                    let other = start + column;
                    let score = match measure {
                        // The nearer the higher, without what all have in common.
                        Measure::Euclidean => 2.0 * score - lengths[other],
                        _ => score,
                    };
                    if score > best.least && other != first + row {
                        best.put(score, other as u32);
                    }
                }
            }
        }
        for (at, (best, slot)) in (first..).zip(best.into_iter().zip(found)) {
            let mut own: Vec<(u32, f64)> = best.into_places().map(|other| (other, exact(at, other as usize))).collect();
            own.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            *slot = own;
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(all.div_ceil(200)) {
            told(done as f64 / all as f64);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The scalar products of two blocks of rows.
fn block(scores: &mut [f32], own: ArrayView2<'_, f32>, others: ArrayView2<'_, f32>) {
    if let Ok(out) = ndarray::ArrayViewMut2::from_shape((own.nrows(), others.nrows()), scores) {
        product(out, own, others.t(), false);
    }
}

/// The places with the highest scores, of equal ones those that came first.
struct Best {
    most: usize,
    /// What a score has to exceed.
    least: f32,
    /// A heap whose first entry is the one to go next.
    heap: std::collections::BinaryHeap<(std::cmp::Reverse<u32>, u32)>,
}

impl Best {
    fn new(most: usize) -> Self {
        Best { most, least: f32::NEG_INFINITY, heap: std::collections::BinaryHeap::new() }
    }

    fn put(&mut self, score: f32, place: u32) {
        // Bits in the order of the numbers, negative ones too.
        let bits = score.to_bits();
        let key = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
        self.heap.push((std::cmp::Reverse(key), place));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
        if self.heap.len() == self.most
            && let Some((std::cmp::Reverse(key), _)) = self.heap.peek()
        {
            self.least = f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key });
        }
    }

    fn into_places(self) -> impl Iterator<Item = u32> {
        self.heap.into_iter().map(|(_, place)| place)
    }
}
