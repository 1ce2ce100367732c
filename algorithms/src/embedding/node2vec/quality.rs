//! How good vectors are, seen from the graph alone.

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::algorithm::output::Scalar;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::core::numbers::Numbers;
use crate::graph::builder::GraphBuilder;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::numeric::random::{Xoroshiro128, mix};
use rustc_hash::FxHashSet;

/// Key that separates these random numbers from those of walks.
const QUALITY: u64 = 0x7175_616C_2D31_0001;
/// Edges, and random pairs, that cosines are computed of.
const PAIRS: u64 = 100_000;
/// Share of edges that are hidden.
const HIDDEN: f64 = 0.1;

/// Mean and standard deviation of the cosine over edges and over random pairs; NULL where there are none.
pub(super) fn cosines(
    graph: &Graph,
    data: &[f32],
    dimensions: usize,
    seed: u64,
    context: &Context<'_>,
) -> Result<[Scalar; 4], Error> {
    context.check_cancelled()?;
    let nodes = graph.node_count();
    let mut rng = Xoroshiro128::new(seed ^ QUALITY, 0, 0);
    let arcs = graph.arc_count() as u64;
    let edges = (0..PAIRS.min(arcs)).filter_map(|number| {
        // Every arc where there are few.
        let arc = if arcs <= PAIRS { number } else { rng.random_range(0..arcs) };
        let v = graph.offsets().partition_point(|&offset| offset <= arc) - 1;
        let x = graph.all_neighbors()[arc as usize];
        (v != x as usize).then(|| cosine(data, dimensions, v as NodeIndex, x))
    });
    let [edge_mean, edge_deviation] = moments(edges);
    let mut rng = Xoroshiro128::new(seed ^ QUALITY, 1, 0);
    let pairs = if nodes < 2 { 0 } else { PAIRS.min((nodes as u64).saturating_mul(nodes as u64)) };
    let random = (0..pairs).filter_map(|_| {
        let (v, x) = (rng.random_range(0..nodes as NodeIndex), rng.random_range(0..nodes as NodeIndex));
        (v != x).then(|| cosine(data, dimensions, v, x))
    });
    let [random_mean, random_deviation] = moments(random);
    Ok([edge_mean, edge_deviation, random_mean, random_deviation])
}

/// The cosine of two nodes' vectors, which are of length 1 or zero.
fn cosine(data: &[f32], dimensions: usize, v: NodeIndex, x: NodeIndex) -> f64 {
    let row = |v: NodeIndex| &data[v as usize * dimensions..][..dimensions];
    row(v).iter().zip(row(x)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn moments(values: impl Iterator<Item = f64>) -> [Scalar; 2] {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        // Running mean and variance (Welford 1962).
        count += 1.0;
        let before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
    }
    if count == 0.0 {
        return [Scalar::Null, Scalar::Null];
    }
    [Scalar::Float(mean), Scalar::Float((squares / count).sqrt())]
}

/// Number of nodes whose vector is not zero and equal to an earlier node's.
pub(super) fn duplicates(data: &[f32], dimensions: usize) -> u64 {
    let row = |v: usize| &data[v * dimensions..][..dimensions];
    let hash = |row: &[f32]| row.iter().fold(0u64, |hash, x| mix(hash ^ u64::from(x.to_bits())));
    let rows = data.chunks_exact(dimensions).enumerate().filter(|(_, row)| row.iter().any(|&x| x != 0.0));
    let mut hashes: Vec<(u64, usize)> = rows.map(|(v, row)| (hash(row), v)).collect();
    hashes.sort_unstable();
    let mut duplicates = 0;
    for same in hashes.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let mut distinct: Vec<usize> = Vec::new();
        for &(_, v) in same {
            match distinct.iter().any(|&other| row(other) == row(v)) {
                true => duplicates += 1,
                false => distinct.push(v),
            }
        }
    }
    duplicates
}

/// Hides a tenth of the edges, none of them a bridge of a random spanning forest, embeds the rest, and gives the
/// probability that a hidden edge has a greater cosine than a random pair without an edge (ties count a half): the area
/// under the ROC curve. `None` when no edge can be hidden, or all pairs are joined.
pub(super) fn held_out_auc(
    graph: &Graph,
    dimensions: usize,
    seed: u64,
    context: &Context<'_>,
    embed: impl FnOnce(&Graph) -> Result<Numbers<f32>, Error>,
) -> Result<Option<f64>, Error> {
    let nodes = graph.node_count();
    let mut edges: Vec<(NodeIndex, NodeIndex, f64)> = Vec::with_capacity(graph.arc_count() / 2);
    for v in 0..nodes as NodeIndex {
        let weights = graph.weights(v);
        for (place, &x) in graph.neighbors(v).iter().enumerate().filter(|(_, x)| **x > v) {
            edges.push((v, x, weights.map_or(1.0, |weights| weights[place])));
        }
    }
    edges.shuffle(&mut Xoroshiro128::new(seed ^ QUALITY, 2, 0));
    context.check_cancelled()?;
    let mut forest = Forest((0..nodes as NodeIndex).collect());
    let wanted = (edges.len() as f64 * HIDDEN) as usize;
    let (mut hidden, mut builder) = (Vec::new(), GraphBuilder::new(nodes, graph.is_weighted()));
    for &(v, x, weight) in &edges {
        if !forest.join(v, x) && hidden.len() < wanted {
            hidden.push((v, x));
        } else {
            builder.add_edge(v, x, weight);
        }
    }
    let all = nodes as u64 * (nodes as u64).saturating_sub(1) / 2;
    if hidden.is_empty() || all <= edges.len() as u64 {
        return Ok(None);
    }
    drop(edges);
    let rest = builder.build(Some(context.pool))?;
    let data = embed(&rest)?;
    drop(rest);
    let mut rng = Xoroshiro128::new(seed ^ QUALITY, 3, 0);
    let mut absent = FxHashSet::default();
    // In a nearly complete graph random pairs may not give enough absent edges.
    for _ in 0..100 * hidden.len() {
        let (v, x) = (rng.random_range(0..nodes as NodeIndex), rng.random_range(0..nodes as NodeIndex));
        if v != x && !graph.has_edge(v, x) {
            absent.insert((v.min(x), v.max(x)));
        }
        if absent.len() == hidden.len() {
            break;
        }
    }
    context.check_cancelled()?;
    let absent: Vec<f64> = absent.into_iter().map(|(v, x)| cosine(&data, dimensions, v, x)).collect();
    let hidden: Vec<f64> = hidden.into_iter().map(|(v, x)| cosine(&data, dimensions, v, x)).collect();
    Ok(auc(hidden, absent))
}

/// The area under the ROC curve: the share of (positive, negative) pairs where the positive is greater; ties count a
/// half.
fn auc(mut positive: Vec<f64>, mut negative: Vec<f64>) -> Option<f64> {
    if positive.is_empty() || negative.is_empty() {
        return None;
    }
    positive.sort_by(f64::total_cmp);
    negative.sort_by(f64::total_cmp);
    let won: f64 = positive
        .iter()
        .map(|value| {
            let (below, upto) =
                (negative.partition_point(|other| other < value), negative.partition_point(|other| other <= value));
            (below + upto) as f64 / 2.0
        })
        .sum();
    Some(won / (positive.len() as f64 * negative.len() as f64))
}

/// Union-find: which nodes are connected already (Tarjan 1975, with path halving).
struct Forest(Vec<NodeIndex>);

impl Forest {
    fn root(&mut self, mut v: NodeIndex) -> NodeIndex {
        while self.0[v as usize] != v {
            let above = self.0[v as usize];
            self.0[v as usize] = self.0[above as usize];
            v = self.0[v as usize];
        }
        v
    }

    /// Joins two trees; false when they are one already.
    fn join(&mut self, v: NodeIndex, x: NodeIndex) -> bool {
        let (v, x) = (self.root(v), self.root(x));
        self.0[v.max(x) as usize] = v.min(x);
        v != x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{plain, pool};

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        assert_eq!(auc(vec![3.0, 4.0], vec![1.0, 2.0]), Some(1.0));
        assert_eq!(auc(vec![1.0], vec![1.0]), Some(0.5));
        assert_eq!(auc(vec![0.0, 2.0], vec![1.0, 1.0]), Some(0.5));
        assert_eq!(auc(vec![], vec![1.0]), None);
    }

    #[test]
    fn equal_vectors_are_counted_and_zeros_are_not() {
        assert_eq!(duplicates(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0], 2), 2);
    }

    #[test]
    fn hidden_edges_leave_no_node_alone_and_are_not_embedded() {
        let edges: Vec<_> = (0..30u32).flat_map(|v| [(v, (v + 1) % 30), (v, (v + 7) % 30)]).collect();
        let graph = plain(30, &edges);
        let pool = pool(1);
        let context = Context::new(&pool);
        let score = held_out_auc(&graph, 1, 5, &context, |rest| {
            assert_eq!(rest.edge_count(), 54);
            assert!((0..30).all(|v| rest.degree(v) > 0));
            Ok(vec![1.0; 30].into())
        });
        assert_eq!(score.unwrap(), Some(0.5));
        let tree = plain(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!(held_out_auc(&tree, 1, 5, &context, |_| unreachable!()).unwrap(), None);
    }
}
