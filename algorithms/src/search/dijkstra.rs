//! Dijkstra's algorithm on one thread, with memory that is used again from search to search.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::csr::{Csr, NodeIndex};

/// No node.
pub(crate) const NONE: NodeIndex = NodeIndex::MAX;

/// Distances from a node, and the node before each on a shortest way.
pub(crate) struct Dijkstra {
    pub distance: Vec<f64>,
    pub before: Vec<NodeIndex>,
    touched: Vec<NodeIndex>,
    /// By distance, as bits, which have the same order, and then by number.
    heap: BinaryHeap<Reverse<(u64, NodeIndex)>>,
}

impl Dijkstra {
    pub fn new(nodes: usize) -> Self {
        Dijkstra {
            distance: vec![f64::INFINITY; nodes],
            before: vec![NONE; nodes],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Searches from `source`; `settled(v, distance)` is called for each node in the order of distances, and of numbers among equal
    /// ones, until it says false. Arcs for which `allowed(v, u)` is false are not there.
    pub fn search(
        &mut self,
        rows: &Csr,
        source: NodeIndex,
        allowed: impl Fn(NodeIndex, NodeIndex) -> bool,
        mut settled: impl FnMut(NodeIndex, f64) -> bool,
    ) {
        for &v in &self.touched {
            self.distance[v as usize] = f64::INFINITY;
            self.before[v as usize] = NONE;
        }
        self.touched.clear();
        self.heap.clear();
        self.distance[source as usize] = 0.0;
        self.touched.push(source);
        self.heap.push(Reverse((0, source)));
        while let Some(Reverse((bits, v))) = self.heap.pop() {
            let from = f64::from_bits(bits);
            if from > self.distance[v as usize] {
                continue;
            }
            if !settled(v, from) {
                return;
            }
            let weights = rows.weights(v);
            for (place, &u) in rows.neighbors(v).iter().enumerate() {
                let new = from + weights.map_or(1.0, |weights| weights[place]);
                let old = self.distance[u as usize];
                if new < old && allowed(v, u) {
                    if old == f64::INFINITY {
                        self.touched.push(u);
                    }
                    self.distance[u as usize] = new;
                    self.before[u as usize] = v;
                    self.heap.push(Reverse((new.to_bits(), u)));
                }
            }
        }
    }

    /// The way that the last search found to `target`, its ends included; nothing when there is none.
    pub fn way(&self, target: NodeIndex) -> Option<Vec<NodeIndex>> {
        if self.distance[target as usize] == f64::INFINITY {
            return None;
        }
        let mut way = vec![target];
        let mut at = target;
        while self.before[at as usize] != NONE {
            at = self.before[at as usize];
            way.push(at);
        }
        way.reverse();
        Some(way)
    }
}
