//! The directed view: for each node the edges that leave it, and the edges that reach it.

use super::csr::Csr;

crate::choices! {
    /// Which way an algorithm sees edges.
    pub enum Orientation {
        /// From where they start to where they end.
        Natural = "natural",
        /// From where they end to where they start.
        Reverse = "reverse",
        /// Both ways.
        Undirected = "undirected",
    }
}

/// What parallel edges become. In the undirected view A->B and B->A are parallel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parallel {
    /// One edge with the sum of their weights: what flows, counts or pulls.
    #[default]
    Sum,
    /// One edge with the least of their weights: lengths and costs.
    Min,
    /// Edges of their own, in the order in which they were inserted.
    Keep,
}

/// A read-only directed graph: the rows of edges by where they start, and by where they end.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectedGraph {
    pub(super) outgoing: Csr,
    pub(super) incoming: Csr,
}

impl DirectedGraph {
    /// As an algorithm sees it that asks for this orientation; both ways is for [`Graph`](super::undirected::Graph), and
    /// natural here.
    pub fn oriented(&self, orientation: Orientation) -> Directed<'_> {
        match orientation {
            Orientation::Reverse => Directed { outgoing: &self.incoming, incoming: &self.outgoing },
            Orientation::Natural | Orientation::Undirected => {
                Directed { outgoing: &self.outgoing, incoming: &self.incoming }
            }
        }
    }

    /// Bytes this graph holds.
    pub fn memory_bytes(&self) -> u64 {
        self.outgoing.memory_bytes() + self.incoming.memory_bytes()
    }

    /// Upper bound of [`memory_bytes`](Self::memory_bytes) for a graph of this size, before it is built.
    pub fn estimate_bytes(nodes: u64, edges: u64, weighted: bool) -> u64 {
        Csr::estimate_bytes(nodes, edges, weighted).saturating_mul(2)
    }
}

/// A directed graph in an orientation.
#[derive(Debug, Clone, Copy)]
pub struct Directed<'a> {
    /// The edges that leave each node.
    pub outgoing: &'a Csr,
    /// The edges that reach each node.
    pub incoming: &'a Csr,
}
