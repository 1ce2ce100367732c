//! The leading components of long vectors, without their covariance matrix: subspace iteration from a random start
//! (Halko, Martinsson, Tropp: "Finding Structure with Randomness", SIAM Review 2011), repeated until the variances
//! converge.

use super::moments::{Standardization, project};
use ndarray::{Array2, ArrayView2, Axis, s};

use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::vector_property::VectorProperty;
use crate::numeric::eigen::{Eigen, dot, eigen};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{mix, unit};

/// Oversampling: components beyond those asked for. The iteration converges as fast as the variances fall to the first
/// component that is left out.
const MORE: usize = 10;
/// Most rounds of the iteration; each is two passes over the vectors.
pub(super) const MOST_ROUNDS: usize = 300;
/// Tolerance: the relative change of a variance below which the iteration ends.
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
    standard: &Standardization,
    freedom: f64,
    count: usize,
    seed: u64,
    threads: usize,
    context: &Context<'_>,
) -> Result<(Eigen, usize), Error> {
    let width = vectors.width;
    let size = (count + MORE).min(width);
    let mut basis = Array2::from_shape_fn((size, width), |(row, column)| {
        unit(mix(mix(seed ^ 0x7063_6131) ^ (row * width + column) as u64)) - 0.5
    });
    orthonormalize(&mut basis);
    let mut before = vec![0.0; count];
    for round in 1..=MOST_ROUNDS {
        context.check_cancelled()?;
        let image = multiply(vectors, standard, freedom, &basis, threads, context)?;
        // The matrix within the subspace: basis times image.
        let pair = |a: usize, b: usize| dot(basis.row_slice(a), image.row_slice(b));
        let lower = |(row, column)| if column <= row { (pair(row, column) + pair(column, row)) / 2.0 } else { 0.0 };
        let within = eigen(Array2::from_shape_fn((size, size), lower), size, threads, context)?;
        let still =
            before.iter().zip(&within.values).all(|(old, new)| (old - new).abs() <= STILL * within.values[0].abs());
        before.copy_from_slice(&within.values[..count]);
        if still || round == MOST_ROUNDS {
            let mut components = combine(within.vectors.slice(s![..count, ..]), &basis);
            orthonormalize(&mut components);
            return Ok((Eigen { values: before, vectors: components }, round));
        }
        // Along the components found so far, so that the largest stay apart from the rest.
        basis = combine(within.vectors.view(), &image);
        orthonormalize(&mut basis);
    }
    Err(Error::Unfit("no components were found".to_owned()))
}

/// The product `weights matrix`, each sum in the order of the rows of `matrix`: the same bits on every processor.
fn combine(weights: ArrayView2<'_, f64>, matrix: &Array2<f64>) -> Array2<f64> {
    let mut sums = Array2::zeros((weights.nrows(), matrix.ncols()));
    for (mut sum, weights) in sums.outer_iter_mut().zip(weights.outer_iter()) {
        for (&weight, row) in weights.iter().zip(matrix.outer_iter()) {
            sum.scaled_add(weight, &row);
        }
    }
    sums
}

/// The covariance matrix times each row of `basis`.
fn multiply(
    vectors: &VectorProperty<'_>,
    standard: &Standardization,
    freedom: f64,
    basis: &Array2<f64>,
    threads: usize,
    context: &Context<'_>,
) -> Result<Array2<f64>, Error> {
    let size = basis.nrows();
    let products = project(vectors, standard, basis, threads, context)?;
    // Row-major by position, so that each piece of work writes its own part of the result.
    let mut sums = Array2::<f64>::zeros((vectors.width, size));
    context.for_each(threads, sums.axis_chunks_iter_mut(Axis(0), TILE).enumerate(), |(tile, mut sums)| {
        let first = tile * TILE;
        let sums = sums.flat_mut();
        for (place, (&node, products)) in vectors.nodes.iter().zip(products.flat().chunks_exact(size)).enumerate() {
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
    Ok(Array2::from_shape_fn(basis.dim(), |(row, at)| sums[[at, row]] / freedom))
}

/// Makes rows orthogonal and of length 1 (Gram-Schmidt, twice for what rounding leaves); a row that the rows before it
/// make up becomes zero.
fn orthonormalize(matrix: &mut Array2<f64>) {
    let width = matrix.ncols();
    for row in 0..matrix.nrows() {
        let (before, rest) = matrix.flat_mut().split_at_mut(row * width);
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
