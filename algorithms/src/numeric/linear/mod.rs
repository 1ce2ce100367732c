//! Linear algebra on sparse matrices and tall dense ones, as spectral embeddings need it.
//!
//! Every sum is taken in an order that depends on the matrices alone, so results have the same bits for any number of
//! threads. Sparse products and everything in 64 bits also have the same bits from every set of vector instructions;
//! dense products of 32 bits are the crate `gemm`'s and may differ in the last bits between kinds of processors.

mod basis;
mod operator;
mod rounds;
#[cfg(test)]
mod tests;

pub(crate) use basis::{Ritz, orthonormalise, ritz};
pub(crate) use operator::{
    Operator, Sparse, inverse_power, length, normalise, normalise_rows, smooth, weighted_degree, weighted_degrees,
};
pub(crate) use rounds::{ROUND_MATRICES, Rounds};

use std::ops::Range;

use ndarray::Array2;

use crate::numeric::random::projection_row;
use crate::numeric::workers::Workers;

/// Some columns of the random matrix of -1, 0, +1 that starts a projection or an iteration, with `rows` rows.
pub(crate) fn random_signs<T: From<i8> + Clone + Send>(
    workers: &Workers<'_>,
    rows: usize,
    columns: Range<usize>,
    seed: u64,
) -> Array2<T> {
    let (first_column, cols) = (columns.start, columns.len());
    let mut matrix = Array2::from_elem((rows, cols), T::from(0));
    workers.for_rows(&mut matrix, 8 * cols, |first, mut out| {
        let mut signs = vec![0i8; cols];
        for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
            projection_row(seed, row as u32, first_column, &mut signs);
            out.iter_mut().zip(&signs).for_each(|(out, &sign)| *out = T::from(sign));
        }
    });
    matrix
}
