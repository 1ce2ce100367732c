//! The leading components of long vectors, without their covariance matrix: subspace iteration from a random start
//! (Halko, Martinsson, Tropp: "Finding Structure with Randomness", SIAM Review 2011), repeated until the variances
//! stand still.

use super::moments::{Standard, project};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::vector_property::VectorProperty;
use crate::numeric::eigen::{Eigen, dot, eigen};
use crate::numeric::random::{mix, unit};

/// Components beyond those that are wanted: the iteration converges as fast as the variances fall to the first that
/// is left out.
const MORE: usize = 10;
/// Rounds at most, each two passes over the vectors.
pub(super) const MOST_ROUNDS: usize = 300;
/// Relative change of a variance that ends the iteration.
const STILL: f64 = 1e-10;
/// Positions of a vector that are one piece of work.
const TILE: usize = 64;

/// Bytes of the working set.
pub(super) fn bytes(rows: u64, width: u64, count: u64) -> u64 {
    (count + MORE as u64).saturating_mul(rows.saturating_add(width.saturating_mul(3))).saturating_mul(8)
}

/// The `count` largest eigenvalues of the covariance matrix, their eigenvectors, and the rounds it took.
pub(super) fn leading(
    vectors: &VectorProperty<'_>,
    standard: &Standard,
    freedom: f64,
    count: usize,
    seed: u64,
    threads: usize,
    context: &Context<'_>,
) -> Result<(Eigen, usize), Error> {
    let width = vectors.width;
    let size = (count + MORE).min(width);
    let mut basis: Vec<f64> =
        (0..size * width).map(|place| unit(mix(mix(seed ^ 0x7063_6131) ^ place as u64)) - 0.5).collect();
    orthonormalize(&mut basis, width);
    let mut before = vec![0.0; count];
    for round in 1..=MOST_ROUNDS {
        context.check_cancelled()?;
        let image = multiply(vectors, standard, freedom, &basis, threads, context)?;
        // The matrix within the subspace: basis times image.
        let mut small = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let pair = |a: usize, b: usize| dot(&basis[a * width..][..width], &image[b * width..][..width]);
                small[row * size + column] = (pair(row, column) + pair(column, row)) / 2.0;
            }
        }
        let within = eigen(small, size, size, threads, context)?;
        let still =
            before.iter().zip(&within.values).all(|(old, new)| (old - new).abs() <= STILL * within.values[0].abs());
        before.copy_from_slice(&within.values[..count]);
        if still || round == MOST_ROUNDS {
            let mut components = combine(&within.vectors[..count * size], &basis, size, width);
            orthonormalize(&mut components, width);
            return Ok((Eigen { values: before, vectors: components }, round));
        }
        // Along the components found so far, so that the largest stay apart from the rest.
        basis = combine(&within.vectors, &image, size, width);
        orthonormalize(&mut basis, width);
    }
    Err(Error::Unfit("no components were found".to_owned()))
}

/// Sums of the rows of `matrix`, weighed by each row of `weights`.
fn combine(weights: &[f64], matrix: &[f64], size: usize, width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; weights.len() / size * width];
    for (sum, weights) in sums.chunks_exact_mut(width).zip(weights.chunks_exact(size)) {
        for (weight, row) in weights.iter().zip(matrix.chunks_exact(width)) {
            sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += weight * number);
        }
    }
    sums
}

/// The covariance matrix times each row of `basis`.
fn multiply(
    vectors: &VectorProperty<'_>,
    standard: &Standard,
    freedom: f64,
    basis: &[f64],
    threads: usize,
    context: &Context<'_>,
) -> Result<Vec<f64>, Error> {
    let width = vectors.width;
    let size = basis.len() / width;
    let products = project(vectors, standard, basis, threads, context)?;
    // By position first, so that each piece of work has its own part of the result.
    let mut sums = vec![0.0; width * size];
    let tiles: Vec<(usize, &mut [f64])> = sums.chunks_mut(TILE * size).enumerate().collect();
    context.for_each(threads, tiles, |(tile, sums)| {
        let first = tile * TILE;
        for (place, (&node, products)) in vectors.nodes.iter().zip(products.chunks_exact(size)).enumerate() {
            if place % 4096 == 0 {
                context.check_cancelled()?;
            }
            for ((sums, &number), at) in sums.chunks_exact_mut(size).zip(&vectors.of(node)[first..]).zip(first..) {
                let number = (f64::from(number) - standard.mean[at]) * standard.factor[at];
                if number != 0.0 {
                    sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += number * product);
                }
            }
        }
        Ok(())
    })?;
    let mut image = vec![0.0; width * size];
    for (at, sums) in sums.chunks_exact(size).enumerate() {
        for (row, sum) in sums.iter().enumerate() {
            image[row * width + at] = sum / freedom;
        }
    }
    Ok(image)
}

/// Makes rows orthogonal and of length 1 (Gram-Schmidt, twice for what rounding leaves); a row that the rows before it
/// make up becomes zero.
fn orthonormalize(rows: &mut [f64], width: usize) {
    for row in 0..rows.len() / width {
        let (before, rest) = rows.split_at_mut(row * width);
        let vector = &mut rest[..width];
        let length = |vector: &[f64]| dot(vector, vector).sqrt();
        let whole = length(vector);
        for _ in 0..2 {
            for other in before.chunks_exact(width) {
                let share = dot(vector, other);
                vector.iter_mut().zip(other).for_each(|(number, other)| *number -= share * other);
            }
        }
        let left = length(vector);
        let factor = if left > 1e-12 * whole && left > 0.0 { 1.0 / left } else { 0.0 };
        vector.iter_mut().for_each(|number| *number *= factor);
    }
}
