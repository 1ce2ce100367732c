//! Means, deviations and covariances of vectors, in f64 and in a fixed order of rows.

use ndarray::{Array2, Axis};

use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::vector_property::VectorProperty;
use crate::numeric::matrix::RowMajor;

/// Rows of the covariance matrix that are one piece of work.
const TILE: usize = 16;
/// Vectors that are read at a time.
const BLOCK: usize = 4;
/// Vectors between two checks of the cancel flag.
const STRIDE: usize = 4096;
/// Vectors in one piece of work where each has a result of its own.
pub(super) const CHUNK: usize = 1024;

/// Standardisation of vectors: the mean that is subtracted from each position, and the factor it is multiplied by.
pub(super) struct Standardization {
    pub mean: Vec<f64>,
    pub factor: Vec<f64>,
}

impl Standardization {
    /// Means, if vectors are centred, and one over deviations, if they are scaled; a position that is the same in all
    /// vectors is not scaled.
    pub fn of(
        vectors: &VectorProperty<'_>,
        center: bool,
        scale: bool,
        context: &Context<'_>,
    ) -> Result<Standardization, Error> {
        let width = vectors.width;
        let count = vectors.nodes.len() as f64;
        let (mut mean, mut factor) = (vec![0.0; width], vec![1.0; width]);
        if center || scale {
            // A sum of chunk sums loses fewer digits than one long sum.
            for chunk in vectors.nodes.chunks(STRIDE) {
                context.check_cancelled()?;
                let mut sums = vec![0.0; width];
                for &node in chunk {
                    sums.iter_mut().zip(vectors.of(node)).for_each(|(sum, &number)| *sum += f64::from(number));
                }
                mean.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean += sum / count);
            }
        }
        if scale {
            let mut squares = vec![0.0; width];
            for chunk in vectors.nodes.chunks(STRIDE) {
                context.check_cancelled()?;
                for &node in chunk {
                    let numbers = vectors.of(node).iter().zip(&mean);
                    squares.iter_mut().zip(numbers).for_each(|(sum, (&number, mean))| {
                        let distance = f64::from(number) - mean;
                        *sum += distance * distance;
                    });
                }
            }
            let freedom = (count - 1.0).max(1.0);
            for ((factor, square), mean) in factor.iter_mut().zip(squares).zip(&mean) {
                let deviation = (square / freedom).sqrt();
                // Sums of equal numbers round, so the deviation of a constant is not exactly 0.
                if deviation > 1e-12 * mean.abs() {
                    *factor = 1.0 / deviation;
                }
            }
        }
        if !center {
            mean.fill(0.0);
        }
        Ok(Standardization { mean, factor })
    }

    /// A vector, centred and scaled.
    pub fn apply(&self, vector: &[f32], out: &mut [f64]) {
        for ((out, &number), (mean, factor)) in out.iter_mut().zip(vector).zip(self.mean.iter().zip(&self.factor)) {
            *out = (f64::from(number) - mean) * factor;
        }
    }
}

/// The covariance matrix, of which only the lower triangle is filled: sums of products over (vectors - 1) when
/// centred, over the number of vectors otherwise.
pub(super) fn covariance(
    vectors: &VectorProperty<'_>,
    standard: &Standardization,
    freedom: f64,
    threads: usize,
    context: &Context<'_>,
) -> Result<Array2<f64>, Error> {
    let width = vectors.width;
    let mut matrix = Array2::zeros((width, width));
    // The last rows are the longest: they are started first.
    let tiles = matrix.axis_chunks_iter_mut(Axis(0), TILE).enumerate().rev();
    context.for_each(threads, tiles, |(tile, mut rows)| {
        let first = tile * TILE;
        let end = first + rows.nrows();
        let mut block = vec![0.0; BLOCK * end];
        for stride in vectors.nodes.chunks(STRIDE) {
            context.check_cancelled()?;
            for nodes in stride.chunks(BLOCK) {
                block.fill(0.0);
                for (out, &node) in block.chunks_exact_mut(end).zip(nodes) {
                    standard.apply(&vectors.of(node)[..end], out);
                }
                let (a, rest) = block.split_at(end);
                let (b, rest) = rest.split_at(end);
                let (c, d) = rest.split_at(end);
                for (place, sums) in rows.flat_mut().chunks_exact_mut(width).enumerate() {
                    let row = first + place;
                    let (w, x, y, z) = (a[row], b[row], c[row], d[row]);
                    for ((((sum, a), b), c), d) in sums[..=row].iter_mut().zip(a).zip(b).zip(c).zip(d) {
                        *sum += (w * a + x * b) + (y * c + z * d);
                    }
                }
            }
        }
        rows /= freedom;
        Ok(())
    })?;
    Ok(matrix)
}

/// The products of all vectors with the rows of `components`: vectors x components.
pub(super) fn project(
    vectors: &VectorProperty<'_>,
    standard: &Standardization,
    components: &Array2<f64>,
    threads: usize,
    context: &Context<'_>,
) -> Result<Array2<f64>, Error> {
    let width = vectors.width;
    let mut products = Array2::zeros((vectors.nodes.len(), components.nrows()));
    let work = products.axis_chunks_iter_mut(Axis(0), CHUNK).zip(vectors.nodes.chunks(CHUNK));
    context.for_each(threads, work, |(mut products, nodes)| {
        let mut vector = vec![0.0; width];
        for (mut products, &node) in products.outer_iter_mut().zip(nodes) {
            standard.apply(vectors.of(node), &mut vector);
            for (product, component) in products.iter_mut().zip(components.flat().chunks_exact(width)) {
                *product = crate::numeric::eigen::dot(&vector, component);
            }
        }
        Ok(())
    })?;
    Ok(products)
}
