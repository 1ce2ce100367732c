//! Eigenvector centrality: a node counts as much as the nodes before it count together.
//!
//! Power iteration on the matrix of edges plus the identity (`rank::leading`): the identity changes no
//! eigenvector, and keeps bipartite graphs from swinging between two vectors.

use super::rank::{Limits, leading};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, cost, int, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{NOT_NEGATIVE, UNLIMITED, choice, float, int as whole};
use crate::graph::directed::{Orientation, Parallel};

/// `algo.eigenvector`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Eigenvector;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Whose scores a node gathers: natural = of nodes with an edge to it, reverse = of nodes it has an edge to, undirected
        /// = of both.
        orientation as "orientation": Orientation = choice("natural");
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 200);
        /// It ends when a round changes the vector of scores by less than this length; 0 makes all rounds.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-7);
    }
}

static DESCRIPTION: Description = Description {
    name: "eigenvector",
    category: "centrality",
    summary: "Eigenvector centrality: a node counts in proportion to the sum of the scores of its neighbours.",
    doc: "Scores are the eigenvector of the largest eigenvalue of the adjacency matrix, with weight of the weights, scaled to \
          length 1. It says most of connected undirected graphs; in a directed graph without cycles it says nothing, and \
          pagerank or katz is better.\n\n\
          Paper: Bonacich, Factoring and weighting approaches to status scores and clique identification, Journal of Mathematical \
          Sociology 1972.\n\n\
          Cost: a round reads each edge once; 16 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("score", "FLOAT", "The node's entry of the eigenvector, at least 0."),
    ],
    stats: score_stats![
        ITERATIONS,
        CONVERGED,
        ColumnDescription::new("eigenvalue", "FLOAT", "The largest eigenvalue, as far as the rounds have found it.")
    ],
};

impl Algorithm for Eigenvector {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        Ok(cost(given.orientation, shape, (24, 0), 3.0 * given.max_iterations.min(100) as f64, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.incoming.node_count(), 24, 0, 0)?;
        let limits = Limits { iterations: given.max_iterations, tolerance: given.tolerance };
        let (eigenvalue, values, end) = leading(crew, graph.incoming, limits)?;
        let own = vec![
            ("iterations", int(end.iterations)),
            ("converged", Scalar::Bool(end.converged)),
            ("eigenvalue", Scalar::Float(eigenvalue)),
        ];
        Ok(scores(values, own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, floats, run, unit};

    #[test]
    fn the_middle_of_a_path_counts_most() {
        // The eigenvector of a path of three nodes is (1, sqrt 2, 1) / 2, its eigenvalue sqrt 2.
        let output = run(&Eigenvector, 3, &unit(&[(0, 1), (1, 2)]), r#"{"orientation": "undirected"}"#);
        let scores = floats(&output);
        for (score, wanted) in scores.iter().zip([0.5, 0.5f64.sqrt(), 0.5]) {
            assert!((score - wanted).abs() < 1e-6, "{scores:?}");
        }
        assert!((figure(&output, "eigenvalue") - 2f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn huge_weights_do_not_overflow() {
        let edges = [(0, 1, 1e300), (1, 2, 1e300)];
        let scores = floats(&run(&Eigenvector, 3, &edges, r#"{"orientation": "undirected", "weight": "w"}"#));
        assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
    }
}
