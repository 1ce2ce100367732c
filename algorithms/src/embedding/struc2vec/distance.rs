//! How unlike two rings are: dynamic time warping of their degrees.

use super::rings::Kind;

/// The least cost of laying two sequences of degrees beside each other, where each may stand still while the other goes on. Of equal
/// degrees only their number is kept, so that what is laid beside each other counts as often as the longer of both.
pub(super) fn warping(a: &[Kind], b: &[Kind], row: &mut Vec<f64>) -> f64 {
    row.clear();
    row.resize(b.len(), f64::INFINITY);
    for (i, &one) in a.iter().enumerate() {
        // What lay to the left in the row above.
        let mut corner = if i == 0 { 0.0 } else { f64::INFINITY };
        let mut left = f64::INFINITY;
        for (&other, slot) in b.iter().zip(row.iter_mut()) {
            let before = slot.min(left).min(corner);
            corner = *slot;
            left = before + cost(one, other);
            *slot = left;
        }
    }
    row.last().copied().unwrap_or(0.0)
}

fn cost((a, count_a): Kind, (b, count_b): Kind) -> f64 {
    // Nodes of rings have edges; one alone is like another one alone.
    let (low, high) = (a.min(b).max(1), a.max(b).max(1));
    (f64::from(high) / f64::from(low) - 1.0) * f64::from(count_a.max(count_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By trying all ways.
    fn plain(a: &[Kind], b: &[Kind]) -> f64 {
        let ([first, rest_a @ ..], [other, rest_b @ ..]) = (a, b) else { return f64::INFINITY };
        let here = cost(*first, *other);
        if rest_a.is_empty() && rest_b.is_empty() {
            return here;
        }
        here + plain(rest_a, b).min(plain(a, rest_b)).min(plain(rest_a, rest_b))
    }

    #[test]
    fn it_is_the_least_of_all_ways() {
        let sequences: [&[Kind]; 5] = [
            &[(1, 1)],
            &[(1, 3), (2, 1), (7, 2)],
            &[(2, 2), (3, 1), (4, 4), (9, 1)],
            &[(5, 1), (6, 2)],
            &[(1, 1), (2, 2), (3, 3), (8, 1), (20, 2)],
        ];
        for a in sequences {
            for b in sequences {
                let (mut row, wanted) = (Vec::new(), plain(a, b));
                assert!((warping(a, b, &mut row) - wanted).abs() < 1e-12);
                assert!((warping(b, a, &mut row) - wanted).abs() < 1e-12);
            }
            assert_eq!(warping(a, a, &mut Vec::new()), 0.0);
        }
    }
}
