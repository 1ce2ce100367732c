//! Building graphs that are too large to have their edges, or their rows too, in memory.
//!
//! Edges go to a temporary file as they come. Rows are made for one range of nodes after the other, as many as there is
//! memory for, and written behind each other: the list of edges is read in order, once for the degrees and twice for each
//! range. The rows are those of [`GraphBuilder`](super::builder::GraphBuilder), bit for bit.

use std::ops::Range;

use rayon::ThreadPool;

use super::csr::{Csr, NodeIndex};
use super::directed::{DirectedGraph, Parallel};
use super::rows::{EdgeList, Fill, Rows};
use super::undirected::Graph;
use crate::core::error::Error;
use crate::core::numbers::{Numbers, NumbersWriter};
use crate::core::scratch::Scratch;

/// Collects edges in a temporary file for a [`Graph`] or a [`DirectedGraph`].
pub struct FileGraphBuilder<'a> {
    node_count: usize,
    from: NumbersWriter<NodeIndex>,
    to: NumbersWriter<NodeIndex>,
    weights: Option<NumbersWriter<f64>>,
    scratch: &'a dyn Scratch,
    mapped: bool,
    budget: u64,
}

impl<'a> FileGraphBuilder<'a> {
    /// A builder for nodes `0..node_count`. With `mapped` the graph is in temporary files, too, else in memory. About
    /// `budget` bytes may be taken for rows while they are made.
    ///
    /// # Errors
    /// [`Error::Scratch`].
    pub fn new(
        node_count: usize,
        weighted: bool,
        scratch: &'a dyn Scratch,
        mapped: bool,
        budget: u64,
    ) -> Result<Self, Error> {
        let weights = if weighted { Some(NumbersWriter::new(Some(scratch), 0)?) } else { None };
        let (from, to) = (NumbersWriter::new(Some(scratch), 0)?, NumbersWriter::new(Some(scratch), 0)?);
        Ok(FileGraphBuilder { node_count, from, to, weights, scratch, mapped, budget })
    }

    /// Adds one edge.
    ///
    /// # Errors
    /// [`Error::Scratch`].
    pub fn add_edge(&mut self, from: NodeIndex, to: NodeIndex, weight: f64) -> Result<(), Error> {
        self.from.push(from)?;
        self.to.push(to)?;
        self.weights.as_mut().map_or(Ok(()), |weights| weights.push(weight))
    }

    /// Builds the undirected graph.
    ///
    /// # Errors
    /// As [`GraphBuilder::build`](super::builder::GraphBuilder::build), and [`Error::Scratch`].
    pub fn build_undirected(self, parallel: Parallel, pool: &ThreadPool) -> Result<Graph, Error> {
        Ok(Graph(self.list()?.rows((true, true), Rows::fill::<true, true>, parallel, pool)?))
    }

    /// Builds the directed graph.
    ///
    /// # Errors
    /// As [`build_undirected`](Self::build_undirected).
    pub fn build_directed(self, parallel: Parallel, pool: &ThreadPool) -> Result<DirectedGraph, Error> {
        let list = self.list()?;
        let outgoing = list.rows((true, false), Rows::fill::<true, false>, parallel, pool)?;
        Ok(DirectedGraph { outgoing, incoming: list.rows((false, true), Rows::fill::<false, true>, parallel, pool)? })
    }

    /// The edges as they were added.
    fn list(self) -> Result<List<'a>, Error> {
        let FileGraphBuilder { node_count, from, to, weights, scratch, mapped, budget } = self;
        let (from, to) = (from.finish()?, to.finish()?);
        let weights = weights.map(NumbersWriter::finish).transpose()?;
        let list = List { node_count, from, to, weights, scratch: mapped.then_some(scratch), budget };
        list.edges().check(node_count)?;
        Ok(list)
    }
}

/// All edges, mapped.
struct List<'a> {
    node_count: usize,
    from: Numbers<NodeIndex>,
    to: Numbers<NodeIndex>,
    weights: Option<Numbers<f64>>,
    /// Where the rows go when not to memory.
    scratch: Option<&'a dyn Scratch>,
    budget: u64,
}

impl List<'_> {
    fn edges(&self) -> EdgeList<'_> {
        EdgeList { from: &self.from, to: &self.to, weights: self.weights.as_deref() }
    }

    /// Entries in each row before parallel edges are made one; a self-loop stands once in an undirected graph.
    fn degrees(&self, (at_from, at_to): (bool, bool)) -> Vec<u32> {
        let mut degrees = vec![0u32; self.node_count];
        for (&from, &to) in self.from.iter().zip(&*self.to) {
            if at_from {
                degrees[from as usize] = degrees[from as usize].saturating_add(1);
            }
            if at_to && (!at_from || from != to) {
                degrees[to as usize] = degrees[to as usize].saturating_add(1);
            }
        }
        degrees
    }

    /// Ranges of nodes whose rows take a share of the budget each, one at least.
    fn ranges(&self, degrees: &[u32], threads: usize) -> Vec<Range<u32>> {
        // Entries while they are merged, and where each row begins.
        let entry = if self.weights.is_some() { 12 } else { 4 };
        let share = self.budget / threads as u64;
        let (mut ranges, mut first, mut bytes) = (Vec::new(), 0, 0u64);
        for (node, &degree) in degrees.iter().enumerate() {
            let own = 8 + entry * u64::from(degree);
            if bytes > 0 && bytes + own > share {
                ranges.push(first..node as u32);
                (first, bytes) = (node as u32, 0);
            }
            bytes += own;
        }
        ranges.push(first..self.node_count as u32);
        ranges
    }

    fn rows(&self, ends: (bool, bool), fill: Fill, parallel: Parallel, pool: &ThreadPool) -> Result<Csr, Error> {
        let degrees = self.degrees(ends);
        let arcs: u64 = degrees.iter().map(|&degree| u64::from(degree)).sum();
        // Each thread reads the whole list.
        let threads = pool.current_num_threads().clamp(1, 16);
        let ranges = self.ranges(&degrees, threads);
        drop(degrees);
        let arcs = usize::try_from(arcs).unwrap_or(usize::MAX);
        let mut offsets = NumbersWriter::new(self.scratch, self.node_count + 1)?;
        let mut neighbors: NumbersWriter<NodeIndex> = NumbersWriter::new(self.scratch, arcs)?;
        // There from the first weight other than 1 on.
        let mut weights: Option<NumbersWriter<f64>> = None;
        for ranges in ranges.chunks(threads) {
            let mut parts: Vec<Rows> = ranges.iter().cloned().map(Rows::new).collect();
            pool.scope(|scope| {
                for part in &mut parts {
                    scope.spawn(|_| fill(part, self.edges(), parallel));
                }
            });
            for part in parts {
                let base = neighbors.len();
                offsets.extend(part.starts[..part.starts.len() - 1].iter().map(|start| base as u64 + start))?;
                if weights.is_none() && part.weights.iter().any(|&weight| weight != 1.0) {
                    let mut ones = NumbersWriter::new(self.scratch, arcs)?;
                    ones.extend(std::iter::repeat_n(1.0, base))?;
                    weights = Some(ones);
                }
                if let Some(weights) = &mut weights {
                    weights.extend_from_slice(&part.weights)?;
                    // A part without weights is one where all are 1.
                    weights.extend(std::iter::repeat_n(1.0, base + part.neighbors.len() - weights.len()))?;
                }
                neighbors.extend_from_slice(&part.neighbors)?;
            }
        }
        offsets.push(neighbors.len() as u64)?;
        let weights = weights.map(NumbersWriter::finish).transpose()?;
        Ok(Csr { edge_count: self.from.len(), offsets: offsets.finish()?, neighbors: neighbors.finish()?, weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::builder::GraphBuilder;
    use crate::testing::{MemoryScratch, pool, small_world};

    #[test]
    fn rows_are_those_of_a_graph_built_in_memory() {
        let scratch = MemoryScratch::default();
        let mut edges: Vec<(u32, u32, f64)> =
            small_world(300, 3, 9).into_iter().map(|(a, b)| (a, b, f64::from(1 + (a * b) % 3))).collect();
        // Loops, parallel edges both ways, a hub; the last nodes have none.
        edges.extend([(5, 5, 2.0), (5, 5, 1.0), (7, 8, 0.5), (8, 7, 0.25), (7, 8, 4.0)]);
        edges.extend((20..200).map(|v| (3, v, 1.0)));
        for (edges, nodes) in [(&edges[..], 310), (&[], 4), (&[], 0)] {
            for weighted in [false, true] {
                for parallel in [Parallel::Sum, Parallel::Min, Parallel::Keep] {
                    let mut builder = GraphBuilder::new(nodes, weighted);
                    edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
                    let undirected = builder.clone().build_undirected(parallel, None).unwrap();
                    let directed = builder.build_directed(parallel, None).unwrap();
                    for (threads, mapped, budget) in [(1, true, 0), (2, true, 3000), (7, false, 1 << 20)] {
                        let pool = pool(threads);
                        let build = || {
                            let mut builder = FileGraphBuilder::new(nodes, weighted, &scratch, mapped, budget).unwrap();
                            edges.iter().for_each(|&(a, b, weight)| builder.add_edge(a, b, weight).unwrap());
                            builder
                        };
                        let graph = build().build_undirected(parallel, &pool).unwrap();
                        assert!(graph == undirected, "{weighted} {parallel:?} {threads}");
                        assert_eq!(graph.memory_bytes() == 0, mapped);
                        assert!(build().build_directed(parallel, &pool).unwrap() == directed);
                    }
                }
            }
        }
        let mut builder = FileGraphBuilder::new(2, true, &scratch, true, 0).unwrap();
        builder.add_edge(0, 1, f64::NAN).unwrap();
        assert!(matches!(builder.build_undirected(Parallel::Sum, &pool(1)), Err(Error::BadWeight { edge: 0, .. })));
        assert_eq!(scratch.files(), 0);
    }
}
