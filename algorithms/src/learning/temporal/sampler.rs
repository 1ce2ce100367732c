//! Neighbourhoods of examples as blocks of message passing: what each example sees of the graph at its time.
//!
//! A row that two examples see in the same state is computed once. What a node sees grows with time, so that the number of its
//! neighbours until a moment says which they are: nodes of the lowest layer are told apart by it, those above by the moment.
//! So the blocks are those of a tree of its own for each example, without its repetitions.

use rustc_hash::FxHashMap;

use super::timeline::Timeline;
use crate::graph::csr::NodeIndex;
use crate::learning::gnn::block::{Arc, Block};
use crate::numeric::random::{Xoroshiro128, mix};
use rand::seq::index;

crate::choices! {
    /// Which of the neighbours until a moment are seen, where there are more than the layer takes.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Strategy {
        /// The newest.
        Last = "last",
        /// Some of all, at random, others in every epoch.
        Uniform = "uniform",
    }
}

/// What is drawn in each layer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sampling {
    /// Most neighbours of each relation, the layer of the examples first.
    pub fanouts: Vec<usize>,
    /// Which of them.
    pub strategy: Strategy,
}

/// Blocks, the lowest layer first, and the nodes whose features its sources are.
pub struct Sampled {
    /// A block for each layer.
    pub blocks: Vec<Block>,
    /// The nodes of the first block's sources.
    pub nodes: Vec<NodeIndex>,
}

/// The blocks of examples, given as (entity, what is later is not seen). `types` = the type of each node.
pub fn sample(
    timeline: &Timeline,
    types: &[u32],
    type_count: usize,
    examples: &[(NodeIndex, f64)],
    sampling: &Sampling,
    key: u64,
) -> Sampled {
    let layers = sampling.fanouts.len();
    let relations: Vec<Vec<usize>> =
        (0..type_count as u32).map(|kind| timeline.of_type(kind).map(|(position, _)| position).collect()).collect();
    let mut rows: Vec<(NodeIndex, f64)> = examples.to_vec();
    let mut blocks = Vec::with_capacity(layers);
    for (depth, &fanout) in sampling.fanouts.iter().enumerate() {
        let (targets, lowest, last) = (rows.len(), depth + 1 == layers, depth + 2 == layers);
        let mut known: FxHashMap<(NodeIndex, u64), u32> = FxHashMap::default();
        if lowest {
            // Features do not depend on time.
            for (row, &(node, _)) in (0..).zip(&rows) {
                known.entry((node, 0)).or_insert(row);
            }
        }
        let mut arcs = Vec::new();
        for target in 0..targets {
            let (node, seen) = rows[target];
            for &relation in &relations[types[node as usize] as usize] {
                let history = timeline.relations[relation].history(node, seen);
                let mut take = |place: usize| {
                    let other = history.nodes[place];
                    let state = match (lowest, last) {
                        (true, _) => 0,
                        (_, true) => seen_neighbors(timeline, &relations[types[other as usize] as usize], other, seen),
                        _ => seen.to_bits(),
                    };
                    let row = *known.entry((other, state)).or_insert_with(|| {
                        rows.push((other, seen));
                        rows.len() as u32 - 1
                    });
                    arcs.push(Arc { source: row, target: target as u32, edge: 0, relation: relation as u32 });
                };
                let count = history.nodes.len();
                match sampling.strategy {
                    Strategy::Uniform if count > fanout => {
                        let draw = mix(key ^ mix(depth as u64 ^ (relation as u64) << 8 ^ (count as u64) << 24));
                        let mut rng = Xoroshiro128::new(draw, node, 0);
                        let mut places = index::sample(&mut rng, count, fanout).into_vec();
                        places.sort_unstable();
                        places.into_iter().for_each(&mut take);
                    }
                    _ => (count.saturating_sub(fanout)..count).for_each(&mut take),
                }
            }
        }
        let source_types: Vec<u32> = rows.iter().map(|&(node, _)| types[node as usize]).collect();
        let degrees = vec![0.0; rows.len()];
        let count = timeline.relations.len().max(1);
        blocks.push(Block::new(targets, count, &source_types, type_count, degrees, arcs, 1, None));
    }
    blocks.reverse();
    Sampled { blocks, nodes: rows.into_iter().map(|(node, _)| node).collect() }
}

/// How many neighbours a node has until a moment: it says which they are.
fn seen_neighbors(timeline: &Timeline, relations: &[usize], node: NodeIndex, seen: f64) -> u64 {
    relations.iter().map(|&relation| timeline.relations[relation].history(node, seen).nodes.len() as u64).sum()
}
