//! The nodes and edges without which a graph would fall apart: one depth-first search.
//!
//! Hopcroft and Tarjan ("Algorithm 447: efficient algorithms for graph manipulation", CACM 1973): a node's `low` is the earliest
//! node that it and those found behind it have an edge to, other than the edge by which it was found.

use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;

/// What a search found.
pub(super) struct Connectors {
    /// Edges, ascending, and how many nodes are on the side of each that has fewer.
    pub bridges: Vec<(u32, u32)>,
    /// Whether each node is an articulation point.
    pub articulation: Vec<bool>,
}

/// Bytes for each node and each edge.
pub(super) const BYTES: (u64, u64) = (40, 16);

const NONE: u32 = u32::MAX;

pub(super) fn connectors(graph: &PropertyGraph, context: &Context<'_>) -> Result<Connectors, Error> {
    let (nodes, edges) = (graph.node_count(), graph.edge_count());
    // The edges at each node: (edge, other end).
    let mut starts = vec![0usize; nodes + 2];
    for &end in graph.from.iter().chain(&graph.to) {
        starts[end as usize + 2] += 1;
    }
    (2..nodes + 2).for_each(|i| starts[i] += starts[i - 1]);
    let mut at = vec![(0u32, 0u32); 2 * edges];
    for (edge, (&from, &to)) in graph.from.iter().zip(&graph.to).enumerate() {
        for (here, there) in [(from, to), (to, from)] {
            at[starts[here as usize + 1]] = (edge as u32, there);
            starts[here as usize + 1] += 1;
        }
    }
    // Of each node when it was found, its low, the edge it was found by, and how many were found behind it with itself.
    let (mut found, mut low, mut by) = (vec![NONE; nodes], vec![0u32; nodes], vec![NONE; nodes]);
    let (mut size, mut next) = (vec![1u32; nodes], starts[..nodes].to_vec());
    let mut articulation = vec![false; nodes];
    let mut bridges: Vec<(u32, u32)> = Vec::new();
    let mut stack: Vec<u32> = Vec::new();
    let mut clock = 0;
    for root in 0..nodes as u32 {
        if found[root as usize] != NONE {
            continue;
        }
        let (first_bridge, mut children) = (bridges.len(), 0);
        (found[root as usize], low[root as usize]) = (clock, clock);
        clock += 1;
        stack.push(root);
        while let Some(&v) = stack.last() {
            let v = v as usize;
            if next[v] < starts[v + 1] {
                let (edge, u) = at[next[v]];
                next[v] += 1;
                let u = u as usize;
                if found[u] == NONE {
                    if clock % (1 << 16) == 0 {
                        context.check_cancelled()?;
                    }
                    (found[u], low[u], by[u]) = (clock, clock, edge);
                    clock += 1;
                    stack.push(u as u32);
                } else if edge != by[v] {
                    low[v] = low[v].min(found[u]);
                }
                continue;
            }
            stack.pop();
            let Some(&parent) = stack.last() else { break };
            let p = parent as usize;
            low[p] = low[p].min(low[v]);
            size[p] += size[v];
            if low[v] > found[p] {
                bridges.push((by[v], size[v]));
            }
            if parent == root {
                children += 1;
            } else if low[v] >= found[p] {
                articulation[p] = true;
            }
        }
        articulation[root as usize] = children > 1;
        let whole = size[root as usize];
        bridges[first_bridge..].iter_mut().for_each(|(_, side)| *side = (*side).min(whole - *side));
    }
    bridges.sort_unstable();
    Ok(Connectors { bridges, articulation })
}
