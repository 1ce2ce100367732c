//! Building graphs from edges.
//!
//! The edge list is scanned once to count and once to place by each of a few node ranges, so each thread writes only to its
//! own part of the arrays and no lock or atomic is needed. The sort of each row is stable in edge order, so that sums of
//! weights have the same bits on both sides of an edge and for any number of threads.

use std::ops::Range;

use super::csr::{Csr, NodeIndex};
use super::directed::{DirectedGraph, Parallel};
use super::property::PropertyGraph;
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
    fn rows(
        &self,
        fill: fn(&mut Rows, &GraphBuilder, Parallel),
        parallel: Parallel,
        pool: Option<&rayon::ThreadPool>,
    ) -> Result<Vec<Rows>, Error> {
        // NodeIndex::MAX is kept free to mean "no node".
        if self.node_count > NodeIndex::MAX as usize {
            return Err(Error::TooManyNodes { nodes: self.node_count, max: NodeIndex::MAX as usize });
        }
        self.check()?;
        let threads = pool.map_or(1, rayon::ThreadPool::current_num_threads);
        // Each range scans all edges: more than 16 would read more than they write.
        let ranges = if self.from.len() < 10_000 { 1 } else { threads.clamp(1, 16) };
        let bound = |part: usize| (self.node_count as u64 * part as u64 / ranges as u64) as u32;
        let mut parts: Vec<Rows> = (0..ranges).map(|part| Rows::new(bound(part)..bound(part + 1))).collect();
        match pool {
            Some(pool) if ranges > 1 => pool.scope(|scope| {
                for part in &mut parts {
                    scope.spawn(|_| fill(part, self, parallel));
                }
            }),
            _ => parts.iter_mut().for_each(|part| fill(part, self, parallel)),
        }
        Ok(parts)
    }

    fn check(&self) -> Result<(), Error> {
        for (edge, (&from, &to)) in self.from.iter().zip(&self.to).enumerate() {
            let node = from.max(to);
            if node as usize >= self.node_count {
                return Err(Error::NoSuchNode { edge, node, node_count: self.node_count });
            }
        }
        match self.weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            Some(edge) => Err(Error::BadWeight { edge, weight: self.weights[edge] }),
            None => Ok(()),
        }
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
    Csr { edge_count, offsets, neighbors, weights }
}

/// The rows of one range of nodes while building.
struct Rows {
    nodes: Range<u32>,
    /// `starts[i]` = where the row of node `nodes.start + i` begins; one more at the end.
    starts: Vec<u64>,
    neighbors: Vec<NodeIndex>,
    /// Parallel to `neighbors`, or empty when all are 1.
    weights: Vec<f64>,
}

impl Rows {
    fn new(nodes: Range<u32>) -> Self {
        Rows { nodes, starts: Vec::new(), neighbors: Vec::new(), weights: Vec::new() }
    }

    /// Counts, places, sorts and merges the arcs in the rows of this range's nodes: of the edges that leave them (`FROM`),
    /// that reach them (`TO`), or both.
    fn fill<const FROM: bool, const TO: bool>(&mut self, edges: &GraphBuilder, parallel: Parallel) {
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
        for (&from, &to) in edges.from.iter().zip(&edges.to) {
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
        let weighted = edges.weighted;
        self.weights = vec![0.0; if weighted { arcs } else { 0 }];
        for (i, (&from, &to)) in edges.from.iter().zip(&edges.to).enumerate() {
            let mut place = |row: Option<usize>, neighbor| {
                if let Some(row) = row {
                    let slot = self.starts[row + 1] as usize;
                    self.starts[row + 1] += 1;
                    self.neighbors[slot] = neighbor;
                    if weighted {
                        self.weights[slot] = edges.weights[i];
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
