//! Graphs for the benches, from fixed seeds: the shapes of `shared/bench/gen_graphs.py` without a file.

use rand::RngExt;
use wend_algorithms::random::Xoroshiro128;
use wend_algorithms::{Graph, GraphBuilder};

fn below(rng: &mut Xoroshiro128, limit: u32) -> u32 {
    rng.random_range(0..u64::from(limit)) as u32
}

/// Distinct edges without self-loops.
fn build(nodes: u32, mut edges: Vec<(u32, u32)>) -> Graph {
    edges.retain(|&(u, v)| u != v);
    edges.iter_mut().for_each(|edge| *edge = (edge.0.min(edge.1), edge.0.max(edge.1)));
    edges.sort_unstable();
    edges.dedup();
    let mut builder = GraphBuilder::new(nodes as usize, false);
    edges.iter().for_each(|&(u, v)| builder.add_edge(u, v, 1.0));
    builder.build(None).expect("valid edges")
}

/// Stochastic block model like `sbm100k`: equal blocks of 2,000 nodes, mean degree about 20, 70 % of edges within a block. Node
/// numbers of a block are spread, as insertion order would.
pub fn sbm(nodes: u32) -> Graph {
    let mut rng = Xoroshiro128::new(42, 0, 0);
    let blocks = (nodes / 2000).max(1);
    let size = nodes / blocks;
    let edges = (0..nodes * 10).map(|_| {
        let block = below(&mut rng, blocks);
        let other = if below(&mut rng, 10) < 7 { block } else { below(&mut rng, blocks) };
        // Node number = place in block * blocks + block.
        (below(&mut rng, size) * blocks + block, below(&mut rng, size) * blocks + other)
    });
    build(nodes, edges.collect())
}

/// R-MAT with a = 0.57, b = c = 0.19, 16 edges drawn per node: a few nodes have very many neighbours.
pub fn rmat(scale: u32) -> Graph {
    let nodes = 1u32 << scale;
    let mut rng = Xoroshiro128::new(43, 0, 0);
    let edges = (0..nodes * 16).map(|_| {
        (0..scale).fold((0, 0), |(u, v), _| match below(&mut rng, 100) {
            0..57 => (2 * u, 2 * v),
            57..76 => (2 * u, 2 * v + 1),
            76..95 => (2 * u + 1, 2 * v),
            _ => (2 * u + 1, 2 * v + 1),
        })
    });
    // Spread the hubs, which are at low numbers, over the node numbers: an odd factor is a bijection.
    let spread = |v: u32| v.wrapping_mul(2_654_435_761) & (nodes - 1);
    build(nodes, edges.map(|(u, v)| (spread(u), spread(v))).collect())
}
