//! Triangles, each found once: from its node with the fewest neighbours.
//!
//! Nodes are numbered by degree, and each edge is kept at the end with the lower number, so that no list is longer than about the
//! square root of the number of edges (Schank and Wagner, "Finding, counting and listing all triangles in large graphs", WEA
//! 2005). A thread marks the list of a node and looks up those of its neighbours. What is counted are integers, which threads
//! add up for themselves.

use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::Directed;

/// Neighbours without self-loops, and how many directed edges join each: 1 or 2.
pub(super) struct Neighbors {
    offsets: Vec<usize>,
    neighbors: Vec<NodeIndex>,
    edges: Option<Vec<u8>>,
}

impl Neighbors {
    /// Of an undirected graph without parallel edges.
    pub fn of(crew: Crew, rows: &Csr) -> Result<Self, Error> {
        let lists = crew.parts(rows.node_count(), 4096, |range| {
            let (mut ends, mut list) = (Vec::with_capacity(range.len()), Vec::new());
            for v in range {
                list.extend(rows.neighbors(v as NodeIndex).iter().filter(|&&u| u as usize != v));
                ends.push(list.len());
            }
            (ends, list, Vec::new())
        })?;
        Ok(Self::join(rows.node_count(), lists, false))
    }

    /// Of a directed graph without parallel edges.
    pub fn of_directed(crew: Crew, graph: Directed<'_>) -> Result<Self, Error> {
        let nodes = graph.outgoing.node_count();
        let lists = crew.parts(nodes, 4096, |range| {
            let (mut ends, mut list, mut edges) = (Vec::with_capacity(range.len()), Vec::new(), Vec::new());
            for v in range.map(|v| v as NodeIndex) {
                let (mut a, mut b) = (graph.outgoing.neighbors(v), graph.incoming.neighbors(v));
                while let Some(&u) = a.first().into_iter().chain(b.first()).min() {
                    let in_both = a.first() == b.first();
                    a = if a.first() == Some(&u) { &a[1..] } else { a };
                    b = if b.first() == Some(&u) { &b[1..] } else { b };
                    if u != v {
                        list.push(u);
                        edges.push(1 + u8::from(in_both));
                    }
                }
                ends.push(list.len());
            }
            (ends, list, edges)
        })?;
        Ok(Self::join(nodes, lists, true))
    }

    fn join(nodes: usize, lists: Vec<(Vec<usize>, Vec<NodeIndex>, Vec<u8>)>, directed: bool) -> Self {
        let mut offsets = Vec::with_capacity(nodes + 1);
        offsets.push(0);
        let (mut neighbors, mut edges) = (Vec::new(), Vec::new());
        for (ends, list, own) in lists {
            let base = neighbors.len();
            offsets.extend(ends.iter().map(|end| base + end));
            neighbors.extend_from_slice(&list);
            edges.extend_from_slice(&own);
        }
        Neighbors { offsets, neighbors, edges: directed.then_some(edges) }
    }

    pub fn degree(&self, v: usize) -> usize {
        self.offsets[v + 1] - self.offsets[v]
    }
}

/// Of each node, over the triangles it is part of, the number of directed edges between the other two; 1 for each triangle where
/// edges have no direction.
pub(super) fn count(crew: Crew, graph: &Neighbors) -> Result<Vec<u64>, Error> {
    let nodes = graph.offsets.len() - 1;
    // Nodes by degree, a counting sort; ties by number.
    let most = (0..nodes).map(|v| graph.degree(v)).max().unwrap_or(0);
    let mut starts = vec![0usize; most + 2];
    (0..nodes).for_each(|v| starts[graph.degree(v) + 1] += 1);
    (1..starts.len()).for_each(|d| starts[d] += starts[d - 1]);
    let (mut by_degree, mut rank) = (vec![0u32; nodes], vec![0u32; nodes]);
    for v in 0..nodes {
        let slot = &mut starts[graph.degree(v)];
        by_degree[*slot] = v as u32;
        rank[v] = *slot as u32;
        *slot += 1;
    }
    let forward = crew.parts(nodes, 1024, |range| {
        let (mut ends, mut list) = (Vec::with_capacity(range.len()), Vec::new());
        let mut own: Vec<(u32, u8)> = Vec::new();
        for r in range {
            let v = by_degree[r] as usize;
            own.clear();
            for at in graph.offsets[v]..graph.offsets[v + 1] {
                let other = rank[graph.neighbors[at] as usize];
                if other as usize > r {
                    own.push((other, graph.edges.as_ref().map_or(1, |edges| edges[at])));
                }
            }
            own.sort_unstable();
            list.extend_from_slice(&own);
            ends.push(list.len());
        }
        (ends, list)
    })?;
    let mut offsets = Vec::with_capacity(nodes + 1);
    offsets.push(0);
    let (mut ahead, mut edges) = (Vec::new(), Vec::new());
    for (ends, list) in forward {
        let base = ahead.len();
        offsets.extend(ends.iter().map(|end| base + end));
        ahead.extend(list.iter().map(|(v, _)| *v));
        if graph.edges.is_some() {
            edges.extend(list.iter().map(|(_, edges)| *edges));
        }
    }
    let forward = Forward { offsets, ahead, edges: graph.edges.is_some().then_some(edges) };
    const PIECE: usize = 64;
    let pieces = (0..nodes.div_ceil(PIECE)).rev().map(|piece| piece * PIECE..((piece + 1) * PIECE).min(nodes));
    let new = || (vec![0u8; nodes], vec![0u64; nodes]);
    let states = crew.context.for_each_with(crew.threads, pieces, new, |(marks, counts), range| {
        for r in range {
            match &forward.edges {
                None => forward.plain(r, marks, counts),
                Some(edges) => forward.directed(r, edges, marks, counts),
            }
        }
        Ok(())
    })?;
    let mut counts = vec![0; nodes];
    for (_, own) in states {
        own.iter().zip(&by_degree).for_each(|(own, &v)| counts[v as usize] += own);
    }
    Ok(counts)
}

/// The neighbours of each node that come behind it in the order of degree, by their places in it.
struct Forward {
    offsets: Vec<usize>,
    ahead: Vec<u32>,
    edges: Option<Vec<u8>>,
}

impl Forward {
    fn plain(&self, r: usize, marks: &mut [u8], counts: &mut [u64]) {
        let list = |r: usize| &self.ahead[self.offsets[r]..self.offsets[r + 1]];
        let own = list(r);
        own.iter().for_each(|&a| marks[a as usize] = 1);
        let mut all = 0;
        for &a in own {
            let mut both = 0;
            for &b in list(a as usize) {
                if marks[b as usize] != 0 {
                    both += 1;
                    counts[b as usize] += 1;
                }
            }
            counts[a as usize] += both;
            all += both;
        }
        counts[r] += all;
        own.iter().for_each(|&a| marks[a as usize] = 0);
    }

    fn directed(&self, r: usize, edges: &[u8], marks: &mut [u8], counts: &mut [u64]) {
        let arcs = |r: usize| self.offsets[r]..self.offsets[r + 1];
        arcs(r).for_each(|at| marks[self.ahead[at] as usize] = edges[at]);
        for at in arcs(r) {
            let a = self.ahead[at] as usize;
            for behind in arcs(a) {
                let b = self.ahead[behind] as usize;
                let mark = marks[b];
                if mark != 0 {
                    counts[r] += u64::from(edges[behind]);
                    counts[a] += u64::from(mark);
                    counts[b] += u64::from(edges[at]);
                }
            }
        }
        arcs(r).for_each(|at| marks[self.ahead[at] as usize] = 0);
    }
}
