//! Core numbers: how deep a node lies in the dense part of its graph.
//!
//! Batagelj and Zaveršnik ("An O(m) algorithm for cores decomposition of networks", 2003): nodes stand in the order of the degree that
//! is left to them; the first is taken, and its neighbours move one place forward each. On one thread.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::Orientation;

/// `algo.kcore`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct KCore;

static DESCRIPTION: Description = Description {
    name: "kcore",
    category: "community",
    summary: "Core numbers: the largest k such that a node keeps k neighbours when all nodes with fewer are taken away.",
    doc: "The k-core is what is left when nodes with fewer than k neighbours are taken away again and again; a node's coreness is the \
          largest k whose core it is in. The direction of edges does not matter; parallel edges count once, self-loops not at all.\n\n\
          Papers: Seidman, Network structure and minimum degree, Social Networks 1983; Batagelj and Zaveršnik, An O(m) algorithm \
          for cores decomposition of networks, 2003.\n\n\
          Cost: one pass over the edges on one thread; 24 bytes for each node.",
    parameters: &[],
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("coreness", "INT", "The largest k whose core the node is in."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("degeneracy", "INT", "The highest coreness."),
        ColumnDescription::new("innermost", "INT", "Nodes that have it."),
    ],
};

impl Algorithm for KCore {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Orientation::Undirected))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Undirected, shape, (24, 0), 10.0, 1))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.undirected()?;
        Crew::new(context, arguments.concurrency).reserve(graph.node_count(), 24, 0, 0)?;
        let cores = cores(graph, context)?;
        let most = cores.iter().copied().max().unwrap_or(0);
        let innermost = cores.iter().filter(|&&core| core == most).count();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("degeneracy", int(most as usize)),
            ("innermost", int(innermost)),
        ];
        let column = Column::Ints(cores.into_iter().map(i64::from).collect());
        Ok(Output { rows: Rows::Nodes, columns: vec![column], stats, model: None, warnings: Vec::new() })
    }
}

fn cores(rows: &Csr, context: &Context<'_>) -> Result<Vec<u32>, Error> {
    let nodes = rows.node_count();
    // What is left of each degree; in the end the coreness.
    let mut left: Vec<u32> = (0..nodes as NodeIndex)
        .map(|v| (rows.degree(v) - usize::from(rows.neighbors(v).binary_search(&v).is_ok())) as u32)
        .collect();
    let most = left.iter().copied().max().unwrap_or(0) as usize;
    // `starts[d]` = where nodes of degree d begin in `order`.
    let mut starts = vec![0u32; most + 2];
    left.iter().for_each(|&degree| starts[degree as usize + 1] += 1);
    (1..most + 2).for_each(|d| starts[d] += starts[d - 1]);
    let (mut order, mut place) = (vec![0 as NodeIndex; nodes], vec![0u32; nodes]);
    let mut next = starts.clone();
    for v in 0..nodes {
        let slot = &mut next[left[v] as usize];
        place[v] = *slot;
        order[*slot as usize] = v as NodeIndex;
        *slot += 1;
    }
    for i in 0..nodes {
        if i % (1 << 16) == 0 {
            context.check_cancelled()?;
        }
        let v = order[i];
        let own = left[v as usize];
        for &u in rows.neighbors(v) {
            let degree = left[u as usize];
            if degree > own {
                // It changes places with the first of its degree, which begins one place later then.
                let first = starts[degree as usize];
                let (at, other) = (place[u as usize], order[first as usize]);
                order[at as usize] = other;
                order[first as usize] = u;
                place[other as usize] = at;
                place[u as usize] = first;
                starts[degree as usize] += 1;
                left[u as usize] -= 1;
            }
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ints, random_edges, run, unit};

    #[test]
    fn a_clique_with_a_tail() {
        let edges = unit(&[(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3), (3, 4), (4, 5), (5, 5), (4, 3)]);
        assert_eq!(ints(&run(&KCore, 7, &edges, "{}")), [3, 3, 3, 3, 1, 1, 0]);
    }

    #[test]
    fn cores_are_what_is_left() {
        let edges = random_edges(300, 1500, 12);
        let cores = ints(&run(&KCore, 300, &edges, "{}"));
        for k in 1..=*cores.iter().max().unwrap() {
            let mut inside = vec![true; 300];
            loop {
                let mut neighbors = vec![std::collections::BTreeSet::new(); 300];
                for &(a, b, _) in edges.iter().filter(|e| e.0 != e.1 && inside[e.0 as usize] && inside[e.1 as usize]) {
                    neighbors[a as usize].insert(b);
                    neighbors[b as usize].insert(a);
                }
                let out: Vec<usize> = (0..300).filter(|&v| inside[v] && (neighbors[v].len() as i64) < k).collect();
                if out.is_empty() {
                    break;
                }
                out.into_iter().for_each(|v| inside[v] = false);
            }
            (0..300).for_each(|v| assert_eq!(inside[v], cores[v] >= k));
        }
    }
}
