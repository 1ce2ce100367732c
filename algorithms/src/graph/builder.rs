//! Building graphs from edges in memory; [`files`](super::files) does it with edges in a temporary file.

use super::csr::{Csr, NodeIndex};
use super::directed::{DirectedGraph, Parallel};
use super::property::PropertyGraph;
use super::rows::{EdgeList, Fill, Rows};
use super::undirected::Graph;
use crate::core::error::Error;
use crate::machine::pages::prefer_huge;

/// Collects edges for a [`Graph`] or a [`DirectedGraph`].
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    node_count: usize,
    from: Vec<NodeIndex>,
    to: Vec<NodeIndex>,
    /// Empty when not weighted.
    weights: Vec<f64>,
    weighted: bool,
}

impl GraphBuilder {
    /// A builder for nodes `0..node_count`. Without `weighted`, the weights given with edges are ignored: all are 1.
    pub fn new(node_count: usize, weighted: bool) -> Self {
        GraphBuilder { node_count, from: Vec::new(), to: Vec::new(), weights: Vec::new(), weighted }
    }

    /// A builder with the edges of a property graph.
    pub fn of(graph: &PropertyGraph) -> Self {
        let mut builder = GraphBuilder::new(graph.node_count(), graph.weights.is_some());
        builder.extend(&graph.from, &graph.to, graph.weights.as_deref().unwrap_or_default());
        builder
    }

    /// Makes room for `edges` more edges.
    pub fn reserve(&mut self, edges: usize) {
        self.from.reserve(edges);
        self.to.reserve(edges);
        if self.weighted {
            self.weights.reserve(edges);
        }
    }

    /// Adds one edge. Its direction does not matter to an undirected graph.
    pub fn add_edge(&mut self, from: NodeIndex, to: NodeIndex, weight: f64) {
        self.from.push(from);
        self.to.push(to);
        if self.weighted {
            self.weights.push(weight);
        }
    }

    /// Adds many edges: edge `i` is `from[i]` to `to[i]` with `weights[i]`, or 1 where `weights` is shorter (or
    /// empty). The longer of `from` and `to` is cut.
    pub fn extend(&mut self, from: &[NodeIndex], to: &[NodeIndex], weights: &[f64]) {
        let count = from.len().min(to.len());
        self.from.extend_from_slice(&from[..count]);
        self.to.extend_from_slice(&to[..count]);
        if self.weighted {
            let given = weights.len().min(count);
            self.weights.extend_from_slice(&weights[..given]);
            self.weights.resize(self.from.len(), 1.0);
        }
    }

    /// Edges added so far.
    pub fn edge_count(&self) -> usize {
        self.from.len()
    }

    /// Builds the undirected graph with parallel edges added up, on the threads of `pool` if given.
    ///
    /// # Errors
    /// [`Error::NoSuchNode`], [`Error::BadWeight`], [`Error::TooManyNodes`].
    pub fn build(self, pool: Option<&rayon::ThreadPool>) -> Result<Graph, Error> {
        self.build_undirected(Parallel::Sum, pool)
    }

    /// Builds the undirected graph.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_undirected(self, parallel: Parallel, pool: Option<&rayon::ThreadPool>) -> Result<Graph, Error> {
        let parts = self.rows(Rows::fill::<true, true>, parallel, pool)?;
        let (nodes, edges) = (self.node_count, self.from.len());
        // The edge list is not needed any more, and would add to the peak.
        drop(self);
        Ok(Graph(join(parts, nodes, edges)))
    }

    /// Builds the directed graph.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_directed(self, parallel: Parallel, pool: Option<&rayon::ThreadPool>) -> Result<DirectedGraph, Error> {
        let (nodes, edges) = (self.node_count, self.from.len());
        let outgoing = join(self.rows(Rows::fill::<true, false>, parallel, pool)?, nodes, edges);
        let incoming = self.rows(Rows::fill::<false, true>, parallel, pool)?;
        drop(self);
        Ok(DirectedGraph { outgoing, incoming: join(incoming, nodes, edges) })
    }

    /// The rows of each range of nodes, each filled by `fill`.
    fn rows(&self, fill: Fill, parallel: Parallel, pool: Option<&rayon::ThreadPool>) -> Result<Vec<Rows>, Error> {
        let edges = EdgeList { from: &self.from, to: &self.to, weights: self.weighted.then_some(&*self.weights) };
        edges.check(self.node_count)?;
        let threads = pool.map_or(1, rayon::ThreadPool::current_num_threads);
        // Each range scans all edges: more than 16 would read more than they write.
        let ranges = if self.from.len() < 10_000 { 1 } else { threads.clamp(1, 16) };
        let bound = |part: usize| (self.node_count as u64 * part as u64 / ranges as u64) as u32;
        let mut parts: Vec<Rows> = (0..ranges).map(|part| Rows::new(bound(part)..bound(part + 1))).collect();
        match pool {
            Some(pool) if ranges > 1 => pool.scope(|scope| {
                for part in &mut parts {
                    scope.spawn(|_| fill(part, edges, parallel));
                }
            }),
            _ => parts.iter_mut().for_each(|part| fill(part, edges, parallel)),
        }
        Ok(parts)
    }
}

fn join(parts: Vec<Rows>, node_count: usize, edge_count: usize) -> Csr {
    let arcs = parts.iter().map(|part| part.neighbors.len()).sum();
    let weighted = parts.iter().any(|part| part.weights.iter().any(|&weight| weight != 1.0));
    let mut offsets: Vec<u64> = Vec::with_capacity(node_count + 1);
    let mut neighbors: Vec<NodeIndex> = Vec::with_capacity(arcs);
    let mut weights = weighted.then(|| Vec::<f64>::with_capacity(arcs));
    prefer_huge(offsets.spare_capacity_mut());
    prefer_huge(neighbors.spare_capacity_mut());
    if let Some(weights) = &mut weights {
        prefer_huge(weights.spare_capacity_mut());
    }
    for part in parts {
        let base = neighbors.len() as u64;
        offsets.extend(part.starts[..part.starts.len() - 1].iter().map(|start| base + start));
        neighbors.extend_from_slice(&part.neighbors);
        if let Some(weights) = &mut weights {
            weights.extend_from_slice(&part.weights);
            // A part without weights is one where all are 1.
            weights.resize(neighbors.len(), 1.0);
        }
    }
    offsets.push(arcs as u64);
    Csr { edge_count, offsets: offsets.into(), neighbors: neighbors.into(), weights: weights.map(Into::into) }
}
