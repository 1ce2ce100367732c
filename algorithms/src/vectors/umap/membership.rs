//! How strongly vectors are tied to their nearest: the fuzzy simplicial set of the paper's algorithms 2 and 3.

use crate::core::crew::Crew;
use crate::core::error::Error;

/// Vectors that a thread takes at a time.
const PIECE: usize = 1024;
/// Halvings of the range in which a scale is sought; the reference implementation takes as many.
const HALVINGS: usize = 64;
/// How near the sum of strengths has to come to the logarithm of their number.
const NEAR_ENOUGH: f64 = 1e-5;
/// The smallest scale, as a share of the mean distance.
const SMALLEST: f64 = 1e-3;

/// A tie from one vector to another and its strength, above 0 and at most 1.
pub(super) type Tie = (u32, u32, f32);

/// The ties of vectors and their nearest, in both directions, ascending: what either holds of the other, united as probabilities.
pub(super) fn ties(near: &[Vec<(u32, f64)>], crew: Crew<'_>) -> Result<Vec<Tie>, Error> {
    let total: f64 = near.iter().flatten().map(|(_, distance)| distance).sum();
    let mean = total / near.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let found = crew.parts(near.len(), PIECE, |range| {
        let mut ties: Vec<Tie> = Vec::new();
        for at in range {
            let strength = strengths(&near[at], mean);
            for (other, distance) in &near[at] {
                let strength = strength(*distance) as f32;
                if strength > 0.0 {
                    ties.push((at as u32, *other, strength));
                    ties.push((*other, at as u32, strength));
                }
            }
        }
        ties
    })?;
    let mut ties: Vec<Tie> = found.concat();
    ties.sort_unstable_by_key(|tie| (tie.0, tie.1));
    // At most two of a pair: what each of them holds of the other.
    ties.dedup_by(|later, first| {
        let same = (later.0, later.1) == (first.0, first.1);
        if same {
            first.2 = first.2 + later.2 - first.2 * later.2;
        }
        same
    });
    Ok(ties)
}

/// The strength of a tie by its distance: 1 up to the smallest distance above 0, and beyond it falling by a scale such that the
/// strengths add up to the logarithm of their number to the base 2.
fn strengths(near: &[(u32, f64)], mean: f64) -> impl Fn(f64) -> f64 {
    let distances = || near.iter().map(|(_, distance)| *distance);
    let smallest = distances().filter(|&distance| distance > 0.0).fold(f64::INFINITY, f64::min);
    let smallest = if smallest.is_finite() { smallest } else { 0.0 };
    let strength = move |distance: f64, scale: f64| {
        let beyond = distance - smallest;
        if beyond > 0.0 { (-beyond / scale).exp() } else { 1.0 }
    };
    let wanted = (near.len().max(1) as f64).log2();
    let (mut low, mut high, mut scale) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..HALVINGS {
        let sum: f64 = distances().map(|distance| strength(distance, scale)).sum();
        if (sum - wanted).abs() < NEAR_ENOUGH {
            break;
        }
        if sum > wanted {
            high = scale;
        } else {
            low = scale;
        }
        scale = if high.is_finite() { (low + high) / 2.0 } else { scale * 2.0 };
    }
    let own = if smallest > 0.0 { distances().sum::<f64>() / near.len() as f64 } else { mean };
    let scale = scale.max(SMALLEST * own).max(f64::MIN_POSITIVE);
    move |distance| strength(distance, scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::context::Context;
    use crate::testing::pool;

    #[test]
    fn strengths_add_up_to_the_logarithm_at_any_scale() {
        for unit in [1e-9, 1.0, 1e12] {
            let near: Vec<(u32, f64)> = (1..=16).map(|at| (at, unit * f64::from(at).sqrt())).collect();
            let strength = strengths(&near, unit);
            let sum: f64 = near.iter().map(|(_, distance)| strength(*distance)).sum();
            assert!((sum - 4.0).abs() < 1e-3, "{unit}: {sum}");
            assert_eq!(strength(unit), 1.0);
        }
        // All at one place: each is tied fully.
        assert_eq!(strengths(&[(1, 0.0), (2, 0.0)], 0.0)(0.0), 1.0);
    }

    #[test]
    fn ties_are_the_same_both_ways() {
        let near = vec![
            vec![(1, 1.0), (2, 3.0)],
            vec![(0, 1.0), (2, 2.5)],
            vec![(1, 2.5), (0, 3.0)],
            vec![(0, 9.0), (1, 9.5)],
        ];
        let pool = pool(2);
        let context = Context::new(&pool);
        let ties = ties(&near, Crew::new(&context, None)).unwrap();
        assert!(ties.windows(2).all(|two| (two[0].0, two[0].1) < (two[1].0, two[1].1)));
        for &(from, to, strength) in &ties {
            assert!(ties.contains(&(to, from, strength)) && strength > 0.0 && strength <= 1.0);
        }
        // Three pairs that hold of each other, and two that only the last one has.
        assert_eq!(ties.len(), 10);
        assert_eq!(ties[0], (0, 1, 1.0));
    }
}
