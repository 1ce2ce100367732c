//! Helpers that the tests of several algorithms share.

use rand::Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{Graph, GraphBuilder};

pub(crate) fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

pub(crate) fn graph(nodes: usize, edges: &[(u32, u32, f64)], weighted: bool) -> Graph {
    let mut builder = GraphBuilder::new(nodes, weighted);
    for &(from, to, weight) in edges {
        builder.add_edge(from, to, weight);
    }
    builder.build(None).unwrap()
}

/// A graph without weights from pairs.
pub(crate) fn plain(nodes: usize, edges: &[(u32, u32)]) -> Graph {
    let edges: Vec<_> = edges.iter().map(|&(from, to)| (from, to, 1.0)).collect();
    graph(nodes, &edges, false)
}

/// A ring where each node has `reach` neighbours on each side, some rewired.
pub(crate) fn small_world(nodes: u32, reach: u32, seed: u64) -> Vec<(u32, u32)> {
    let mut rng = crate::numeric::random::Xoroshiro128::new(seed, 0, 0);
    let mut edges = Vec::new();
    for u in 0..nodes {
        for d in 1..=reach {
            let bits = rng.next_u64();
            let v = if bits.is_multiple_of(10) { (bits >> 32) as u32 % nodes } else { (u + d) % nodes };
            if u != v {
                edges.push((u.min(v), u.max(v)));
            }
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// p and q on both sides of 1, and far out.
pub(crate) const RATIOS: [(f64, f64); 13] = [
    (1.0, 1.0),
    (0.5, 2.0),
    (2.0, 0.5),
    (0.25, 0.25),
    (4.0, 4.0),
    (1.0, 3.0),
    (3.0, 1.0),
    (0.3, 1.0),
    (1.0, 0.3),
    (1e-6, 1e6),
    (1e6, 1e-6),
    (1e-6, 1e-6),
    (1e6, 1e6),
];
