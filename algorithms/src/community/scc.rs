//! Strongly connected components: nodes that reach each other along edges.
//!
//! Most graphs have one large component: it is what a search along edges and a search against them reach, both from the node with
//! the most edges (Fleischer, Hendrickson and Pınar, "On identifying strongly connected components in parallel", IPDPS Workshops
//! 2000), on several threads. The rest is taken by Tarjan's algorithm ("Depth-first search and linear graph algorithms", SIAM
//! Journal on Computing 1972) without recursion, on one thread.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::algorithm::summary::{cost, group_stats, groups};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Directed, Orientation};
use crate::search::levels::{UNREACHED, levels};

/// `algo.scc`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Scc;

static DESCRIPTION: Description = Description {
    name: "scc",
    category: "community",
    summary: "Strongly connected components: nodes that reach each other along the direction of edges.",
    doc: "Two nodes have the same componentId if there is a way along edges from each to the other. A component with more than one node \
          is where cycles are. The id is the place of the component's first node in the order of insertion.\n\n\
          Papers: Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1972; Fleischer, Hendrickson and \
          Pınar, On identifying strongly connected components in parallel, 2000.\n\n\
          Cost: at most three passes over the edges, one of them on one thread; 40 bytes for each node.",
    parameters: &[],
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "componentId",
            "INT",
            "The component: the place of its first node in insertion order, from 0.",
        ),
    ],
    stats: group_stats![],
};

impl Algorithm for Scc {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Orientation::Natural))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Natural, shape, (40, 0), 8.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.directed()?;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.outgoing.node_count(), 40, 0, 0)?;
        Ok(groups(&strong(crew, graph)?, Vec::new()))
    }
}

const NONE: u32 = u32::MAX;
/// Graphs with fewer nodes are left to Tarjan's algorithm.
const SMALL: usize = 1 << 12;

/// The least node of each node's component.
fn strong(crew: Crew, graph: Directed<'_>) -> Result<Vec<NodeIndex>, Error> {
    let nodes = graph.outgoing.node_count();
    let mut component = vec![NONE; nodes];
    if nodes >= SMALL {
        large(crew, graph, &mut component)?;
    }
    tarjan(crew.context, graph.outgoing, &mut component)?;
    Ok(component)
}

/// Finds the component of the node with the most edges.
fn large(crew: Crew, graph: Directed<'_>, component: &mut [u32]) -> Result<(), Error> {
    let edges = |v: NodeIndex| graph.outgoing.degree(v) as u64 * graph.incoming.degree(v) as u64;
    let Some(first) = (0..component.len() as NodeIndex).max_by_key(|&v| edges(v)) else { return Ok(()) };
    let (after, _) = levels(crew, graph, &[first], UNREACHED)?;
    let against = Directed { outgoing: graph.incoming, incoming: graph.outgoing };
    let (before, _) = levels(crew, against, &[first], UNREACHED)?;
    let is_within = |v: usize| after[v] != UNREACHED && before[v] != UNREACHED;
    let least = (0..component.len()).find(|&v| is_within(v)).map_or(NONE, |v| v as u32);
    crew.fill(component, |v| if is_within(v) { least } else { NONE })
}

/// Finds the components of the nodes that have none yet, which have edges to others only one way.
fn tarjan(context: &Context<'_>, rows: &Csr, component: &mut [u32]) -> Result<(), Error> {
    let nodes = rows.node_count();
    let (mut found, mut low, mut next) = (vec![NONE; nodes], vec![0u32; nodes], vec![0u32; nodes]);
    // Nodes on the way from the root, and nodes whose component is not known yet.
    let (mut way, mut open): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut clock = 0;
    for root in 0..nodes as u32 {
        if component[root as usize] != NONE {
            continue;
        }
        way.push(root);
        while let Some(&v) = way.last() {
            let at = v as usize;
            if found[at] == NONE {
                if clock % (1 << 16) == 0 {
                    context.check_cancelled()?;
                }
                (found[at], low[at]) = (clock, clock);
                clock += 1;
                open.push(v);
            }
            let row = rows.neighbors(v);
            let mut deeper = None;
            while let Some(&u) = row.get(next[at] as usize) {
                next[at] += 1;
                let there = u as usize;
                if component[there] != NONE {
                    continue;
                }
                if found[there] == NONE {
                    deeper = Some(u);
                    break;
                }
                low[at] = low[at].min(found[there]);
            }
            if let Some(u) = deeper {
                way.push(u);
                continue;
            }
            way.pop();
            if let Some(&above) = way.last() {
                low[above as usize] = low[above as usize].min(low[at]);
            }
            if low[at] == found[at] {
                let first = open.iter().rposition(|&u| u == v).unwrap_or(0);
                let least = open[first..].iter().copied().min().unwrap_or(v);
                open.drain(first..).for_each(|u| component[u as usize] = least);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::builder::GraphBuilder;
    use crate::graph::directed::Parallel;
    use crate::testing::{ints, pool, random_edges, run, unit};

    #[test]
    fn cycles_are_components() {
        let edges = unit(&[(3, 1), (1, 2), (2, 3), (0, 1), (2, 4), (4, 5), (5, 4), (6, 6)]);
        assert_eq!(ints(&run(&Scc, 7, &edges, "{}")), [0, 1, 1, 1, 4, 4, 6]);
    }

    #[test]
    fn searches_from_both_sides_find_what_tarjan_finds() {
        for (count, seed) in [(9_000, 1), (14_000, 2), (60_000, 3)] {
            let mut builder = GraphBuilder::new(8000, false);
            random_edges(8000, count, seed).iter().for_each(|&(a, b, _)| builder.add_edge(a, b, 1.0));
            let graph = builder.build_directed(Parallel::Min, None).unwrap();
            let graph = graph.oriented(Orientation::Natural);
            for threads in [1, 2, 7] {
                let pool = pool(threads);
                let context = Context::new(&pool);
                let mut wanted = vec![NONE; 8000];
                tarjan(&context, graph.outgoing, &mut wanted).unwrap();
                assert_eq!(strong(Crew::new(&context, None), graph).unwrap(), wanted);
            }
        }
    }

    #[test]
    fn nodes_of_a_component_reach_each_other() {
        let edges = random_edges(150, 250, 6);
        let component = ints(&run(&Scc, 150, &edges, "{}"));
        let mut reaches = vec![vec![false; 150]; 150];
        (0..150).for_each(|v| reaches[v][v] = true);
        edges.iter().for_each(|&(a, b, _)| reaches[a as usize][b as usize] = true);
        for k in 0..150 {
            for i in 0..150 {
                for j in 0..150 {
                    reaches[i][j] |= reaches[i][k] && reaches[k][j];
                }
            }
        }
        for i in 0..150 {
            for j in 0..150 {
                assert_eq!(component[i] == component[j], reaches[i][j] && reaches[j][i]);
            }
        }
    }
}
