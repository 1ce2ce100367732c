//! Articulation points: nodes without which the graph would have more components. See `connectors`.

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

/// `algo.articulationpoints`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct ArticulationPoints;

static DESCRIPTION: Description = Description {
    name: "articulationpoints",
    category: "path",
    summary: "Articulation points: the nodes without which a part of the graph would be cut off.",
    doc: "A row for each node, with TRUE where the component of the node would fall apart without it. The direction of edges does not \
          matter.\n\n\
          Paper: Hopcroft and Tarjan, Algorithm 447: efficient algorithms for graph manipulation, CACM 1973.\n\n\
          Cost: one depth-first search on one thread; 40 bytes for each node, 16 for each edge.",
    parameters: &[],
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("articulation", "BOOL", "Whether the node is an articulation point."),
    ],
    stats: &[NODE_COUNT, ColumnDescription::new("articulationCount", "INT", "How many articulation points there are.")],
};

impl Algorithm for ArticulationPoints {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs { weights: false, ..Needs::edges() })
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost_of_edges(shape, BYTES.0 + 32, BYTES.1, 40.0))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.node_count(), BYTES.0 + 32, graph.edge_count(), BYTES.1)?;
        let points = connectors(graph, context)?.articulation;
        let count = points.iter().filter(|point| **point).count();
        let stats = vec![("nodeCount", int(graph.node_count())), ("articulationCount", int(count))];
        let column = Column::Scalars(points.into_iter().map(Scalar::Bool).collect());
        Ok(Output { rows: Rows::Nodes, columns: vec![column], stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::components::Sets;
    use crate::testing::{random_edges, run};

    #[test]
    fn without_a_point_there_are_more_components() {
        let edges = random_edges(120, 150, 8);
        let components = |left_out: u32| {
            let mut sets = Sets::new(120);
            let kept = edges.iter().filter(|(a, b, _)| *a != left_out && *b != left_out);
            kept.for_each(|&(a, b, _)| {
                sets.join(a, b);
            });
            (0..120).filter(|&v| v != left_out && sets.of(v) == v).count()
        };
        let all = components(u32::MAX);
        let wanted = (0..120).map(|v| Scalar::Bool(components(v) > all)).collect();
        assert_eq!(run(&ArticulationPoints, 120, &edges, "{}").columns, [Column::Scalars(wanted)]);
    }
}
