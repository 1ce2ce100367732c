//! Orthonormal bases of a few hundred columns, and the Rayleigh-Ritz step.
//!
//! Gram matrices are summed in 64 bits, so that a basis of 32-bit floats is orthonormal to their precision after two
//! rounds of Cholesky QR (Yamamoto, Nakatsukasa, Yanagisawa, Fukaya: "Roundoff error analysis of the CholeskyQR2
//! algorithm", ETNA 44, 2015). Where columns depend on each other, the eigenvectors of the Gram matrix take the place
//! of its factor, and the dependent directions go.

use crate::core::error::Error;
use crate::numeric::eigen::eigen;
use crate::numeric::kernel::gemm::{gram, rows_by};
use crate::numeric::matrix::Matrix;
use crate::numeric::workers::Workers;

/// Smallest pivot of a Gram matrix with a diagonal of 1 that Cholesky is trusted with.
const PIVOT: f64 = 1e-9;
/// Directions whose squared length is below this share of the longest one's are taken for rounding errors.
const DEPENDENT: f64 = 1e-11;

/// An orthonormal basis of the columns' span: as many columns, or fewer when they depend on each other.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Unfit`] when the matrix holds NaN or infinity.
pub(crate) fn orthonormalise(workers: &Workers<'_>, threads: usize, x: Matrix) -> Result<Matrix, Error> {
    let mut x = x;
    for _ in 0..2 {
        workers.check_cancelled()?;
        let n = x.cols;
        if n == 0 {
            return Ok(x);
        }
        let g = gram(workers, &x, &x);
        let (transform, cols) = match inverse_factor(&g, n) {
            Some(transform) => (transform, n),
            None => {
                let found = eigen(g, n, n, threads, workers.context())?;
                let largest = found.values.first().copied().unwrap_or(0.0);
                let kept = found.values.iter().take_while(|&&value| value > DEPENDENT * largest && value > 0.0).count();
                let mut transform = vec![0.0; n * kept];
                for (column, (vector, value)) in found.vectors.chunks_exact(n).zip(&found.values).take(kept).enumerate()
                {
                    for (row, number) in vector.iter().enumerate() {
                        transform[row * kept + column] = number / value.sqrt();
                    }
                }
                (transform, kept)
            }
        };
        x = multiply(workers, x, &transform, cols);
    }
    workers.check_cancelled()?;
    Ok(x)
}

/// `x w`, with `w` of `cols` columns; `x` is given back to the workers.
pub(crate) fn multiply(workers: &Workers<'_>, x: Matrix, w: &[f64], cols: usize) -> Matrix {
    let w: Vec<f32> = w.iter().map(|&number| number as f32).collect();
    let mut out = workers.matrix(x.rows, cols);
    workers.for_rows_of(&mut out, crate::numeric::kernel::gemm::piece_rows(), |first, out| {
        rows_by(out, first, &x, &w, cols, false);
    });
    workers.recycle(x);
    out
}

/// W with `W^T G W = 1` from the Cholesky factor of `G`, row by row; `None` when G is not safely positive definite.
fn inverse_factor(g: &[f64], n: usize) -> Option<Vec<f64>> {
    let scale: Vec<f64> = (0..n).map(|i| g[i * n + i].sqrt()).collect();
    if !scale.iter().all(|&scale| scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let mut factor = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (row_i, row_j) = (&factor[i * n..i * n + j], &factor[j * n..j * n + j]);
            let sum: f64 = row_i.iter().zip(row_j).map(|(a, b)| a * b).sum();
            let entry = g[i * n + j] / scale[i] / scale[j] - sum;
            if i == j {
                if entry.is_nan() || entry < PIVOT {
                    return None;
                }
                factor[i * n + i] = entry.sqrt();
            } else {
                factor[i * n + j] = entry / factor[j * n + j];
            }
        }
    }
    // W = D^-1 L^-T: column j of L^-T is row j of L^-1.
    let mut inverse = vec![0.0; n * n];
    for j in 0..n {
        inverse[j * n + j] = 1.0 / factor[j * n + j];
        for i in j + 1..n {
            let sum: f64 = (j..i).map(|k| factor[i * n + k] * inverse[k * n + j]).sum();
            inverse[i * n + j] = -sum / factor[i * n + i];
        }
    }
    let mut transform = vec![0.0; n * n];
    for i in 0..n {
        for j in i..n {
            transform[i * n + j] = inverse[j * n + i] / scale[i];
        }
    }
    Some(transform)
}

/// Approximate eigenvalues and, as columns of a matrix, eigenvectors.
pub(crate) struct Ritz {
    /// As ordered by the caller.
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Matrix,
}

/// The `count` first Ritz pairs of a symmetric matrix A on the span of the orthonormal `q`, `aq` being A q; in ascending
/// order of `key(value)`.
///
/// # Errors
/// As [`orthonormalise`].
pub(crate) fn ritz(
    workers: &Workers<'_>,
    threads: usize,
    q: Matrix,
    aq: &Matrix,
    count: usize,
    key: impl Fn(f64) -> f64,
) -> Result<Ritz, Error> {
    let n = q.cols;
    let mut t = gram(workers, &q, aq);
    for i in 0..n {
        for j in 0..i {
            let mean = (t[i * n + j] + t[j * n + i]) / 2.0;
            (t[i * n + j], t[j * n + i]) = (mean, mean);
        }
    }
    let found = eigen(t, n, n, threads, workers.context())?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| key(found.values[a]).total_cmp(&key(found.values[b])).then(a.cmp(&b)));
    order.truncate(count);
    let mut transform = vec![0.0; n * order.len()];
    for (column, &place) in order.iter().enumerate() {
        for (row, number) in found.vectors[place * n..(place + 1) * n].iter().enumerate() {
            transform[row * order.len() + column] = *number;
        }
    }
    let vectors = multiply(workers, q, &transform, order.len());
    Ok(Ritz { values: order.iter().map(|&place| found.values[place]).collect(), vectors })
}
