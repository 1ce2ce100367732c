//! Shortest ways from some nodes to all others by the weights of edges.
//!
//! Delta-stepping, on several threads; see `distances`.

use std::sync::OnceLock;

use super::bfs::required;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, LazyLists, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{choice, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::{Orientation, Parallel};
use crate::search::distances::distances;
use crate::search::ways::Ways;

/// `algo.sssp`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Sssp;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges are followed: natural = along them, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The _id of the node where ways begin, or several.
        source as "source": Option<Vec<String>> = optional_texts("must be given");
    }
}

static DESCRIPTION: Description = Description {
    name: "sssp",
    category: "path",
    summary: "Single-source shortest paths: the least sum of weights from a node to each other.",
    doc: "A row for each node that is reached, the sources among them with distance 0; nodes that are not reached have no row, and \
          write takes the property from them. From several sources the nearest counts; of parallel edges the shortest. YIELD path \
          gives the nodes of a shortest way, the same one in every run. Without weight every edge is 1 long.\n\n\
          Papers: Dijkstra, A note on two problems in connexion with graphs, 1959; Meyer and Sanders, Δ-stepping: a parallelizable \
          shortest path algorithm, Journal of Algorithms 2003.\n\n\
          Cost: little more than one pass over the edges; 16 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("distance", "FLOAT", "The sum of the weights of a shortest way."),
        ColumnDescription::new(
            "path",
            "LIST<STRING>",
            "The _ids of the nodes of a shortest way, only where YIELD names it.",
        ),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("reached", "INT", "Nodes that are reached, the sources among them."),
        ColumnDescription::new("maxDistance", "FLOAT", "The largest distance."),
        ColumnDescription::new("meanDistance", "FLOAT", "The mean distance of the nodes that are reached."),
    ],
};

impl Algorithm for Sssp {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn columns(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Vec<&'static str> {
        vec!["nodeId", "distance"]
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        required(arguments, Given::source, given.source.as_ref())?;
        Ok(Needs { nodes_named_by: Some(Given::source), ..Needs::graph(given.orientation, Parallel::Min) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Given::read(arguments)?.orientation, shape, (48, 0), 20.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.both()?;
        let sources = input.nodes.unwrap_or_default();
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 48, 0, 0)?;
        let distance = distances(crew, graph, sources)?;
        (context.progress)(Progress { stage: "distances", fraction: 0.9 });
        let reached: Vec<NodeIndex> =
            (0..nodes as NodeIndex).filter(|&v| distance[v as usize] < f64::INFINITY).collect();
        let column: Vec<f64> = reached.iter().map(|&v| distance[v as usize]).collect();
        let stats = vec![
            ("nodeCount", int(nodes)),
            ("reached", int(reached.len())),
            ("maxDistance", column.iter().copied().reduce(f64::max).map_or(Scalar::Null, Scalar::Float)),
            ("meanDistance", Scalar::Float(column.iter().sum::<f64>() / column.len().max(1) as f64)),
        ];
        let ways = Ways { distance, sources: sources.to_vec(), ends: reached.clone(), tree: OnceLock::new() };
        let columns = vec![Column::Floats(column), Column::NodeLists(LazyLists::new(ways))];
        Ok(Output { rows: Rows::SomeNodes(reached), columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::builder::GraphBuilder;
    use crate::search::dijkstra::Dijkstra;
    use crate::testing::{floats, random_edges, run};

    #[test]
    fn distances_are_those_of_dijkstra() {
        for (nodes, count) in [(50, 200), (2000, 6000), (20_000, 100_000)] {
            // Weights of very different sizes, and some 0.
            let edges: Vec<_> = random_edges(nodes, count, 9)
                .into_iter()
                .map(|(a, b, w)| (a, b, if w == 0.25 { 0.0 } else { w.powi(1 + (a % 5) as i32 * 2) / 7.0 }))
                .collect();
            let output = run(&Sssp, nodes as usize, &edges, r#"{"source": "3", "weight": "w"}"#);
            let mut builder = GraphBuilder::new(nodes as usize, true);
            edges.iter().for_each(|&(a, b, w)| builder.add_edge(a, b, w));
            let graph = builder.build_directed(Parallel::Min, None).unwrap();
            let rows = graph.oriented(Orientation::Natural).outgoing;
            let mut search = Dijkstra::new(nodes as usize);
            search.search(rows, 3, |_, _| true, |_, _| true);
            let Rows::SomeNodes(reached) = &output.rows else { panic!() };
            let wanted: Vec<f64> = reached.iter().map(|&v| search.distance[v as usize]).collect();
            assert_eq!(floats(&output), wanted);
            assert_eq!(reached.len(), search.distance.iter().filter(|distance| distance.is_finite()).count());
            // The lists are ways of that length.
            let Column::NodeLists(lists) = &output.columns[1] else { panic!() };
            let input = Input::from(graph.oriented(Orientation::Natural));
            let lists = lists.lists(input.graph, 0..reached.len().min(500), &|| false).unwrap();
            for (list, wanted) in lists.iter().zip(wanted) {
                let length = list.windows(2).fold(0.0, |sum, pair| {
                    let place = rows.neighbors(pair[0]).binary_search(&pair[1]).unwrap();
                    sum + rows.weights(pair[0]).unwrap()[place]
                });
                assert_eq!((list[0], length), (3, wanted));
            }
        }
    }
}
