//! The undirected view: edges are seen in both directions; parallel edges are one with the sum of their weights unless
//! the algorithm asks for something else (A->B and B->A together weigh 2); a self-loop stands once in its node's row.

use std::ops::Deref;

use super::csr::{Csr, NodeIndex};

/// A read-only undirected graph. Its rows ([`Csr`]) hold the neighbours of each node.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph(pub(super) Csr);

impl Deref for Graph {
    type Target = Csr;

    fn deref(&self) -> &Csr {
        &self.0
    }
}

impl Graph {
    /// Upper bound of the bytes of a graph of this size, before it is built. Parallel edges without a `weight` count
    /// too: their sums make it a weighted view.
    pub fn estimate_bytes(nodes: u64, edges: u64, weighted: bool) -> u64 {
        Csr::estimate_bytes(nodes, edges.saturating_mul(2), weighted)
    }

    /// Whether an edge joins `a` and `b` (`a == b`: whether there is a self-loop), by binary search in the shorter list.
    #[inline]
    pub fn has_edge(&self, a: NodeIndex, b: NodeIndex) -> bool {
        let (of_a, of_b) = (self.neighbors(a), self.neighbors(b));
        if of_a.len() <= of_b.len() { contains(of_a, b) } else { contains(of_b, a) }
    }
}

/// Binary search without a branch that could be mispredicted.
#[inline(always)]
fn contains(sorted: &[NodeIndex], wanted: NodeIndex) -> bool {
    let (mut base, mut length) = (0, sorted.len());
    while length > 1 {
        let half = length / 2;
        base += usize::from(sorted[base + half - 1] < wanted) * half;
        length -= half;
    }
    length == 1 && sorted[base] == wanted
}
