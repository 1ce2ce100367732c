//! Breadth-first search: how many edges it is from some nodes to each other.
//!
//! Level by level, large levels from the other side; see `levels`.

use std::sync::OnceLock;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, LazyLists, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, choice, int as whole, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::Orientation;
use crate::search::levels::{UNREACHED, levels};
use crate::search::ways::Ways;

/// `algo.bfs`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Bfs;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges are followed: natural = along them, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The _id of the node where the search begins, or several.
        source as "source": Option<Vec<String>> = optional_texts("must be given");
        /// Most edges on a way.
        max_depth as "maxDepth": u64 = whole(0, UNLIMITED, UNLIMITED);
    }
}

static DESCRIPTION: Description = Description {
    name: "bfs",
    category: "path",
    summary: "Breadth-first search: the nodes that are reached from a node, and over how many edges.",
    doc: "A row for each node that is reached, the sources among them with distance 0; nodes that are not reached have no row, and \
          write takes the property from them. From several sources the nearest counts. YIELD path gives the nodes of a shortest \
          way, the same one in every run.\n\n\
          Papers: Moore, The shortest path through a maze, 1959; Beamer, Asanović and Patterson, Direction-optimizing \
          breadth-first search, SC 2012.\n\n\
          Cost: less than one pass over the edges; 8 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("distance", "INT", "The edges of a shortest way."),
        ColumnDescription::new(
            "path",
            "LIST<STRING>",
            "The _ids of the nodes of a shortest way, only where YIELD names it.",
        ),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("reached", "INT", "Nodes that are reached, the sources among them."),
        ColumnDescription::new("maxDistance", "INT", "The largest distance."),
    ],
};

/// The names of at least one node.
pub(super) fn required(
    arguments: &Arguments,
    parameter: &'static str,
    value: Option<&Vec<String>>,
) -> Result<(), ArgumentError> {
    match value {
        Some(ids) if !ids.is_empty() => Ok(()),
        _ => Err(arguments.refuse(parameter, "STRING, the _id of a node, or a list of them")),
    }
}

impl Algorithm for Bfs {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn columns(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Vec<&'static str> {
        vec!["nodeId", "distance"]
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        required(arguments, Given::source, given.source.as_ref())?;
        Ok(Needs { nodes_named_by: Some(Given::source), ..Needs::simple(given.orientation) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Given::read(arguments)?.orientation, shape, (32, 0), 4.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let sources = input.nodes.unwrap_or_default();
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 32, 0, 0)?;
        let depth = u32::try_from(given.max_depth).unwrap_or(u32::MAX);
        let (level_of, last) = levels(crew, graph, sources, depth)?;
        (context.progress)(Progress { stage: "levels", fraction: 0.9 });
        let reached: Vec<NodeIndex> = (0..nodes as NodeIndex).filter(|&v| level_of[v as usize] != UNREACHED).collect();
        let column = reached.iter().map(|&v| i64::from(level_of[v as usize])).collect();
        let distance = |&level: &u32| if level == UNREACHED { f64::INFINITY } else { f64::from(level) };
        let ways = Ways {
            distance: level_of.iter().map(distance).collect(),
            sources: sources.to_vec(),
            ends: reached.clone(),
            tree: OnceLock::new(),
        };
        let stats =
            vec![("nodeCount", int(nodes)), ("reached", int(reached.len())), ("maxDistance", int(last as usize))];
        let columns = vec![Column::Ints(column), Column::NodeLists(LazyLists::new(ways))];
        Ok(Output { rows: Rows::SomeNodes(reached), columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, ints, random_edges, run, try_run, unit};

    #[test]
    fn what_is_not_reached_has_no_row() {
        let edges = unit(&[(0, 1), (1, 2), (2, 3), (4, 0)]);
        let output = run(&Bfs, 5, &edges, r#"{"source": "1"}"#);
        assert_eq!((output.rows.clone(), ints(&output)), (Rows::SomeNodes(vec![1, 2, 3]), vec![0, 1, 2]));
        let output = run(&Bfs, 5, &edges, r#"{"source": ["1", "3"], "orientation": "undirected"}"#);
        assert_eq!(ints(&output), [1, 0, 1, 0, 2]);
        let output = run(&Bfs, 5, &edges, r#"{"source": "0", "maxDepth": 1}"#);
        assert_eq!((output.rows.clone(), figure(&output, "maxDistance")), (Rows::SomeNodes(vec![0, 1]), 1.0));
        assert!(try_run(&Bfs, 5, &edges, vec![], "{}").is_err());
    }

    #[test]
    fn large_levels_are_found_from_the_other_side() {
        let edges = random_edges(60_000, 400_000, 4);
        for orientation in ["natural", "undirected"] {
            let output = run(&Bfs, 60_000, &edges, &format!(r#"{{"source": "7", "orientation": "{orientation}"}}"#));
            let Rows::SomeNodes(reached) = &output.rows else { panic!() };
            let mut level_of = vec![i64::MAX; 60_000];
            reached.iter().zip(ints(&output)).for_each(|(&v, level)| level_of[v as usize] = level);
            assert_eq!(figure(&output, "maxDistance"), ints(&output).into_iter().max().unwrap() as f64);
            // Each edge leads one level on at most, and each node but the first has an edge from the level before.
            let mut has_before = vec![false; 60_000];
            let both = edges.iter().flat_map(|&(a, b, _)| {
                let back = (orientation == "undirected").then_some((b, a));
                [Some((a, b)), back].into_iter().flatten()
            });
            for (a, b) in both {
                let (a, b) = (level_of[a as usize], (b, level_of[b as usize]));
                assert!(a == i64::MAX || b.1 <= a + 1);
                has_before[b.0 as usize] |= a != i64::MAX && b.1 == a + 1;
            }
            assert!(reached.iter().all(|&v| v == 7 || has_before[v as usize]));
        }
    }
}
