//! The graph view: an undirected graph in compressed sparse rows (CSR), read-only once built.
//!
//! Edges are seen in both directions; parallel edges are one with the sum of their weights (A->B and B->A together
//! weigh 2); a self-loop stands once in its node's list. Neighbours are in ascending order.
//!
//! Building: the edge list is scanned once to count and once to place by each of a few node ranges, so each thread
//! writes only to its own part of the arrays and no lock or atomic is needed. The sort of each list is stable in edge
//! order, so that sums of weights have the same bits on both sides of an edge and for any number of threads.

use std::ops::Range;

use crate::core::error::Error;
use crate::machine::pages::prefer_huge;

/// Dense number of a node in a graph view: 0 for the first.
pub type NodeIndex = u32;

/// A read-only undirected graph; see the module's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    edge_count: usize,
    /// Row `v` is `neighbors[offsets[v]..offsets[v + 1]]`; u64, so that 4 G arcs are no limit.
    offsets: Vec<u64>,
    neighbors: Vec<NodeIndex>,
    /// Parallel to `neighbors`. Absent: every arc weighs 1.
    weights: Option<Vec<f64>>,
}

impl Graph {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of edges as they were added, parallel ones each.
    pub fn edge_count(&self) -> usize {
        self.edge_count
    }

    /// Number of entries in all neighbour lists: twice the distinct edges, self-loops once.
    pub fn arc_count(&self) -> usize {
        self.neighbors.len()
    }

    /// Bytes this graph view holds.
    pub fn memory_bytes(&self) -> u64 {
        let weights = self.weights.as_ref().map_or(0, |weights| weights.capacity() * size_of::<f64>());
        (self.offsets.capacity() * size_of::<u64>() + self.neighbors.capacity() * size_of::<NodeIndex>() + weights)
            as u64
    }

    /// Upper bound of [`memory_bytes`](Self::memory_bytes) for a graph of this size, before it is built. Parallel
    /// edges without a `weight` count too: their sums make it a weighted view.
    pub fn estimate_bytes(nodes: u64, edges: u64, weighted: bool) -> u64 {
        let arc = if weighted { 12 } else { 4 };
        nodes.saturating_add(1).saturating_mul(8).saturating_add(edges.saturating_mul(2).saturating_mul(arc))
    }

    /// Whether arcs have weights. False means that all weigh 1. A graph built without weights has them nevertheless
    /// when it has parallel edges.
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

    /// Number of distinct neighbours of `v`, itself included if it has a self-loop.
    ///
    /// # Panics
    /// Like all accessors by node, when `v` is not below [`node_count`](Self::node_count).
    #[inline]
    pub fn degree(&self, v: NodeIndex) -> usize {
        self.arcs(v).len()
    }

    /// Neighbours of `v`, ascending, each once.
    #[inline]
    pub fn neighbors(&self, v: NodeIndex) -> &[NodeIndex] {
        &self.neighbors[self.arcs(v)]
    }

    /// Weights parallel to [`neighbors`](Self::neighbors); `None` when all weigh 1.
    #[inline]
    pub fn weights(&self, v: NodeIndex) -> Option<&[f64]> {
        self.weights.as_ref().map(|weights| &weights[self.arcs(v)])
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

/// Collects edges for a [`Graph`].
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

    /// Makes room for `edges` more edges.
    pub fn reserve(&mut self, edges: usize) {
        self.from.reserve(edges);
        self.to.reserve(edges);
        if self.weighted {
            self.weights.reserve(edges);
        }
    }

    /// Adds one edge. Its direction does not matter to the undirected view.
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

    /// Builds the graph view, on the threads of `pool` if given.
    ///
    /// # Errors
    /// [`Error::NoSuchNode`], [`Error::BadWeight`], [`Error::TooManyNodes`].
    pub fn build(self, pool: Option<&rayon::ThreadPool>) -> Result<Graph, Error> {
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
                    scope.spawn(|_| part.fill(&self));
                }
            }),
            _ => parts.iter_mut().for_each(|part| part.fill(&self)),
        }
        Ok(self.join(parts))
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

    fn join(self, parts: Vec<Rows>) -> Graph {
        let edge_count = self.from.len();
        let node_count = self.node_count;
        // The edge list is not needed any more, and would add to the peak.
        drop(self);
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
        Graph { edge_count, offsets, neighbors, weights }
    }
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

    /// Counts, places, sorts and merges the arcs that leave this range's nodes.
    fn fill(&mut self, edges: &GraphBuilder) {
        let first = self.nodes.start;
        let count = self.nodes.len();
        let row = |v: NodeIndex| {
            let row = v.wrapping_sub(first) as usize;
            (row < count).then_some(row)
        };
        self.starts = vec![0u64; count + 2];
        for (&from, &to) in edges.from.iter().zip(&edges.to) {
            if let Some(row) = row(from) {
                self.starts[row + 2] += 1;
            }
            if let Some(row) = row(to).filter(|_| from != to) {
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
            place(row(from), to);
            place(row(to).filter(|_| from != to), from);
        }
        self.starts.pop();
        self.sort();
        self.merge();
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

    /// Makes parallel edges one arc with the sum of their weights.
    fn merge(&mut self) {
        let parallel = self.starts.windows(2).any(|row| {
            let list = &self.neighbors[row[0] as usize..row[1] as usize];
            list.windows(2).any(|pair| pair[0] == pair[1])
        });
        if !parallel {
            return;
        }
        if self.weights.is_empty() {
            self.weights = vec![1.0; self.neighbors.len()];
        }
        let mut kept = 0;
        for row in 0..self.starts.len() - 1 {
            let arcs = self.starts[row] as usize..self.starts[row + 1] as usize;
            let start = kept;
            self.starts[row] = start as u64;
            for arc in arcs {
                if kept > start && self.neighbors[kept - 1] == self.neighbors[arc] {
                    // Finite weights may add up to infinity; the largest number is near enough.
                    self.weights[kept - 1] = (self.weights[kept - 1] + self.weights[arc]).min(f64::MAX);
                } else {
                    self.neighbors[kept] = self.neighbors[arc];
                    self.weights[kept] = self.weights[arc];
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
