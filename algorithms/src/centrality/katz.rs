//! Katz centrality: how many walks end at a node, each edge of a walk making it count less.
//!
//! Rounds of `x = alpha A x + beta`. They end only if alpha is below 1 over the largest eigenvalue of the matrix of edges; without
//! the parameter it is found first and alpha is 0.9 of that bound.

use super::rank::{Limits, leading, progress, step};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, cost, int, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{NOT_NEGATIVE, POSITIVE, UNLIMITED, choice, float, int as whole, optional_float};
use crate::graph::directed::{Orientation, Parallel};

/// `algo.katz`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Katz;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which walks count: natural = those along edges that end at the node, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// What each edge of a walk multiplies it with: below 1 / the largest eigenvalue.
        alpha as "alpha": Option<f64> = optional_float(POSITIVE, "0.9 / the largest eigenvalue");
        /// What each node has by itself.
        beta as "beta": f64 = float(POSITIVE, 1.0);
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 1000);
        /// It ends when a round changes all scores together by less than this share; 0 makes all rounds.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-7);
    }
}

static DESCRIPTION: Description = Description {
    name: "katz",
    category: "centrality",
    summary: "Katz centrality: how many walks end at each node, where longer ones count less.",
    doc: "score(v) = beta + alpha * the sum of the scores of the nodes before v, with weight times the weights. Unlike \
          eigenvector it says something of any directed graph. Scores are not scaled.\n\n\
          With an alpha of 1 / the largest eigenvalue or more there is no such score, and an error says so.\n\n\
          Paper: Katz, A new status index derived from sociometric analysis, Psychometrika 1953.\n\n\
          Cost: a round reads each edge once; 16 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("score", "FLOAT", "The node's Katz centrality.")],
    stats: score_stats![ITERATIONS, CONVERGED, ColumnDescription::new("alpha", "FLOAT", "The alpha that was used.")],
};

impl Algorithm for Katz {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        Ok(cost(given.orientation, shape, (24, 0), 3.0 * given.max_iterations.min(150) as f64, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let rows = graph.incoming;
        let nodes = rows.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 24, 0, 0)?;
        let alpha = match given.alpha {
            Some(alpha) => alpha,
            None => {
                let (eigenvalue, ..) = leading(crew, rows, Limits { iterations: 100, tolerance: 1e-4 })?;
                // A cycle makes it at least the least weight. Without one it is 0, which iterations only come near, and any alpha
                // will do.
                let weights = rows.all_weights().map(|weights| weights.iter().copied().filter(|&weight| weight > 0.0));
                let least = weights.map_or(1.0, |weights| weights.fold(f64::INFINITY, f64::min));
                if eigenvalue > 0.5 * least { 0.9 / eigenvalue } else { 0.9 }
            }
        };
        let mut values = vec![given.beta; nodes];
        let mut next = vec![0.0; nodes];
        let (mut iterations, mut converged) = (0, nodes == 0);
        while iterations < given.max_iterations && !converged {
            let all = step(crew, rows, &values, &mut next, |_, sum| given.beta + alpha * sum, f64::abs)?;
            if !all.is_finite() {
                let (eigenvalue, ..) = leading(crew, rows, Limits { iterations: 100, tolerance: 1e-4 })?;
                let most = 1.0 / eigenvalue.max(f64::MIN_POSITIVE);
                return Err(Error::Unfit(format!(
                    "algo.katz: with alpha {alpha:?} the scores have no end; take less than {most:.3e}, or leave it out"
                )));
            }
            let change = crew.sum(nodes, |v| (next[v] - values[v]).abs())?;
            std::mem::swap(&mut values, &mut next);
            iterations += 1;
            converged = change < given.tolerance * all;
            progress(crew, iterations, given.max_iterations);
        }
        let own = vec![
            ("iterations", int(iterations)),
            ("converged", Scalar::Bool(converged)),
            ("alpha", Scalar::Float(alpha)),
        ];
        Ok(scores(values, own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, run, try_run, unit};

    #[test]
    fn walks_are_counted() {
        // 0 -> 1 -> 2 and 0 -> 2.
        let scores = floats(&run(&Katz, 3, &unit(&[(0, 1), (1, 2), (0, 2)]), r#"{"alpha": 0.5}"#));
        assert_eq!(scores, [1.0, 1.5, 2.25]);
    }

    #[test]
    fn an_alpha_without_an_end_is_refused() {
        let edges = unit(&[(0, 1), (1, 0)]);
        let error = try_run(&Katz, 2, &edges, vec![], r#"{"alpha": 2, "maxIterations": 100000}"#).unwrap_err();
        assert!(error.to_string().contains("take less than 1.000e0"), "{error}");
        let scores = floats(&run(&Katz, 2, &edges, "{}"));
        assert!((scores[0] - 10.0).abs() < 0.01, "{scores:?}");
    }

    #[test]
    fn without_a_cycle_scores_are_of_a_size_that_says_something() {
        let edges = unit(&[(0, 1), (1, 2), (3, 4)]);
        assert_eq!(floats(&run(&Katz, 5, &edges, "{}")), [1.0, 1.9, 1.0 + 0.9 * 1.9, 1.0, 1.9]);
    }
}
