//! Topological order: each node behind all that point to it.
//!
//! Kahn's algorithm ("Topological sorting of large networks", CACM 1962); of the nodes that may come next it takes the one inserted
//! first, so that there is one order. When there is none, the message names a cycle.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::choice;
use crate::graph::csr::NodeIndex;
use crate::graph::directed::{Directed, Orientation};

/// `algo.topological`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Topological;

crate::choices! {
    /// Which end of an edge comes first.
    enum Order {
        Natural = "natural",
        Reverse = "reverse",
    }
}

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which end of an edge comes first: natural = the one where it starts, reverse = the one where it ends.
        orientation as "orientation": Order = choice("natural");
    }
}

static DESCRIPTION: Description = Description {
    name: "topological",
    category: "path",
    summary: "Topological order of a graph without cycles: each node behind all that point to it; else a cycle is named.",
    doc: "topological numbers the nodes from 0 so that each edge leads to a higher number; of the nodes that may come next it is the \
          one inserted first. layer is the number of edges on the longest way to the node: the longest of all is in the figures. \
          With a cycle there is no such order, and the error names the nodes of one.\n\n\
          Paper: Kahn, Topological sorting of large networks, CACM 1962.\n\n\
          Cost: one pass over the edges on one thread; 20 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("topological", "INT", "The node's place in the order, from 0."),
        ColumnDescription::new("layer", "INT", "The edges of the longest way that ends at the node."),
    ],
    stats: &[NODE_COUNT, ColumnDescription::new("longestPath", "INT", "The edges of the longest way in the graph.")],
};

impl Algorithm for Topological {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(match Given::read(arguments)?.orientation {
            Order::Natural => Orientation::Natural,
            Order::Reverse => Orientation::Reverse,
        }))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Natural, shape, (24, 0), 10.0, 1))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.directed()?;
        let nodes = graph.outgoing.node_count();
        Crew::new(context, arguments.concurrency).reserve(nodes, 24, 0, 0)?;
        let mut waits_for: Vec<u32> = (0..nodes as NodeIndex).map(|v| graph.incoming.degree(v) as u32).collect();
        let mut ready: BinaryHeap<Reverse<NodeIndex>> =
            (0..nodes as NodeIndex).filter(|&v| waits_for[v as usize] == 0).map(Reverse).collect();
        let (mut place, mut layer) = (vec![0i64; nodes], vec![0i64; nodes]);
        let mut next = 0;
        while let Some(Reverse(v)) = ready.pop() {
            if next % (1 << 16) == 0 {
                context.check_cancelled()?;
            }
            place[v as usize] = next;
            next += 1;
            for &u in graph.outgoing.neighbors(v) {
                layer[u as usize] = layer[u as usize].max(layer[v as usize] + 1);
                waits_for[u as usize] -= 1;
                if waits_for[u as usize] == 0 {
                    ready.push(Reverse(u));
                }
            }
        }
        if (next as usize) < nodes {
            let hint = "; remove one of its edges, or leave its label out with edgeLabels";
            return Err(Error::Cycle { nodes: cycle(graph, &waits_for), hint });
        }
        let longest = layer.iter().copied().max().unwrap_or(0);
        let stats = vec![("nodeCount", int(nodes)), ("longestPath", int(longest as usize))];
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Ints(place), Column::Ints(layer)],
            stats,
            model: None,
            warnings: Vec::new(),
        })
    }
}

/// A cycle among the nodes that still wait for others: each of them has one before it that waits, too.
fn cycle(graph: Directed<'_>, waits_for: &[u32]) -> Vec<NodeIndex> {
    let waits = |v: NodeIndex| waits_for[v as usize] > 0;
    let mut way: Vec<NodeIndex> = (0..waits_for.len() as NodeIndex).find(|&v| waits(v)).into_iter().collect();
    let mut place = vec![usize::MAX; waits_for.len()];
    while let Some(&v) = way.last() {
        if place[v as usize] != usize::MAX {
            way.pop();
            let mut cycle = way.split_off(place[v as usize]);
            // It was followed against its edges.
            cycle.reverse();
            let first = cycle.iter().enumerate().min_by_key(|(_, v)| **v).map_or(0, |(place, _)| place);
            cycle.rotate_left(first);
            return cycle;
        }
        place[v as usize] = way.len() - 1;
        match graph.incoming.neighbors(v).iter().copied().find(|&u| waits(u)) {
            Some(before) => way.push(before),
            None => break,
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, ints, random_edges, run, try_run, unit};

    #[test]
    fn each_edge_leads_to_a_higher_number() {
        let edges: Vec<_> = random_edges(500, 2000, 1)
            .into_iter()
            .filter(|e| e.0 != e.1)
            .map(|(a, b, w)| (a.max(b), a.min(b), w))
            .collect();
        let output = run(&Topological, 500, &edges, "{}");
        let [Column::Ints(place), Column::Ints(layer)] = &output.columns[..] else { panic!() };
        assert!(edges.iter().all(|&(a, b, _)| place[a as usize] < place[b as usize]));
        assert!(edges.iter().all(|&(a, b, _)| layer[a as usize] < layer[b as usize]));
        let reverse = run(&Topological, 500, &edges, r#"{"orientation": "reverse"}"#);
        assert_eq!(figure(&output, "longestPath"), figure(&reverse, "longestPath"));
        assert_eq!(ints(&run(&Topological, 3, &unit(&[(2, 0)]), "{}")), [2, 0, 1]);
    }

    #[test]
    fn a_cycle_is_named() {
        let edges = unit(&[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)]);
        let error = try_run(&Topological, 5, &edges, vec![], "{}").unwrap_err();
        assert!(matches!(&error, Error::Cycle { nodes, .. } if *nodes == [1, 2, 3]), "{error:?}");
        let error = try_run(&Topological, 1, &unit(&[(0, 0)]), vec![], "{}").unwrap_err();
        assert!(matches!(&error, Error::Cycle { nodes, .. } if *nodes == [0]), "{error:?}");
    }
}
