//! A graph in compressed sparse rows (CSR): for each node the list of its neighbours, one list behind the other.
//!
//! What a row holds is said by the graph that has the rows: [`Graph`](super::undirected::Graph) or
//! [`DirectedGraph`](super::directed::DirectedGraph).

use std::ops::Range;

use crate::core::numbers::Numbers;

/// Dense number of a node in a graph view: 0 for the first.
pub type NodeIndex = u32;

/// Rows of neighbours, ascending within a row, and their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    /// Edges as they were added, parallel ones each.
    pub(super) edge_count: usize,
    /// Row `v` is `neighbors[offsets[v]..offsets[v + 1]]`; u64, so that 4 G arcs are no limit.
    pub(super) offsets: Numbers<u64>,
    pub(super) neighbors: Numbers<NodeIndex>,
    /// Parallel to `neighbors`. Absent: every arc weighs 1.
    pub(super) weights: Option<Numbers<f64>>,
}

impl Csr {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of edges as they were added, parallel ones each.
    pub fn edge_count(&self) -> usize {
        self.edge_count
    }

    /// Number of entries in all rows.
    pub fn arc_count(&self) -> usize {
        self.neighbors.len()
    }

    /// Bytes of memory these rows hold; what is in temporary files does not count.
    pub fn memory_bytes(&self) -> u64 {
        let weights = self.weights.as_ref().map_or(0, Numbers::memory_bytes);
        self.offsets.memory_bytes() + self.neighbors.memory_bytes() + weights
    }

    /// Upper bound of [`memory_bytes`](Self::memory_bytes) for so many nodes and arcs, before it is built. Parallel edges that
    /// are added up without a `weight` count more: their sums make the rows weighted.
    pub(super) fn estimate_bytes(nodes: u64, arcs: u64, weighted: bool) -> u64 {
        let arc = if weighted { 12 } else { 4 };
        nodes.saturating_add(1).saturating_mul(8).saturating_add(arcs.saturating_mul(arc))
    }

    /// Whether arcs have weights. False means that all weigh 1. Rows built without weights have them nevertheless
    /// when parallel edges were added up.
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// Where the lists of `v` lie in the arrays over all arcs.
    #[inline(always)]
    pub(crate) fn arcs(&self, v: NodeIndex) -> Range<usize> {
        let v = v as usize;
        self.offsets[v] as usize..self.offsets[v + 1] as usize
    }

    pub(crate) fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    pub(crate) fn all_neighbors(&self) -> &[NodeIndex] {
        &self.neighbors
    }

    pub(crate) fn all_weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Length of the row of `v`.
    ///
    /// # Panics
    /// Like all accessors by node, when `v` is not below [`node_count`](Self::node_count).
    #[inline]
    pub fn degree(&self, v: NodeIndex) -> usize {
        self.arcs(v).len()
    }

    /// The row of `v`, ascending; where parallel edges are kept apart, a neighbour stands once for each.
    #[inline]
    pub fn neighbors(&self, v: NodeIndex) -> &[NodeIndex] {
        &self.neighbors[self.arcs(v)]
    }

    /// Weights parallel to [`neighbors`](Self::neighbors); `None` when all weigh 1.
    #[inline]
    pub fn weights(&self, v: NodeIndex) -> Option<&[f64]> {
        self.weights.as_ref().map(|weights| &weights[self.arcs(v)])
    }
}
