//! Closeness centrality: how near a node is to all others.
//!
//! Without weights 64 searches run at a time and each node adds up the levels at which they meet it
//! (`many`): integers, whose sum does not depend on the order. With weights each node is searched from by
//! one thread, which adds up distances in ascending order.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::algorithm::summary::{cost, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{boolean, choice};
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Orientation, Parallel};
use crate::search::dijkstra::Dijkstra;
use crate::search::many::reach;

/// `algo.closeness`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Closeness;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which ways count: natural = those from the node along edges, reverse = those to the node, undirected = both.
        orientation as "orientation": Orientation = choice("natural");
        /// Whether the score is multiplied with the share of the other nodes that are reached, so that nodes of small
        /// components do not count most.
        whole_graph as "wassermanFaust": bool = boolean(true);
    }
}

static DESCRIPTION: Description = Description {
    name: "closeness",
    category: "centrality",
    summary: "Closeness centrality: one over the mean distance to the nodes that are reached.",
    doc: "score(v) = (reached nodes) / (sum of the distances to them), and with wassermanFaust times (reached nodes) / (other nodes). \
          With weight an edge is as long as its weight, of parallel edges the shortest. A node that reaches none has the score 0. \
          networkx measures distances to the node: that is orientation 'reverse'.\n\n\
          Papers: Freeman, Centrality in social networks, Social Networks 1978; Wasserman and Faust, Social Network Analysis, 1994.\n\n\
          Cost: a search from every node. On 100,000 nodes and 1 million edges some minutes without weights, much more with them; \
          40 bytes for each node and thread.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("score", "FLOAT", "The node's closeness.")],
    stats: score_stats![],
};

impl Algorithm for Closeness {
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
        let score = |reached: f64, sum: f64| {
            let share = if given.whole_graph { reached / (nodes as f64 - 1.0) } else { 1.0 };
            if sum > 0.0 { reached / sum * share } else { 0.0 }
        };
        let values = if graph.outgoing.is_weighted() {
            of_each(crew, graph.outgoing, |sum, distance| sum + distance, score)?
        } else {
            // Against the edges, so that each node adds up the ways from it.
            let sums = reach(crew, graph.incoming, u64::from)?;
            sums.into_iter().map(|(reached, sum)| score(reached as f64, sum as f64)).collect()
        };
        Ok(scores(values, Vec::new()))
    }
}

/// `score(nodes reached, sum)` of each node, where `add` makes the sum of distances.
pub(super) fn of_each(
    crew: Crew,
    rows: &Csr,
    add: impl Fn(f64, f64) -> f64 + Sync,
    score: impl Fn(f64, f64) -> f64 + Sync,
) -> Result<Vec<f64>, Error> {
    const PIECE: usize = 8;
    let nodes = rows.node_count();
    let mut scores = vec![0.0; nodes];
    let pieces = scores.chunks_mut(PIECE).enumerate();
    let new = || Dijkstra::new(nodes);
    crew.context.for_each_with(crew.threads, pieces, new, |search, (piece, scores)| {
        for (v, slot) in (piece * PIECE..).zip(scores) {
            crew.context.check_cancelled()?;
            let (mut reached, mut sum) = (0.0, 0.0);
            search.search(
                rows,
                v as NodeIndex,
                |_, _| true,
                |u, distance| {
                    if u as usize != v {
                        reached += 1.0;
                        sum = add(sum, distance);
                    }
                    true
                },
            );
            *slot = score(reached, sum);
        }
        let fraction = ((piece + 1) * PIECE).min(nodes) as f64 / nodes as f64;
        if piece % (nodes / PIECE / 200).max(1) == 0 {
            (crew.context.progress)(Progress { stage: "searches", fraction });
        }
        Ok(())
    })?;
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, random_edges, run, unit};

    #[test]
    fn scores_are_those_of_networkx() {
        // nx.closeness_centrality of the path 0 - 1 - 2 and the pair 3 - 4.
        let edges = unit(&[(0, 1), (1, 2), (3, 4)]);
        let scores = floats(&run(&Closeness, 5, &edges, r#"{"orientation": "undirected"}"#));
        assert_eq!(scores, [2.0 / 3.0 * 0.5, 0.5, 2.0 / 3.0 * 0.5, 0.25, 0.25]);
        let scores = floats(&run(&Closeness, 5, &edges, r#"{"wassermanFaust": false}"#));
        assert_eq!(scores, [2.0 / 3.0, 1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn both_ways_of_searching_agree() {
        let edges: Vec<_> = random_edges(300, 900, 5).into_iter().map(|(a, b, _)| (a, b, 2.0)).collect();
        for orientation in ["natural", "reverse", "undirected"] {
            let plain = floats(&run(&Closeness, 300, &edges, &format!(r#"{{"orientation": "{orientation}"}}"#)));
            let arguments = format!(r#"{{"orientation": "{orientation}", "weight": "w"}}"#);
            let weighted = floats(&run(&Closeness, 300, &edges, &arguments));
            for (a, b) in plain.iter().zip(&weighted) {
                assert!((a - 2.0 * b).abs() < 1e-12, "{a} {b}");
            }
        }
    }
}
