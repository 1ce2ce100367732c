//! Bridges: edges without which the graph would have one component more. See `connectors`.

use super::connectors::{BYTES, connectors};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost_of_edges, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;

/// `algo.bridges`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Bridges;

static DESCRIPTION: Description = Description {
    name: "bridges",
    category: "path",
    summary: "Bridges: the edges without which a part of the graph would be cut off.",
    doc: "A row for each bridge. The direction of edges does not matter; of two parallel edges none is a bridge. smallerSide says how \
          much would be cut off; write puts it on the bridges and takes the property from all other edges.\n\n\
          Paper: Hopcroft and Tarjan, Algorithm 447: efficient algorithms for graph manipulation, CACM 1973.\n\n\
          Cost: one depth-first search on one thread; 40 bytes for each node, 16 for each edge.",
    parameters: &[],
    columns: &[
        ColumnDescription::edge("edge", "The id of the edge."),
        ColumnDescription::new("smallerSide", "INT", "Nodes on the side of it that has fewer, within its component."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("bridgeCount", "INT", "How many bridges there are."),
        ColumnDescription::new(
            "largestSide",
            "INT",
            "The largest smallerSide: the most that one edge holds; NULL without bridges.",
        ),
    ],
};

impl Algorithm for Bridges {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs { weights: false, ..Needs::edges() })
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost_of_edges(shape, BYTES.0, BYTES.1, 40.0))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        Crew::new(context, arguments.concurrency).reserve(graph.node_count(), BYTES.0, graph.edge_count(), BYTES.1)?;
        let bridges = connectors(graph, context)?.bridges;
        let largest = bridges.iter().map(|(_, side)| *side).max();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("bridgeCount", int(bridges.len())),
            ("largestSide", largest.map_or(Scalar::Null, |side| int(side as usize))),
        ];
        let (edges, sides) = bridges.into_iter().map(|(edge, side)| (edge, i64::from(side))).unzip();
        Ok(Output {
            rows: Rows::SomeEdges(edges),
            columns: vec![Column::Ints(sides)],
            stats,
            model: None,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::components::Sets;
    use crate::testing::{ints, random_edges, run, unit};

    #[test]
    fn sides_are_counted() {
        // A triangle, a bridge to a pair of parallel edges, and a path.
        let edges = unit(&[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 6), (6, 7), (7, 7)]);
        let output = run(&Bridges, 8, &edges, "{}");
        assert_eq!((output.rows.clone(), ints(&output)), (Rows::SomeEdges(vec![3, 6, 7]), vec![2, 1, 1]));
    }

    #[test]
    fn without_a_bridge_there_is_a_component_more() {
        let edges = random_edges(120, 150, 8);
        let components = |left_out: Option<usize>| {
            let mut sets = Sets::new(120);
            let kept = edges.iter().enumerate().filter(|(edge, _)| Some(*edge) != left_out);
            kept.for_each(|(_, &(a, b, _))| {
                sets.join(a, b);
            });
            (0..120).filter(|&v| sets.of(v) == v).count()
        };
        let all = components(None);
        let wanted: Vec<u32> = (0..150).filter(|&edge| components(Some(edge)) > all).map(|edge| edge as u32).collect();
        assert_eq!(run(&Bridges, 120, &edges, "{}").rows, Rows::SomeEdges(wanted));
    }
}
