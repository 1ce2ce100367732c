//! Distances of vectors, in an order of additions that depends on their length alone.

/// The square of the Euclidean distance.
#[inline]
pub(super) fn squared(a: &[f32], b: &[f32]) -> f64 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f64; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for lane in 0..8 {
            let difference = f64::from(a[lane]) - f64::from(b[lane]);
            sums[lane] += difference * difference;
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(0.0, |sum, (&a, &b)| sum + (f64::from(a) - f64::from(b)).powi(2));
    sums.iter().sum::<f64>() + rest
}

/// The scalar product.
#[inline]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (&a, &b)| sum + f64::from(a) * f64::from(b))
}
