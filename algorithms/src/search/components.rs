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
    let nodes = rows.node_count();
    let parent: Vec<AtomicU32> = (0..nodes as u32).map(AtomicU32::new).collect();
    let pieces = || (0..nodes.div_ceil(PIECE)).map(|piece| piece * PIECE..((piece + 1) * PIECE).min(nodes));
    let compress = || {
        crew.context.for_each(crew.threads, pieces(), |range| {
            for v in range {
                parent[v].store(root(&parent, v as NodeIndex), Relaxed);
            }
            Ok(())
        })
    };
    for round in 0..FIRST {
        crew.context.for_each(crew.threads, pieces(), |range| {
            for v in range {
                if let Some(&u) = rows.neighbors(v as NodeIndex).get(round) {
                    join(&parent, v as NodeIndex, u);
                }
            }
            Ok(())
        })?;
        compress()?;
    }
    let large = most_frequent(&parent);
    crew.context.for_each(crew.threads, pieces(), |range| {
        for v in range {
            if parent[v].load(Relaxed) != large {
                for &u in rows.neighbors(v as NodeIndex).iter().skip(FIRST) {
                    join(&parent, v as NodeIndex, u);
                }
            }
        }
        Ok(())
    })?;
    compress()?;
    Ok(parent.into_iter().map(AtomicU32::into_inner).collect())
}

/// The root most often seen among 1,024 nodes. The choice makes it fast, never wrong.
fn most_frequent(parent: &[AtomicU32]) -> NodeIndex {
    let step = (parent.len() / 1024).max(1);
    let mut roots: Vec<u32> = parent.iter().step_by(step).map(|root| root.load(Relaxed)).collect();
    roots.sort_unstable();
    let largest = roots.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
    largest.and_then(|run| run.first().copied()).unwrap_or(0)
}

fn root(parent: &[AtomicU32], mut v: NodeIndex) -> NodeIndex {
    loop {
        let up = parent[v as usize].load(Relaxed);
        if up == v {
            return v;
        }
        v = up;
    }
}

fn join(parent: &[AtomicU32], a: NodeIndex, b: NodeIndex) {
    let (mut a, mut b) = (parent[a as usize].load(Relaxed), parent[b as usize].load(Relaxed));
    while a != b {
        let (high, low) = if a > b { (a, b) } else { (b, a) };
        match parent[high as usize].compare_exchange(high, low, Relaxed, Relaxed) {
            Ok(_) => return,
            Err(up) => {
                // It has been hung up already: go on above it.
                (a, b) = (parent[up as usize].load(Relaxed), parent[low as usize].load(Relaxed));
            }
        }
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
