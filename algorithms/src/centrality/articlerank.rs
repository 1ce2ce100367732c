//! ArticleRank: PageRank that gives less to what nodes with few edges point to.
//!
//! PageRank divides what a node hands on by its own number of edges, so that a node with a single edge gives all it has. Here
//! the average number is added to it. Rounds are those of `rank`.

use super::rank::{Limits, Starts, ranks, strengths};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, cost, int, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{NOT_NEGATIVE, UNLIMITED, choice, float, from, int as whole, optional_texts};
use crate::graph::directed::{Orientation, Parallel};

/// `algo.articlerank`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct ArticleRank;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way rank flows: natural = along edges, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The share of what is handed on that counts; below 1.
        damping as "damping": f64 = float(from(0.0, 0.999_999), 0.85);
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 100);
        /// It ends when a round changes all scores together by less than this share; 0 makes all rounds.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-7);
        /// The _ids of the nodes that have a score of their own; the others have only what they are handed.
        sources as "sources": Option<Vec<String>> = optional_texts("all nodes");
    }
}

static DESCRIPTION: Description = Description {
    name: "articlerank",
    category: "centrality",
    summary: "ArticleRank: PageRank in which nodes with few edges hand on less.",
    doc: "score(v) = (1 - damping) + damping * the sum over nodes u before v of score(u) / (edges of u + average number of edges). \
          With weight the edges count by their weights. Scores do not sum to 1: a node that nothing points to has 1 - damping.\n\n\
          Paper: Li and Willett, ArticleRank: a PageRank-based alternative to numbers of citations, Aslib Proceedings 2009.\n\n\
          Cost: a round reads each edge once; 32 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("score", "FLOAT", "The node's ArticleRank.")],
    stats: score_stats![ITERATIONS, CONVERGED],
};

impl Algorithm for ArticleRank {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let needs = Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum);
        Ok(Needs { nodes_named_by: Some(Given::sources), ..needs })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        Ok(cost(given.orientation, shape, (40, 0), 3.0 * given.max_iterations.min(50) as f64, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 40, 0, 0)?;
        let mut handed = strengths(crew, graph.outgoing)?;
        let mean = crew.sum(nodes, |v| handed[v])? / nodes.max(1) as f64;
        handed.iter_mut().for_each(|weight| *weight = if *weight > 0.0 { 1.0 / (*weight + mean) } else { 0.0 });
        let all = input.nodes.map_or(nodes, |sources| {
            let mut distinct = sources.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            distinct.len()
        });
        let starts = Starts::new(nodes, input.nodes, all as f64);
        let limits = Limits { iterations: given.max_iterations, tolerance: given.tolerance };
        let (ranks, end) = ranks(crew, graph.incoming, &handed, &starts, given.damping, false, limits)?;
        Ok(scores(ranks, vec![("iterations", int(end.iterations)), ("converged", Scalar::Bool(end.converged))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, run, unit};

    #[test]
    fn scores_are_those_of_the_formula() {
        // One edge from each of 0 and 1 to 2: the average number of edges is 2/3.
        let scores = floats(&run(&ArticleRank, 3, &unit(&[(0, 2), (1, 2)]), r#"{"tolerance": 1e-14}"#));
        let wanted = 0.15 + 0.85 * 2.0 * 0.15 / (1.0 + 2.0 / 3.0);
        assert!((scores[0] - 0.15).abs() < 1e-12 && (scores[2] - wanted).abs() < 1e-12, "{scores:?}");
    }

    #[test]
    fn without_sources_of_rank_there_is_none() {
        let scores = floats(&run(&ArticleRank, 3, &unit(&[(0, 2), (1, 2)]), r#"{"sources": ["0", "0"]}"#));
        assert!((scores[0] - 0.15).abs() < 1e-12 && scores[1] == 0.0 && scores[2] > 0.0, "{scores:?}");
    }
}
