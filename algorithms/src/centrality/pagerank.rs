//! PageRank: the share of time that a surfer spends at each node who follows edges and sometimes begins anew.
//!
//! The form of LDBC Graphalytics: what nodes without a way on hold is spread over all nodes, so that ranks sum to 1. Each node
//! gathers from the nodes before it (pull), see `rank`.

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

/// `algo.pagerank`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct PageRank;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way rank flows: natural = along edges, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The probability that the surfer follows an edge; else it begins anew.
        damping as "damping": f64 = float(from(0.0, 1.0), 0.85);
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 100);
        /// It ends when a round changes all ranks together by less than this share; 0 makes all rounds.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-7);
        /// Personalised PageRank: the _ids of the nodes where the surfer begins, alike, and begins anew.
        sources as "sources": Option<Vec<String>> = optional_texts("all nodes");
    }
}

static DESCRIPTION: Description = Description {
    name: "pagerank",
    category: "centrality",
    summary: "PageRank: how often a random surfer is at each node; with sources, as seen from these nodes.",
    doc: "A surfer follows an edge with the probability damping, each by its weight, and else begins anew, at any node or at one \
          of the sources. At a node without edges to follow it always begins anew. The score of a node is the share of time that it \
          spends there: scores sum to 1. Parallel edges weigh together what they weigh each.\n\n\
          This is the form of LDBC Graphalytics and of networkx. Scores of other systems may be the same times the number of \
          nodes.\n\n\
          Papers: Page, Brin, Motwani and Winograd, The PageRank citation ranking, 1999; for sources Haveliwala, \
          Topic-sensitive PageRank, WWW 2002.\n\n\
          Cost: a round reads each edge once, 4 bytes (12 with weights) and one number of 8 bytes at a random place; 32 bytes for \
          each node. 20 to 60 rounds are usual.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("score", "FLOAT", "The node's rank; all together are 1."),
    ],
    stats: score_stats![ITERATIONS, CONVERGED],
};

impl Algorithm for PageRank {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let needs = Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum);
        Ok(Needs { nodes_named_by: Some(Given::sources), ..needs })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let rounds = given.max_iterations.min(50) as f64;
        Ok(cost(given.orientation, shape, (40, 0), 3.0 * rounds, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 40, 0, 0)?;
        let mut handed = strengths(crew, graph.outgoing)?;
        handed.iter_mut().for_each(|weight| *weight = if *weight > 0.0 { 1.0 / *weight } else { 0.0 });
        let starts = Starts::new(nodes, input.nodes, 1.0);
        let limits = Limits { iterations: given.max_iterations, tolerance: given.tolerance };
        let (ranks, end) = ranks(crew, graph.incoming, &handed, &starts, given.damping, true, limits)?;
        Ok(scores(ranks, vec![("iterations", int(end.iterations)), ("converged", Scalar::Bool(end.converged))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, run};

    const EDGES: &[(u32, u32, f64)] = &[(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0), (2, 0, 1.0), (3, 2, 1.0)];

    #[test]
    fn ranks_are_those_of_networkx() {
        // networkx.pagerank(G, alpha=0.85, tol=1e-12).
        let wanted = [0.3725269, 0.19582393, 0.39414917, 0.0375];
        let scores = floats(&run(&PageRank, 4, EDGES, r#"{"tolerance": 1e-13}"#));
        scores.iter().zip(wanted).for_each(|(score, wanted)| assert!((score - wanted).abs() < 1e-7, "{scores:?}"));
        assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn from_sources_nothing_reaches_what_they_do_not() {
        let scores = floats(&run(&PageRank, 4, EDGES, r#"{"sources": ["1"]}"#));
        assert!(scores[3] == 0.0 && scores[1] > 0.15, "{scores:?}");
        assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_a_sink_holds_is_spread() {
        let scores = floats(&run(&PageRank, 2, &[(0, 1, 1.0)], r#"{"tolerance": 1e-14}"#));
        // r0 = 0.075 + 0.85 r1 / 2 and r0 + r1 = 1.
        assert!((scores[0] - 0.5 / 1.425).abs() < 1e-9, "{scores:?}");
        assert!(floats(&run(&PageRank, 0, &[], "{}")).is_empty());
    }

    #[test]
    fn weights_share_what_is_handed_on() {
        let edges = [(0, 1, 3.0), (0, 2, 1.0), (1, 0, 1.0), (2, 0, 1.0)];
        let scores = floats(&run(&PageRank, 3, &edges, r#"{"weight": "w", "tolerance": 1e-14}"#));
        let rest = |score: f64| score - 0.05;
        assert!((rest(scores[1]) / rest(scores[2]) - 3.0).abs() < 1e-9, "{scores:?}");
    }
}
