//! The rows of one range of nodes, made of a list of edges.
//!
//! The list is scanned once to count and once to place by each of a few node ranges, so each thread writes only to its
//! own part of the arrays and no lock or atomic is needed. The sort of each row is stable in edge order, so that sums of
//! weights have the same bits on both sides of an edge, for any number of threads and any ranges.

use std::ops::Range;

use super::csr::NodeIndex;
use super::directed::Parallel;
use crate::core::error::Error;

/// Edges: edge `i` is `from[i]` to `to[i]`.
#[derive(Clone, Copy)]
pub(super) struct EdgeList<'a> {
    pub(super) from: &'a [NodeIndex],
    pub(super) to: &'a [NodeIndex],
    /// Absent when all weigh 1.
    pub(super) weights: Option<&'a [f64]>,
}

impl EdgeList<'_> {
    /// Refuses what makes no graph of so many nodes.
    pub(super) fn check(self, node_count: usize) -> Result<(), Error> {
        // NodeIndex::MAX is kept free to mean "no node".
        if node_count > NodeIndex::MAX as usize {
            return Err(Error::TooManyNodes { nodes: node_count, max: NodeIndex::MAX as usize });
        }
        for (edge, (&from, &to)) in self.from.iter().zip(self.to).enumerate() {
            let node = from.max(to);
            if node as usize >= node_count {
                return Err(Error::NoSuchNode { edge, node, node_count });
            }
        }
        let weights = self.weights.unwrap_or_default();
        match weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            Some(edge) => Err(Error::BadWeight { edge, weight: weights[edge] }),
            None => Ok(()),
        }
    }
}

/// [`Rows::fill`] for the arcs of one kind of graph.
pub(super) type Fill = fn(&mut Rows, EdgeList<'_>, Parallel);

/// The rows of one range of nodes while building.
pub(super) struct Rows {
    pub(super) nodes: Range<u32>,
    /// `starts[i]` = where the row of node `nodes.start + i` begins; one more at the end.
    pub(super) starts: Vec<u64>,
    pub(super) neighbors: Vec<NodeIndex>,
    /// Parallel to `neighbors`, or empty when all are 1.
    pub(super) weights: Vec<f64>,
}

impl Rows {
    pub(super) fn new(nodes: Range<u32>) -> Self {
        Rows { nodes, starts: Vec::new(), neighbors: Vec::new(), weights: Vec::new() }
    }

    /// Counts, places, sorts and merges the arcs in the rows of this range's nodes: of the edges that leave them (`FROM`),
    /// that reach them (`TO`), or both.
    pub(super) fn fill<const FROM: bool, const TO: bool>(&mut self, edges: EdgeList<'_>, parallel: Parallel) {
        let first = self.nodes.start;
        let count = self.nodes.len();
        let row = |v: NodeIndex| {
            let row = v.wrapping_sub(first) as usize;
            (row < count).then_some(row)
        };
        // The rows that hold an edge; a self-loop stands once in an undirected graph.
        let at_from = |from: NodeIndex| if FROM { row(from) } else { None };
        let at_to = |from: NodeIndex, to: NodeIndex| {
            if TO && (!FROM || from != to) { row(to) } else { None }
        };
        self.starts = vec![0u64; count + 2];
        for (&from, &to) in edges.from.iter().zip(edges.to) {
            if let Some(row) = at_from(from) {
                self.starts[row + 2] += 1;
            }
            if let Some(row) = at_to(from, to) {
                self.starts[row + 2] += 1;
            }
        }
        for i in 2..count + 2 {
            self.starts[i] += self.starts[i - 1];
        }
        let arcs = self.starts[count + 1] as usize;
        // starts[row + 1] is the place for the row's next arc, and in the end the start of the row after it.
        self.neighbors = vec![0; arcs];
        self.weights = vec![0.0; if edges.weights.is_some() { arcs } else { 0 }];
        for (i, (&from, &to)) in edges.from.iter().zip(edges.to).enumerate() {
            let mut place = |row: Option<usize>, neighbor| {
                if let Some(row) = row {
                    let slot = self.starts[row + 1] as usize;
                    self.starts[row + 1] += 1;
                    self.neighbors[slot] = neighbor;
                    if let Some(weights) = edges.weights {
                        self.weights[slot] = weights[i];
                    }
                }
            };
            place(at_from(from), to);
            place(at_to(from, to), from);
        }
        self.starts.pop();
        self.sort();
        match parallel {
            Parallel::Keep => {}
            // Finite weights may add up to infinity; the largest number is near enough.
            Parallel::Sum => self.merge(true, |sum, weight| (sum + weight).min(f64::MAX)),
            Parallel::Min => self.merge(false, f64::min),
        }
    }

    fn sort(&mut self) {
        let mut pairs: Vec<(NodeIndex, f64)> = Vec::new();
        for row in self.starts.windows(2) {
            let arcs = row[0] as usize..row[1] as usize;
            if self.weights.is_empty() {
                self.neighbors[arcs].sort_unstable();
                continue;
            }
            pairs.clear();
            pairs.extend(self.neighbors[arcs.clone()].iter().copied().zip(self.weights[arcs.clone()].iter().copied()));
            // Stable: equal neighbours stay in edge order, see the module's text.
            pairs.sort_by_key(|&(neighbor, _)| neighbor);
            for (slot, &(neighbor, weight)) in arcs.zip(&pairs) {
                self.neighbors[slot] = neighbor;
                self.weights[slot] = weight;
            }
        }
    }

    /// Makes parallel edges one arc; `weighs` = its weight may differ from 1 where all edges weigh 1.
    fn merge(&mut self, weighs: bool, together: impl Fn(f64, f64) -> f64) {
        let parallel = self.starts.windows(2).any(|row| {
            let list = &self.neighbors[row[0] as usize..row[1] as usize];
            list.windows(2).any(|pair| pair[0] == pair[1])
        });
        if !parallel {
            return;
        }
        if self.weights.is_empty() && weighs {
            self.weights = vec![1.0; self.neighbors.len()];
        }
        let weighted = !self.weights.is_empty();
        let mut kept = 0;
        for row in 0..self.starts.len() - 1 {
            let arcs = self.starts[row] as usize..self.starts[row + 1] as usize;
            let start = kept;
            self.starts[row] = start as u64;
            for arc in arcs {
                if kept > start && self.neighbors[kept - 1] == self.neighbors[arc] {
                    if weighted {
                        self.weights[kept - 1] = together(self.weights[kept - 1], self.weights[arc]);
                    }
                } else {
                    self.neighbors[kept] = self.neighbors[arc];
                    if weighted {
                        self.weights[kept] = self.weights[arc];
                    }
                    kept += 1;
                }
            }
        }
        if let Some(end) = self.starts.last_mut() {
            *end = kept as u64;
        }
        self.neighbors.truncate(kept);
        self.weights.truncate(kept);
    }
}
