//! Connected components: union-find, on several threads.
//!
//! A tree's root is its least node, because a root is only ever hung below a smaller one: so the root of each component in the
//! end is its least node, whatever the order of work. First a few edges of each node are joined, which nearly always makes one
//! large component; the nodes found in it need not look at their other edges (Sutton, Ben-Nun and Barak, "Optimizing parallel
//! graph connectivity computation via subgraph sampling", IPDPS 2018).

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::core::crew::{Crew, PIECE};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};

/// Edges of each node that are joined first.
const FIRST: usize = 2;

/// The least node of each node's component; `rows` hold each edge at both of its ends.
pub(crate) fn components(crew: Crew, rows: &Csr) -> Result<Vec<NodeIndex>, Error> {
    let mut forest = Forest::new(rows.node_count());
    for round in 0..FIRST {
        forest.grow(crew, |forest, v| {
            if let Some(&u) = rows.neighbors(v).get(round) {
                forest.join(v, u);
            }
        })?;
        forest.compress(crew)?;
    }
    let large = forest.most_frequent();
    forest.grow(crew, |forest, v| {
        if forest.above(v) != large {
            for &u in rows.neighbors(v).iter().skip(FIRST) {
                forest.join(v, u);
            }
        }
    })?;
    forest.roots(crew)
}

/// Sets of nodes as trees, which threads join at the same time.
pub(crate) struct Forest(Vec<AtomicU32>);

impl Forest {
    pub fn new(nodes: usize) -> Self {
        Forest((0..nodes as u32).map(AtomicU32::new).collect())
    }

    /// Calls `with` for each node, which joins it to others.
    pub fn grow(&self, crew: Crew, with: impl Fn(&Self, NodeIndex) + Sync) -> Result<(), Error> {
        let nodes = self.0.len();
        let pieces = (0..nodes.div_ceil(PIECE)).map(|piece| piece * PIECE..((piece + 1) * PIECE).min(nodes));
        crew.context.for_each(crew.threads, pieces, |range| {
            range.for_each(|v| with(self, v as NodeIndex));
            Ok(())
        })
    }

    /// Makes one set of two.
    pub fn join(&self, a: NodeIndex, b: NodeIndex) {
        let (mut a, mut b) = (self.above(a), self.above(b));
        while a != b {
            let (high, low) = if a > b { (a, b) } else { (b, a) };
            match self.0[high as usize].compare_exchange(high, low, Relaxed, Relaxed) {
                Ok(_) => return,
                // It has been hung up already: go on above it.
                Err(up) => (a, b) = (self.above(up), self.above(low)),
            }
        }
    }

    /// The least node of each node's set.
    pub fn roots(mut self, crew: Crew) -> Result<Vec<NodeIndex>, Error> {
        self.compress(crew)?;
        Ok(self.0.into_iter().map(AtomicU32::into_inner).collect())
    }

    /// Hangs each node below its root.
    fn compress(&mut self, crew: Crew) -> Result<(), Error> {
        self.grow(crew, |forest, v| {
            let mut root = forest.above(v);
            loop {
                let up = forest.above(root);
                if up == root {
                    break;
                }
                root = up;
            }
            forest.0[v as usize].store(root, Relaxed);
        })
    }

    fn above(&self, v: NodeIndex) -> NodeIndex {
        self.0[v as usize].load(Relaxed)
    }

    /// The root most often seen among 1,024 nodes. The choice makes it fast, never wrong.
    fn most_frequent(&self) -> NodeIndex {
        let step = (self.0.len() / 1024).max(1);
        let mut roots: Vec<u32> = self.0.iter().step_by(step).map(|root| root.load(Relaxed)).collect();
        roots.sort_unstable();
        let largest = roots.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
        largest.and_then(|run| run.first().copied()).unwrap_or(0)
    }
}

/// Union-find on one thread.
pub(crate) struct Sets(Vec<NodeIndex>);

impl Sets {
    pub fn new(count: usize) -> Self {
        Sets((0..count as NodeIndex).collect())
    }

    /// The set of an element: its least element.
    pub fn of(&mut self, mut v: NodeIndex) -> NodeIndex {
        while self.0[v as usize] != v {
            // Halves the way up.
            let above = self.0[self.0[v as usize] as usize];
            self.0[v as usize] = above;
            v = above;
        }
        v
    }

    /// Makes one set of two; whether they were two.
    pub fn join(&mut self, a: NodeIndex, b: NodeIndex) -> bool {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::context::Context;
    use crate::testing::{plain, pool, random_edges};

    #[test]
    fn components_are_those_of_plain_union_find() {
        for (nodes, count) in [(1, 0), (50, 30), (3000, 2000), (20_000, 15_000), (20_000, 60_000)] {
            let edges: Vec<(u32, u32)> = random_edges(nodes, count, 3).iter().map(|edge| (edge.0, edge.1)).collect();
            let mut sets = Sets::new(nodes as usize);
            edges.iter().for_each(|&(a, b)| {
                sets.join(a, b);
            });
            let wanted: Vec<u32> = (0..nodes).map(|v| sets.of(v)).collect();
            for threads in [1, 2, 7] {
                let pool = pool(threads);
                let context = Context::new(&pool);
                let graph = plain(nodes as usize, &edges);
                assert_eq!(components(Crew::new(&context, None), &graph).unwrap(), wanted);
            }
        }
    }
}
