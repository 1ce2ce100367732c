//! Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to tridiagonal form, then the QL
//! algorithm with implicit shifts (Golub, Van Loan: "Matrix Computations", 8.3; Bowdler, Martin, Reinsch, Wilkinson,
//! Numerische Mathematik 11, 1968).
//!
//! The rotations of QL touch every row of the eigenvector matrix in the same way, so rows are kept in blocks of
//! [`LANES`], which share vector instructions and are turned by several threads. Each row sees the same operations
//! in the same order whatever the number of threads.

use ndarray::Array2;

use crate::core::context::Context;
use crate::core::error::Error;
use crate::numeric::matrix::RowMajor;

/// Rows of the eigenvector matrix that are rotated together.
const LANES: usize = 8;
/// QL finds an eigenvalue in two or three steps; a matrix that needs this many holds NaN.
const MOST_STEPS: usize = 200;

/// Eigenvalues in descending order and, row by row, their eigenvectors of length 1.
pub(crate) struct Eigen {
    pub values: Vec<f64>,
    /// The eigenvectors, one in each row.
    pub vectors: Array2<f64>,
}

/// All eigenvalues, and eigenvectors for the `count` largest, of a symmetric matrix, of which the lower triangle is
/// read.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Unfit`] when the matrix holds NaN or infinity.
pub(crate) fn eigen(
    mut matrix: Array2<f64>,
    count: usize,
    threads: usize,
    context: &Context<'_>,
) -> Result<Eigen, Error> {
    let n = matrix.nrows();
    // Products of four entries of a matrix of tiny or huge numbers would vanish or overflow.
    let largest = matrix.iter().fold(0.0f64, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    matrix /= scale;
    let (mut diagonal, mut beside, divisors) = tridiagonal(matrix.flat_mut(), n, context)?;
    let turned = ql(&mut diagonal, &mut beside, threads, context)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]).then(a.cmp(&b)));
    let mut vectors = Array2::zeros((count, n));
    for (vector, &column) in vectors.flat_mut().chunks_exact_mut(n.max(1)).zip(&order) {
        for (row, number) in vector.iter_mut().enumerate() {
            *number = turned[(row / LANES * n + column) * LANES + row % LANES];
        }
        // Back from the tridiagonal form: the reflections in the reverse of the order in which they were made.
        for i in 1..n {
            if divisors[i] != 0.0 {
                let reflector = &matrix.row_slice(i)[..i];
                let factor = dot(reflector, &vector[..i]) / divisors[i];
                vector.iter_mut().zip(reflector).for_each(|(number, part)| *number -= factor * part);
            }
        }
    }
    let values = order.iter().map(|&place| diagonal[place] * scale).collect();
    Ok(Eigen { values, vectors })
}

/// The dot product, in eight partial sums that fit a vector register.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (whole_a, whole_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = whole_a.remainder().iter().zip(whole_b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in whole_a.zip(whole_b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Reduces the lower triangle to tridiagonal form: diagonal, the elements below it (`[i]` beside `i - 1`), and for
/// each row half the squared length of its reflector, which is left in the row (0 = none).
fn tridiagonal(matrix: &mut [f64], n: usize, context: &Context<'_>) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>), Error> {
    let (mut beside, mut divisors) = (vec![0.0; n], vec![0.0; n]);
    let mut product = vec![0.0; n];
    for i in (1..n).rev() {
        context.check_cancelled()?;
        let (above, from_row) = matrix.split_at_mut(i * n);
        let reflector = &mut from_row[..i];
        beside[i] = reflector[i - 1];
        if reflector[..i - 1].iter().all(|&number| number == 0.0) {
            continue;
        }
        // A reflection does not depend on its reflector's length; squares of tiny numbers would lose their digits.
        let size = reflector.iter().fold(0.0f64, |size, number| size.max(number.abs()));
        if !size.is_finite() {
            return Err(not_finite());
        }
        reflector.iter_mut().for_each(|number| *number /= size);
        let length = dot(reflector, reflector).sqrt();
        let alpha = if reflector[i - 1] > 0.0 { -length } else { length };
        reflector[i - 1] -= alpha;
        let divisor = dot(reflector, reflector) / 2.0;
        (beside[i], divisors[i]) = (alpha * size, divisor);
        // product = A v / h, of a symmetric A of which only the lower triangle is kept.
        let product = &mut product[..i];
        product.fill(0.0);
        for (row, numbers) in above.chunks_exact(n).enumerate().take(i) {
            let factor = reflector[row];
            product[row] += dot(&numbers[..=row], &reflector[..=row]);
            product.iter_mut().zip(&numbers[..row]).for_each(|(sum, number)| *sum += factor * number);
        }
        product.iter_mut().for_each(|number| *number /= divisor);
        let half = dot(product, reflector) / (2.0 * divisor);
        product.iter_mut().zip(reflector.iter()).for_each(|(number, part)| *number -= half * part);
        // A -= v q^T + q v^T.
        for (row, numbers) in above.chunks_exact_mut(n).enumerate().take(i) {
            let (v, q) = (reflector[row], product[row]);
            let parts = reflector.iter().zip(product.iter());
            numbers[..=row].iter_mut().zip(parts).for_each(|(number, (part, other))| *number -= v * other + q * part);
        }
    }
    let diagonal = (0..n).map(|i| matrix[i * n + i]).collect();
    Ok((diagonal, beside, divisors))
}

fn not_finite() -> Error {
    Error::Unfit("the covariances have no eigenvalues: they hold NaN or infinity".to_owned())
}

/// A rotation of the columns `at` and `at + 1`.
struct Rotation {
    at: usize,
    cosine: f64,
    sine: f64,
}

/// Turns the tridiagonal matrix diagonal; the eigenvector matrix in blocks: row `r`, column `c` is at
/// `(r / LANES * n + c) * LANES + r % LANES`.
fn ql(diagonal: &mut [f64], beside: &mut [f64], threads: usize, context: &Context<'_>) -> Result<Vec<f64>, Error> {
    let n = diagonal.len();
    let mut vectors = vec![0.0; n.div_ceil(LANES) * LANES * n];
    for row in 0..n {
        vectors[(row / LANES * n + row) * LANES + row % LANES] = 1.0;
    }
    // From here on beside[i] is between i and i + 1.
    beside.rotate_left(usize::from(n > 0));
    // Sweeps are collected, so that a block of rows is in the cache for many of them.
    let mut rotations: Vec<Rotation> = Vec::new();
    for first in 0..n {
        let mut steps = 0;
        loop {
            let negligible = |&place: &usize| {
                let size = diagonal[place].abs() + diagonal[place + 1].abs();
                beside[place].abs() <= f64::EPSILON * size || beside[place].abs() < f64::MIN_POSITIVE
            };
            let last = (first..n - 1).find(negligible).unwrap_or(n - 1);
            if last == first {
                break;
            }
            steps += 1;
            if steps > MOST_STEPS {
                return Err(not_finite());
            }
            sweep(diagonal, beside, first, last, &mut rotations);
            if rotations.len() >= 32 * n {
                turn(&mut vectors, n, &rotations, threads, context)?;
                rotations.clear();
            }
        }
    }
    turn(&mut vectors, n, &rotations, threads, context)?;
    Ok(vectors)
}

/// One implicit QL step on rows `first..=last`.
fn sweep(diagonal: &mut [f64], beside: &mut [f64], first: usize, last: usize, rotations: &mut Vec<Rotation>) {
    let mut shift = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let root = shift.hypot(1.0);
    let denominator = shift + if shift >= 0.0 { root } else { -root };
    shift = diagonal[last] - diagonal[first] + beside[first] / denominator;
    let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
    for at in (first..last).rev() {
        let (far, near) = (sine * beside[at], cosine * beside[at]);
        let length = far.hypot(shift);
        beside[at + 1] = length;
        if length == 0.0 {
            // The matrix splits into two blocks here (deflation); the next step goes on with one of them.
            diagonal[at + 1] -= moved;
            beside[last] = 0.0;
            return;
        }
        (sine, cosine) = (far / length, shift / length);
        shift = diagonal[at + 1] - moved;
        let turned = (diagonal[at] - shift) * sine + 2.0 * cosine * near;
        moved = sine * turned;
        diagonal[at + 1] = shift + moved;
        shift = cosine * turned - near;
        rotations.push(Rotation { at, cosine, sine });
    }
    diagonal[first] -= moved;
    beside[first] = shift;
    beside[last] = 0.0;
}

/// Applies rotations to every row.
fn turn(
    vectors: &mut [f64],
    n: usize,
    rotations: &[Rotation],
    threads: usize,
    context: &Context<'_>,
) -> Result<(), Error> {
    if rotations.is_empty() {
        return context.check_cancelled();
    }
    context.for_each(threads, vectors.chunks_exact_mut(n * LANES), |block| {
        for &Rotation { at, cosine, sine } in rotations {
            let (left, right) = block[at * LANES..(at + 2) * LANES].split_at_mut(LANES);
            for (a, b) in left.iter_mut().zip(right) {
                let (x, y) = (*a, *b);
                *b = sine * x + cosine * y;
                *a = cosine * x - sine * y;
            }
        }
        Ok(())
    })
}
