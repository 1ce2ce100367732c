//! HITS: good hubs point to good authorities, and good authorities are pointed to by good hubs.
//!
//! The two leading singular vectors of the matrix of edges, by turns: authorities gather from hubs, hubs from authorities.

use super::rank::{divide, progress, step};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{NOT_NEGATIVE, UNLIMITED, choice, float, int as whole};
use crate::graph::directed::{Orientation, Parallel};

/// `algo.hits`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Hits;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges point: natural = from hub to authority, reverse = the other way; undirected makes both scores the
        /// same.
        orientation as "orientation": Orientation = choice("natural");
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 200);
        /// It ends when a round changes all hubs together by less than this share; 0 makes all rounds.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-8);
    }
}

static DESCRIPTION: Description = Description {
    name: "hits",
    category: "centrality",
    summary: "Hubs and authorities: who points to the nodes that count, and who is pointed to by those who do.",
    doc: "A node's authority is the sum of the hub scores of the nodes that point to it, its hub score that of the authorities it \
          points to, with weight times the weights. Both sum to 1 over all nodes; without edges they are 0.\n\n\
          Paper: Kleinberg, Authoritative sources in a hyperlinked environment, Journal of the ACM 1999.\n\n\
          Cost: a round reads each edge twice; 24 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("hub", "FLOAT", "How much the node points to authorities; all together are 1."),
        ColumnDescription::new("authority", "FLOAT", "How much hubs point to the node; all together are 1."),
    ],
    stats: &[
        NODE_COUNT,
        ITERATIONS,
        CONVERGED,
        ColumnDescription::new("maxHub", "FLOAT", "The highest hub score; NULL without nodes."),
        ColumnDescription::new("maxAuthority", "FLOAT", "The highest authority; NULL without nodes."),
    ],
};

impl Algorithm for Hits {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        Ok(cost(given.orientation, shape, (24, 0), 6.0 * given.max_iterations.min(50) as f64, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 24, 0, 0)?;
        let mut hubs = vec![1.0 / nodes.max(1) as f64; nodes];
        let (mut authorities, mut next) = (vec![0.0; nodes], vec![0.0; nodes]);
        let (mut iterations, mut converged) = (0, nodes == 0);
        while iterations < given.max_iterations && !converged {
            let sum = step(crew, graph.incoming, &hubs, &mut authorities, |_, sum| sum, |sum| sum)?;
            divide(crew, &mut authorities, sum)?;
            let sum = step(crew, graph.outgoing, &authorities, &mut next, |_, sum| sum, |sum| sum)?;
            divide(crew, &mut next, sum)?;
            let change = crew.sum(nodes, |v| (next[v] - hubs[v]).abs())?;
            std::mem::swap(&mut hubs, &mut next);
            iterations += 1;
            converged = change < given.tolerance || sum == 0.0;
            progress(crew, iterations, given.max_iterations);
        }
        let most = |values: &[f64]| values.iter().copied().reduce(f64::max).map_or(Scalar::Null, Scalar::Float);
        let stats = vec![
            ("nodeCount", int(nodes)),
            ("iterations", int(iterations)),
            ("converged", Scalar::Bool(converged)),
            ("maxHub", most(&hubs)),
            ("maxAuthority", most(&authorities)),
        ];
        let columns = vec![Column::Floats(hubs), Column::Floats(authorities)];
        Ok(Output { rows: Rows::Nodes, columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{run, unit};

    #[test]
    fn hubs_point_to_authorities() {
        let output = run(&Hits, 4, &unit(&[(0, 2), (0, 3), (1, 2)]), "{}");
        let [Column::Floats(hubs), Column::Floats(authorities)] = &output.columns[..] else { panic!("{output:?}") };
        // The leading singular vectors of [[1, 1], [1, 0]]: the golden ratio.
        let golden = (1.0 + 5f64.sqrt()) / 2.0;
        assert!((hubs[0] / hubs[1] - golden).abs() < 1e-6 && (hubs[0] + hubs[1] - 1.0).abs() < 1e-12, "{hubs:?}");
        assert!((authorities[2] / authorities[3] - golden).abs() < 1e-6 && authorities[0] == 0.0, "{authorities:?}");
    }

    #[test]
    fn without_edges_scores_are_0() {
        let output = run(&Hits, 2, &[], "{}");
        assert_eq!(output.columns[0], Column::Floats(vec![0.0; 2]));
    }
}
