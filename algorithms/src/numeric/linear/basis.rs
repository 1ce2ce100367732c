//! Orthonormal bases of a few hundred columns, and the Rayleigh-Ritz step.
//!
//! Gram matrices are summed in 64 bits, so that a basis of 32-bit floats is orthonormal to their precision after two
//! rounds of Cholesky QR (Yamamoto, Nakatsukasa, Yanagisawa, Fukaya: "Roundoff error analysis of the CholeskyQR2
//! algorithm", ETNA 44, 2015). Where columns depend on each other, the eigenvectors of the Gram matrix take the place
//! of its factor, and dependent directions are dropped.

use ndarray::{Array2, s};

use crate::core::error::Error;
use crate::numeric::eigen::eigen;
use crate::numeric::kernel::gemm::{PIECE_ROWS, gram, product};
use crate::numeric::workers::Workers;

/// Smallest pivot of a Gram matrix with a diagonal of 1 for which Cholesky is accurate enough.
const PIVOT: f64 = 1e-9;
/// Rank tolerance: directions whose squared length is below this share of the longest one's are rounding errors.
const DEPENDENT: f64 = 1e-11;

/// An orthonormal basis of the columns' span: as many columns, or fewer when they depend on each other.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Unfit`] when the matrix holds NaN or infinity.
pub(crate) fn orthonormalise(workers: &Workers<'_>, threads: usize, x: Array2<f32>) -> Result<Array2<f32>, Error> {
    let mut x = x;
    for _ in 0..2 {
        workers.check_cancelled()?;
        if x.ncols() == 0 {
            return Ok(x);
        }
        let g = gram(workers, x.view(), x.view());
        let transform = match inverse_factor(&g) {
            Some(transform) => transform,
            None => {
                let found = eigen(g, x.ncols(), threads, workers.context())?;
                let largest = found.values.first().copied().unwrap_or(0.0);
                let kept = found.values.iter().take_while(|&&value| value > DEPENDENT * largest && value > 0.0).count();
                Array2::from_shape_fn((x.ncols(), kept), |(row, column)| {
                    found.vectors[[column, row]] / found.values[column].sqrt()
                })
            }
        };
        x = multiply(workers, x, &transform);
    }
    workers.check_cancelled()?;
    Ok(x)
}

/// `x w`; the memory of `x` goes back to the workers.
pub(crate) fn multiply(workers: &Workers<'_>, x: Array2<f32>, w: &Array2<f64>) -> Array2<f32> {
    let w = w.mapv(|number| number as f32);
    let mut out = workers.matrix(x.nrows(), w.ncols());
    workers.for_rows_of(&mut out, PIECE_ROWS, |first, out| {
        let x = x.slice(s![first..first + out.nrows(), ..]);
        product(out, x, w.view(), false);
    });
    workers.recycle(x);
    out
}

/// W with `W^T G W = 1` from the Cholesky factor of `G`; `None` when G is not safely positive definite.
fn inverse_factor(g: &Array2<f64>) -> Option<Array2<f64>> {
    let n = g.nrows();
    let scale = g.diag().mapv(f64::sqrt);
    if !scale.iter().all(|&scale| scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let mut factor = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = factor.slice(s![i, ..j]).iter().zip(factor.slice(s![j, ..j])).map(|(a, b)| a * b).sum();
            let entry = g[[i, j]] / scale[i] / scale[j] - sum;
            if i == j {
                if entry.is_nan() || entry < PIVOT {
                    return None;
                }
                factor[[i, i]] = entry.sqrt();
            } else {
                factor[[i, j]] = entry / factor[[j, j]];
            }
        }
    }
    // W = D^-1 L^-T: column j of L^-T is row j of L^-1.
    let mut inverse = Array2::<f64>::zeros((n, n));
    for j in 0..n {
        inverse[[j, j]] = 1.0 / factor[[j, j]];
        for i in j + 1..n {
            let sum: f64 = (j..i).map(|k| factor[[i, k]] * inverse[[k, j]]).sum();
            inverse[[i, j]] = -sum / factor[[i, i]];
        }
    }
    Some(Array2::from_shape_fn((n, n), |(i, j)| if i <= j { inverse[[j, i]] / scale[i] } else { 0.0 }))
}

/// Approximate eigenvalues and, as columns of a matrix, eigenvectors.
pub(crate) struct Ritz {
    /// Eigenvalues, in the order of the caller's key.
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Array2<f32>,
}

/// The `count` first Ritz pairs of a symmetric matrix A on the span of the orthonormal `q`, `aq` being A q; in
/// ascending order of `key(value)`.
///
/// # Errors
/// As [`orthonormalise`].
pub(crate) fn ritz(
    workers: &Workers<'_>,
    threads: usize,
    q: Array2<f32>,
    aq: &Array2<f32>,
    count: usize,
    key: impl Fn(f64) -> f64,
) -> Result<Ritz, Error> {
    let mut t = gram(workers, q.view(), aq.view());
    for i in 0..t.nrows() {
        for j in 0..i {
            let mean = (t[[i, j]] + t[[j, i]]) / 2.0;
            (t[[i, j]], t[[j, i]]) = (mean, mean);
        }
    }
    let found = eigen(t, q.ncols(), threads, workers.context())?;
    let mut order: Vec<usize> = (0..q.ncols()).collect();
    order.sort_by(|&a, &b| key(found.values[a]).total_cmp(&key(found.values[b])).then(a.cmp(&b)));
    order.truncate(count);
    let transform =
        Array2::from_shape_fn((q.ncols(), order.len()), |(row, column)| found.vectors[[order[column], row]]);
    let vectors = multiply(workers, q, &transform);
    Ok(Ritz { values: order.iter().map(|&place| found.values[place]).collect(), vectors })
}
