//! Edge weights beyond the range in which sums and products of 32-bit floats neither overflow nor vanish.
//!
//! Embeddings depend on the proportions of weights alone. With usual weights they are computed from the weights; else from
//! each arc's share of its row, which needs no sum that overflows ([`Shares`]). A network sees weights themselves: they are
//! all multiplied with one power of two, which changes no digit, and refused where they differ too much.

use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;

/// Weights from 2^-50 up to 2^51, about 1e-15 to 1e15, are usual.
const USUAL: i32 = 50;

/// The exponent of a positive number: it is from 2^exponent up to but without 2^(exponent + 1).
fn exponent(weight: f64) -> i32 {
    let biased = |number: f64| (number.to_bits() >> 52) as i32 & 0x7ff;
    match biased(weight) {
        // A subnormal number.
        0 => biased(weight * 2f64.powi(64)) - 64 - 1023,
        biased => biased - 1023,
    }
}

/// The least weight that is not 0 and the largest; `None` without any.
pub fn extremes(weights: &[f64]) -> Option<(f64, f64)> {
    let positive = weights.iter().copied().filter(|weight| *weight > 0.0);
    let of = |(least, largest): (f64, f64), weight: f64| (least.min(weight), largest.max(weight));
    let (least, largest) = positive.fold((f64::INFINITY, 0.0), of);
    (largest > 0.0).then_some((least, largest))
}

/// The largest weight of a graph that has unusual ones.
pub(crate) fn largest_if_unusual(graph: &Graph) -> Option<f64> {
    largest_of_unusual(extremes(graph.all_weights()?)?)
}

/// The largest of weights that are unusual, from the least and the largest of them.
pub(crate) fn largest_of_unusual((least, largest): (f64, f64)) -> Option<f64> {
    (exponent(least) < -USUAL || exponent(largest) > USUAL).then_some(largest)
}

/// The largest weight of a row, and the sum of its weights divided by that; of a row without weights 1 and its length.
pub(crate) fn largest_and_sum(degree: usize, weights: Option<&[f64]>) -> (f64, f64) {
    let Some(weights) = weights else { return (1.0, degree as f64) };
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let parts = weights.iter().map(|weight| weight / largest);
    (largest, if largest > 0.0 { parts.sum() } else { 0.0 })
}

/// The share of an arc of this weight in a row of which [`largest_and_sum`] is known.
pub(crate) fn share((largest, sum): (f64, f64), weight: f64) -> f64 {
    if sum > 0.0 { weight / largest / sum } else { 0.0 }
}

/// What each arc is of its row: its weight over the sum of the row's, from 0 to 1, for any finite weights.
pub(crate) struct Shares<'a> {
    graph: &'a Graph,
    /// Of each row the largest weight, and the sum of weights divided by that.
    rows: Vec<(f64, f64)>,
}

impl<'a> Shares<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        let row = |v: NodeIndex| largest_and_sum(graph.degree(v), graph.weights(v));
        Shares { graph, rows: (0..graph.node_count() as NodeIndex).map(row).collect() }
    }

    /// The share of an arc of this weight in the row of `v`.
    pub(crate) fn of(&self, v: NodeIndex, weight: f64) -> f64 {
        share(self.rows[v as usize], weight)
    }

    /// `value(v, x, weight)` of every arc from v to x.
    pub(crate) fn of_arcs(&self, value: impl Fn(NodeIndex, NodeIndex, f64) -> f64) -> impl Iterator<Item = f32> {
        let graph = self.graph;
        (0..graph.node_count() as NodeIndex)
            .flat_map(move |v| {
                let weights = graph.weights(v);
                let neighbors = graph.neighbors(v).iter().enumerate();
                neighbors.map(move |(place, &x)| (v, x, weights.map_or(1.0, |weights| weights[place])))
            })
            .map(move |(v, x, weight)| value(v, x, weight) as f32)
    }
}

/// Brings finite weights of at least 0 into the usual range.
///
/// # Errors
/// [`Error::BadValue`] when they differ by more than about 1e30.
pub(crate) fn scale_weights(weights: &mut [f64]) -> Result<(), Error> {
    let Some((least, largest)) = extremes(weights) else { return Ok(()) };
    if exponent(largest) - exponent(least) > 2 * USUAL {
        let row = weights.iter().position(|weight| *weight == least).unwrap_or(0);
        let message = format!(
            "the weights differ by more than the factor 1e30 that a network computes with: the largest is {largest:?}, the \
             least {least:?}"
        );
        return Err(Error::BadValue {
            message,
            owner: "edge",
            row,
            hint: "a weight may be 0, or take their logarithms",
        });
    }
    if exponent(least) >= -USUAL && exponent(largest) <= USUAL {
        return Ok(());
    }
    let shift = USUAL - exponent(largest);
    // In two steps, neither of which leaves the range of f64.
    let (first, second) = (2f64.powi(shift / 2), 2f64.powi(shift - shift / 2));
    weights.iter_mut().for_each(|weight| *weight = *weight * first * second);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::graph;

    #[test]
    fn weights_keep_their_proportions() {
        for (given, wanted) in [
            (vec![], vec![]),
            (vec![0.0], vec![0.0]),
            (vec![1e-15, 1e15, 0.0], vec![1e-15, 1e15, 0.0]),
            (vec![f64::MAX, f64::MAX / 4.0], vec![2f64.powi(51) - 0.25, 2f64.powi(49) - 0.0625]),
            (vec![5e-324, 1e-323], vec![2f64.powi(49), 2f64.powi(50)]),
        ] {
            let mut weights = given.clone();
            scale_weights(&mut weights).unwrap();
            assert_eq!(weights, wanted, "{given:?}");
        }
        let error = scale_weights(&mut [0.0, 1.0, 1e39, 1e-3]).unwrap_err();
        assert!(matches!(error, Error::BadValue { owner: "edge", row: 3, .. }), "{error}");
    }

    #[test]
    fn shares_of_any_weights() {
        let edges = [(0, 1, f64::MAX), (0, 2, f64::MAX), (1, 2, 0.0), (2, 3, 5e-324), (4, 4, 0.0)];
        let graph = graph(5, &edges, true);
        let shares = Shares::new(&graph);
        assert_eq!((shares.of(0, f64::MAX), shares.of(3, 5e-324), shares.of(4, 0.0)), (0.5, 1.0, 0.0));
        let arcs: Vec<f32> = shares.of_arcs(|v, _, weight| shares.of(v, weight)).collect();
        assert_eq!(arcs, [0.5, 0.5, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(largest_if_unusual(&graph), Some(f64::MAX));
    }
}
