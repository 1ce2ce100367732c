//! Harmonic centrality: closeness that adds up one over each distance, so that nodes out of reach count 0.
//!
//! As `closeness`; the parts 1 / level are integers, multiples of a power of two that leaves room for the sum
//! of all nodes, so that their sum does not depend on the order of searches.

use super::closeness::of_each;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::algorithm::summary::{cost, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{boolean, choice};
use crate::graph::directed::{Orientation, Parallel};
use crate::search::many::reach;

/// `algo.harmonic`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Harmonic;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which ways count: natural = those from the node along edges, reverse = those to the node, undirected = both.
        orientation as "orientation": Orientation = choice("natural");
        /// Whether the score is divided by the number of other nodes, so that it is at most 1 without weights.
        normalized as "normalized": bool = boolean(false);
    }
}

static DESCRIPTION: Description = Description {
    name: "harmonic",
    category: "centrality",
    summary: "Harmonic centrality: the sum of one over the distance to each other node.",
    doc: "score(v) = the sum of 1 / distance over the nodes that are reached; others count 0, so that it also compares nodes of \
          different components. With weight an edge is as long as its weight, of parallel edges the shortest; a node at distance 0 \
          counts 0. networkx measures distances to the node: that is orientation 'reverse'.\n\n\
          Papers: Marchiori and Latora, Harmony in the small-world, Physica A 2000; Boldi and Vigna, Axioms for centrality, \
          Internet Mathematics 2014.\n\n\
          Cost: as closeness, a search from every node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("score", "FLOAT", "The node's harmonic centrality."),
    ],
    stats: score_stats![],
};

impl Algorithm for Harmonic {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Min))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let per_edge = if shape.weighted { 20.0 } else { 0.2 };
        let orientation = Given::read(arguments)?.orientation;
        Ok(cost(orientation, shape, (8 + 48 * threads as u64, 0), per_edge * shape.nodes as f64, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 8 + 48 * crew.threads as u64, 0, 0)?;
        let by = if given.normalized { (nodes as f64 - 1.0).max(1.0) } else { 1.0 };
        let values = if graph.outgoing.is_weighted() {
            let add = |sum: f64, distance: f64| if distance > 0.0 { sum + 1.0 / distance } else { sum };
            of_each(crew, graph.outgoing, add, |_, sum| sum / by)?
        } else {
            // The sum is at most the number of nodes.
            let one = 1u64 << (nodes as u64 + 1).leading_zeros().saturating_sub(1).min(52);
            let sums = reach(crew, graph.incoming, |level| (one + u64::from(level) / 2) / u64::from(level))?;
            sums.into_iter().map(|(_, sum)| sum as f64 / one as f64 / by).collect()
        };
        Ok(scores(values, Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, random_edges, run, unit};

    #[test]
    fn out_of_reach_counts_nothing() {
        let edges = unit(&[(0, 1), (1, 2), (3, 4)]);
        assert_eq!(floats(&run(&Harmonic, 5, &edges, "{}")), [1.5, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(floats(&run(&Harmonic, 5, &edges, r#"{"orientation": "reverse"}"#)), [0.0, 1.0, 1.5, 0.0, 1.0]);
        let scores = floats(&run(&Harmonic, 5, &edges, r#"{"orientation": "undirected", "normalized": true}"#));
        assert_eq!(scores, [0.375, 0.5, 0.375, 0.25, 0.25]);
    }

    #[test]
    fn both_ways_of_searching_agree() {
        let edges: Vec<_> = random_edges(300, 900, 5).into_iter().map(|(a, b, _)| (a, b, 2.0)).collect();
        let plain = floats(&run(&Harmonic, 300, &edges, "{}"));
        let weighted = floats(&run(&Harmonic, 300, &edges, r#"{"weight": "w"}"#));
        for (a, b) in plain.iter().zip(&weighted) {
            assert!((a - 2.0 * b).abs() < 1e-10, "{a} {b}");
        }
    }
}
