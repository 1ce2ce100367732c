//! A shortest way between two nodes by the weights of edges.
//!
//! Dijkstra's algorithm with a binary heap by distance and number, which stops when all targets are settled.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, LazyLists, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{choice, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::{Orientation, Parallel};
use crate::path::bfs::required;
use crate::search::dijkstra::Dijkstra as Search;
use crate::search::ways::Lists;

/// `algo.dijkstra`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Dijkstra;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges are followed: natural = along them, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The _id of the node where ways begin, or several.
        source as "source": Option<Vec<String>> = optional_texts("must be given");
        /// The _id of the node where ways end, or several.
        target as "target": Option<Vec<String>> = optional_texts("must be given");
    }
}

static DESCRIPTION: Description = Description {
    name: "dijkstra",
    category: "path",
    summary: "A shortest way between two nodes: its nodes, and the sum of its weights.",
    doc: "A row for each pair of a source and a target that a way connects. Of several shortest ways it is the same one in every \
          run, of parallel edges the shortest counts. Without weight every edge is 1 long. For ways to all nodes sssp is faster, \
          for the next shortest ways there is yens.\n\n\
          Paper: Dijkstra, A note on two problems in connexion with graphs, Numerische Mathematik 1959.\n\n\
          Cost: at most one pass over the edges for each source, less when the targets are near; 28 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("source", "STRING", "The _id of the node where the way begins."),
        ColumnDescription::new("target", "STRING", "The _id of the node where it ends."),
        ColumnDescription::new("distance", "FLOAT", "The sum of its weights."),
        ColumnDescription::new("path", "LIST<STRING>", "The _ids of its nodes, both ends included."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("pathCount", "INT", "Ways that were found."),
        ColumnDescription::new(
            "settled",
            "INT",
            "Nodes whose distance was found on the way, of all searches together.",
        ),
    ],
};

impl Algorithm for Dijkstra {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        required(arguments, Given::source, given.source.as_ref())?;
        required(arguments, Given::target, given.target.as_ref())?;
        Ok(Needs {
            nodes_named_by: Some(Given::source),
            targets_named_by: Some(Given::target),
            ..Needs::graph(given.orientation, Parallel::Min)
        })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let searches = given.source.map_or(1, |ids| ids.len().max(1));
        let at_once = searches.min(threads);
        Ok(cost(given.orientation, shape, (28 * at_once as u64, 0), 40.0 * searches as f64, at_once))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let rows = input.rows()?;
        let (sources, targets) = (input.nodes.unwrap_or_default(), input.targets.unwrap_or_default());
        let nodes = rows.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 29 * crew.threads.min(sources.len()) as u64, 0, 0)?;
        let mut wanted = vec![false; nodes];
        targets.iter().for_each(|&target| wanted[target as usize] = true);
        let distinct = wanted.iter().filter(|wanted| **wanted).count();
        let mut found: Vec<(Vec<Option<(f64, Vec<NodeIndex>)>>, usize)> = vec![(Vec::new(), 0); sources.len()];
        let work = found.iter_mut().zip(sources);
        context.for_each_with(
            crew.threads,
            work,
            || Search::new(nodes),
            |search, (found, &source)| {
                let (mut missing, mut settled, mut cancelled) = (distinct, 0usize, false);
                search.search(
                    rows,
                    source,
                    |_, _| true,
                    |v, _| {
                        settled += 1;
                        missing -= usize::from(wanted[v as usize]);
                        cancelled = settled.is_multiple_of(4096) && context.check_cancelled().is_err();
                        missing > 0 && !cancelled
                    },
                );
                if cancelled {
                    return Err(Error::Cancelled);
                }
                let way = |&target: &NodeIndex| Some((search.distance[target as usize], search.way(target)?));
                *found = (targets.iter().map(way).collect(), settled);
                Ok(())
            },
        )?;
        let settled = found.iter().map(|(_, settled)| settled).sum();
        let (mut from, mut to, mut distances, mut paths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (&source, (ways, _)) in sources.iter().zip(found) {
            for (&target, way) in targets.iter().zip(ways) {
                let Some((distance, path)) = way else { continue };
                from.push(source);
                to.push(target);
                distances.push(distance);
                paths.push(path);
            }
        }
        let stats = vec![("nodeCount", int(nodes)), ("pathCount", int(paths.len())), ("settled", int(settled))];
        let columns = vec![
            Column::Nodes(from),
            Column::Nodes(to),
            Column::Floats(distances),
            Column::NodeLists(LazyLists::new(Lists(paths))),
        ];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::builder::GraphBuilder;
    use crate::testing::{floats, run};

    #[test]
    fn the_cheaper_way_is_taken() {
        let edges = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 3.0), (2, 3, 1.0), (4, 0, 1.0)];
        let output = run(&Dijkstra, 5, &edges, r#"{"source": "0", "target": ["3", "4", "0"], "weight": "w"}"#);
        assert_eq!(floats(&output), [3.0, 0.0]);
        assert_eq!(output.columns[1], Column::Nodes(vec![3, 0]));
        let Column::NodeLists(lists) = &output.columns[3] else { panic!() };
        let graph = GraphBuilder::new(0, false).build(None).unwrap();
        let lists = lists.lists(Input::from(&graph).graph, 0..2, &|| false).unwrap();
        assert_eq!(lists, [vec![0, 1, 2, 3], vec![0]]);
    }
}
