//! Dense matrix products (GEMM), in pieces whose shapes do not depend on the number of threads.
//!
//! The product of one piece is the crate `gemm`'s, on one thread. Measured on 512 x 128 by 128 x 128 with AVX-512 it takes
//! less than half the time of `matrixmultiply` as `ndarray` builds it for `dot`, and narrower and longer factors likewise.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, NdFloat};

use crate::numeric::workers::Workers;

/// Rows of a result in one piece, for callers that do more to a piece than the product.
pub(crate) const PIECE_ROWS: usize = 512;
/// Rows that are summed in one piece of a product over rows, unless there would be too many pieces.
const SUMMED_ROWS: usize = 4096;
/// Columns of the left factor in one piece of a product over few rows.
const PIECE_COLUMNS: usize = 256;
/// Most pieces of a product over rows.
const MOST_SUMS: usize = 64;
/// Rows of both factors in one piece of [`gram`].
const GRAM_ROWS: usize = 1024;

/// `out = a b`, or `out += a b` with `add`; of 32-bit or 64-bit floats.
pub(crate) fn product<T: NdFloat>(
    mut out: ArrayViewMut2<'_, T>,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    add: bool,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert!(b.nrows() == k && out.dim() == (m, n), "factors and result of a product fit");
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        if !add {
            out.fill(T::zero());
        }
        return;
    }
    let (out_strides, a_strides, b_strides) = ([out.strides()[0], out.strides()[1]], a.strides(), b.strides());
    // SAFETY: pointers and strides are those of views of m x n, m x k and k x n numbers, as asserted, so every address
    // lies within its view; `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            out_strides[1],
            out_strides[0],
            add,
            a.as_ptr(),
            a_strides[1],
            a_strides[0],
            b.as_ptr(),
            b_strides[1],
            b_strides[0],
            T::one(),
            T::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// `out = x^T g`, a sum over the rows of both.
pub(crate) fn product_over_rows(
    workers: &Workers<'_>,
    mut out: ArrayViewMut2<'_, f32>,
    x: ArrayView2<'_, f32>,
    g: ArrayView2<'_, f32>,
) {
    let ((rows, k), n) = (x.dim(), g.ncols());
    if k * n == 0 {
        return;
    }
    let summed = SUMMED_ROWS.max(rows.div_ceil(MOST_SUMS));
    if rows <= summed {
        // Wide inputs give enough pieces by themselves.
        let columns = x.axis_chunks_iter(Axis(1), PIECE_COLUMNS);
        let pieces = out.axis_chunks_iter_mut(Axis(0), PIECE_COLUMNS).zip(columns);
        workers.for_each(pieces, |(out, x)| product(out, x.reversed_axes(), g, false));
        return;
    }
    let parts = x.axis_chunks_iter(Axis(0), summed).zip(g.axis_chunks_iter(Axis(0), summed));
    let mut sums: Vec<Array2<f32>> = parts.clone().map(|_| workers.matrix(k, n)).collect();
    workers.for_each(sums.iter_mut().zip(parts), |(sum, (x, g))| {
        product(sum.view_mut(), x.reversed_axes(), g, false);
    });
    for (part, sum) in sums.into_iter().enumerate() {
        if part == 0 {
            out.assign(&sum);
        } else {
            out += &sum;
        }
        workers.recycle(sum);
    }
}

/// `x^T y` in 64 bits: for bases that must stay orthogonal.
pub(crate) fn gram(workers: &Workers<'_>, x: ArrayView2<'_, f32>, y: ArrayView2<'_, f32>) -> Array2<f64> {
    assert_eq!(x.nrows(), y.nrows(), "as many rows in both factors");
    // As many sums as there may be, each of as many pieces: the memory stays small.
    let per_sum = x.nrows().div_ceil(MOST_SUMS).next_multiple_of(GRAM_ROWS).max(GRAM_ROWS);
    let parts = x.axis_chunks_iter(Axis(0), per_sum).zip(y.axis_chunks_iter(Axis(0), per_sum));
    let mut sums: Vec<Array2<f64>> = parts.clone().map(|_| Array2::zeros((x.ncols(), y.ncols()))).collect();
    workers.for_each(sums.iter_mut().zip(parts), |(sum, (x, y))| {
        for (x, y) in x.axis_chunks_iter(Axis(0), GRAM_ROWS).zip(y.axis_chunks_iter(Axis(0), GRAM_ROWS)) {
            product(sum.view_mut(), x.mapv(f64::from).t(), y.mapv(f64::from).view(), true);
        }
    });
    sums.into_iter().fold(Array2::zeros((x.ncols(), y.ncols())), |sum, part| sum + part)
}
