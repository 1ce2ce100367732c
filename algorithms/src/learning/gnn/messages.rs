//! The message graph: the edges that training may see, and neighbour sampling.

use std::sync::Arc as Shared;

use rand::seq::{IndexedRandom, index};
use rustc_hash::FxHashMap;

use super::block::{Arc, Block};
use super::relation::RowIndex;
use crate::numeric::random::{Xoroshiro128, mix};

/// An edge that messages go along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageEdge {
    /// Where it starts.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Its label.
    pub label: u32,
}

/// Nodes with their types and the edges between them.
pub struct MessageGraph {
    /// The type of each node.
    pub types: Vec<u32>,
    /// Number of types.
    pub type_count: usize,
    /// The edges, in insertion order.
    pub edges: Vec<MessageEdge>,
    /// Number of edge labels.
    pub labels: usize,
    /// The weight of each edge.
    pub weights: Option<Shared<Vec<f32>>>,
    /// Whether each edge label is two relations, along and against; else all arcs are of one.
    pub typed: bool,
    arcs: Vec<Arc>,
    /// The arcs into each node.
    into: RowIndex,
    /// The weighted degree of each node.
    pub degrees: Vec<f32>,
}

impl MessageGraph {
    /// A graph of these edges; `typed` asks for relations also where there is one type and one label.
    pub fn new(
        types: Vec<u32>,
        type_count: usize,
        edges: Vec<MessageEdge>,
        labels: usize,
        weights: Option<Vec<f32>>,
        typed: bool,
    ) -> Self {
        let mut arcs = Vec::with_capacity(2 * edges.len());
        for (number, edge) in (0u32..).zip(&edges) {
            let (along, against) = if typed { (2 * edge.label, 2 * edge.label + 1) } else { (0, 0) };
            arcs.push(Arc { source: edge.from, target: edge.to, edge: number, relation: along });
            if typed || edge.from != edge.to {
                arcs.push(Arc { source: edge.to, target: edge.from, edge: number, relation: against });
            }
        }
        let mut degrees = vec![0.0f32; types.len()];
        for arc in &arcs {
            degrees[arc.target as usize] += weights.as_ref().map_or(1.0, |weights| weights[arc.edge as usize]);
        }
        let into = RowIndex::new(arcs.iter().map(|arc| arc.target).collect(), types.len());
        MessageGraph { types, type_count, edges, labels, weights: weights.map(Shared::new), typed, arcs, into, degrees }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.types.len()
    }

    /// Number of relations.
    pub fn relations(&self) -> usize {
        if self.typed { 2 * self.labels.max(1) } else { 1 }
    }

    /// The whole graph as one block; `edges_too` adds the edges as such.
    pub fn block(&self, edges_too: bool) -> Block {
        let block = Block::new(
            self.nodes(),
            self.relations(),
            &self.types,
            self.type_count,
            self.degrees.clone(),
            self.arcs.clone(),
            self.edges.len(),
            self.weights.clone(),
        );
        if !edges_too {
            return block;
        }
        let ends: Vec<(u32, u32, u32)> = self.edges.iter().map(|edge| (edge.from, edge.to, edge.label)).collect();
        block.with_edge_ends(self.labels.max(1), &ends)
    }

    /// Blocks for the states of `seeds`, first layer first, with at most `fanouts[layer]` arcs drawn into each node,
    /// the last layer's into the seeds; and the nodes whose features the first block's sources are.
    ///
    /// Arcs are drawn without replacement, by numbers that depend on (key, layer, node) alone.
    pub fn sample(&self, seeds: &[u32], fanouts: &[usize], key: u64) -> (Vec<Block>, Vec<u32>) {
        let mut nodes = seeds.to_vec();
        let mut row_of = vec![u32::MAX; self.nodes()];
        let mut blocks = Vec::with_capacity(fanouts.len());
        let inverse = self.into.inverse();
        for (layer, &fanout) in fanouts.iter().enumerate().rev() {
            let targets = nodes.len();
            nodes.iter().enumerate().for_each(|(row, &node)| row_of[node as usize] = row as u32);
            let mut arcs = Vec::new();
            for target in 0..targets {
                let node = nodes[target];
                let into = &inverse.items[inverse.offsets[node as usize]..inverse.offsets[node as usize + 1]];
                let mut rng = Xoroshiro128::new(mix(key ^ layer as u64), node, 0);
                for &arc in draw(into, fanout, &mut rng).iter() {
                    let arc = self.arcs[arc as usize];
                    let row = &mut row_of[arc.source as usize];
                    if *row == u32::MAX {
                        *row = nodes.len() as u32;
                        nodes.push(arc.source);
                    }
                    arcs.push(Arc { source: *row, target: target as u32, ..arc });
                }
            }
            let degrees = nodes.iter().map(|&node| self.degrees[node as usize].min(fanout as f32)).collect();
            let types: Vec<u32> = nodes.iter().map(|&node| self.types[node as usize]).collect();
            blocks.push(Block::new(
                targets,
                self.relations(),
                &types,
                self.type_count,
                degrees,
                arcs,
                self.edges.len(),
                self.weights.clone(),
            ));
            nodes.iter().for_each(|&node| row_of[node as usize] = u32::MAX);
        }
        blocks.reverse();
        (blocks, nodes)
    }

    /// The block of these nodes, no two the same, and the edges between them, and which edges these are: the block numbers them in
    /// this order.
    pub fn induced(&self, nodes: &[u32]) -> (Block, Vec<u32>) {
        let inverse = self.into.inverse();
        let row_of: FxHashMap<u32, u32> = nodes.iter().copied().zip(0..).collect();
        let (mut arcs, mut edges, mut number_of) = (Vec::new(), Vec::new(), FxHashMap::default());
        for (target, &node) in (0u32..).zip(nodes) {
            for &arc in &inverse.items[inverse.offsets[node as usize]..inverse.offsets[node as usize + 1]] {
                let arc = self.arcs[arc as usize];
                let Some(&source) = row_of.get(&arc.source) else { continue };
                let edge = *number_of.entry(arc.edge).or_insert_with(|| {
                    edges.push(arc.edge);
                    edges.len() as u32 - 1
                });
                arcs.push(Arc { source, target, edge, ..arc });
            }
        }
        let weight =
            |weights: &Shared<Vec<f32>>| edges.iter().map(|&edge| weights[edge as usize]).collect::<Vec<f32>>();
        let weights = self.weights.as_ref().map(weight);
        let mut degrees = vec![0.0f32; nodes.len()];
        for arc in &arcs {
            degrees[arc.target as usize] += weights.as_ref().map_or(1.0, |weights| weights[arc.edge as usize]);
        }
        let types: Vec<u32> = nodes.iter().map(|&node| self.types[node as usize]).collect();
        let (relations, count) = (self.relations(), self.type_count);
        let weights = weights.map(Shared::new);
        (Block::new(nodes.len(), relations, &types, count, degrees, arcs, edges.len(), weights), edges)
    }

    /// The nodes of a walk of `steps` steps from `node`, without the start; shorter where a node has no neighbour.
    pub fn walk(&self, node: u32, steps: usize, key: u64) -> impl Iterator<Item = u32> + '_ {
        let inverse = self.into.inverse();
        let mut rng = Xoroshiro128::new(key, node, 0);
        let mut at = node;
        (0..steps).map_while(move |_| {
            let into = &inverse.items[inverse.offsets[at as usize]..inverse.offsets[at as usize + 1]];
            at = self.arcs[*into.choose(&mut rng)? as usize].source;
            Some(at)
        })
    }
}

/// `count` of the items without replacement, all when there are no more; in their order.
fn draw<'a>(items: &'a [u32], count: usize, rng: &mut Xoroshiro128) -> std::borrow::Cow<'a, [u32]> {
    if items.len() <= count {
        return items.into();
    }
    let mut picked = index::sample(rng, items.len(), count).into_vec();
    picked.sort_unstable();
    picked.into_iter().map(|place| items[place]).collect()
}
