//! Weakly connected components: which nodes are connected at all.
//!
//! Union-find on several threads; see `components`.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::algorithm::summary::{cost, group_stats, groups};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::graph::directed::Orientation;
use crate::search::components::components;

/// `algo.wcc`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Wcc;

static DESCRIPTION: Description = Description {
    name: "wcc",
    category: "community",
    summary: "Weakly connected components: nodes that are connected by edges, whatever their direction.",
    doc: "Two nodes have the same componentId if there is a way between them that may follow edges either way. The id is the place of \
          the component's first node in the order of insertion, so that it stays when later nodes come.\n\n\
          Papers: Tarjan, Efficiency of a good but not linear set union algorithm, 1975; Sutton, Ben-Nun and Barak, Optimizing \
          parallel graph connectivity computation via subgraph sampling, IPDPS 2018.\n\n\
          Cost: less than one pass over the edges; 12 bytes for each node.",
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

impl Algorithm for Wcc {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Orientation::Undirected))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Undirected, shape, (20, 0), 4.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.undirected()?;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.node_count(), 20, 0, 0)?;
        let component_of = components(crew, graph)?;
        (context.progress)(Progress { stage: "components", fraction: 0.9 });
        Ok(groups(&component_of, Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, ints, run, unit};

    #[test]
    fn components_have_the_number_of_their_first_node() {
        let output = run(&Wcc, 6, &unit(&[(4, 1), (5, 3), (3, 3)]), "{}");
        assert_eq!(ints(&output), [0, 1, 2, 3, 1, 3]);
        assert_eq!(
            (figure(&output, "groupCount"), figure(&output, "largest"), figure(&output, "p50Size")),
            (4.0, 2.0, 1.0)
        );
    }
}
