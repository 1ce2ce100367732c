//! Degree: how many edges a node has, or what they weigh.
//!
//! The oldest of the centralities (Freeman, "Centrality in social networks: conceptual clarification", Social Networks
//! 1978), and what the others are compared with. Each node's edges are added by one thread in the order of its row, so
//! that sums have the same bits for any number of threads.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::choice;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{DirectedGraph, Orientation, Parallel};
use crate::graph::undirected::Graph;

/// `algo.degree`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Degree;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which edges of a node count: natural = those that leave it (out-degree), reverse = those that reach it
        /// (in-degree), undirected = both.
        orientation as "orientation": Orientation = choice("natural");
    }
}

static DESCRIPTION: Description = Description {
    name: "degree",
    category: "centrality",
    summary: "Degree centrality: how many edges each node has, or the sum of their weights.",
    doc: "The score of a node is the number of its edges that the orientation counts, or with weight the sum of their \
          weights; an edge without the property weighs 1. Parallel edges count each. A node without edges has the score 0.\n\n\
          Undirected counts an edge at both of its ends, so a self-loop counts twice at its node, and the score is always \
          the sum of the natural and the reverse one: the degree of graph theory, as networkx and igraph have it. Scores are \
          not divided by the number of other nodes.\n\n\
          Paper: Freeman, Centrality in social networks: conceptual clarification, Social Networks 1978.\n\n\
          Cost: one pass over the edges, and 8 bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("score", "FLOAT", "The number of edges, or the sum of their weights."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes scored."),
        ColumnDescription::new("edgeCount", "INT", "Edges seen."),
        ColumnDescription::new("minScore", "FLOAT", "The lowest score; NULL without nodes."),
        ColumnDescription::new("maxScore", "FLOAT", "The highest score; NULL without nodes."),
        ColumnDescription::new("meanScore", "FLOAT", "The mean of all scores; NULL without nodes."),
    ],
};

/// Nodes that a thread takes at a time.
const PIECE: usize = 1 << 13;

impl Algorithm for Degree {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Keep))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let GraphShape { nodes, edges, weighted, .. } = shape;
        let view = match Given::read(arguments)?.orientation {
            Orientation::Undirected => Graph::estimate_bytes(nodes, edges, weighted),
            Orientation::Natural | Orientation::Reverse => DirectedGraph::estimate_bytes(nodes, edges, weighted),
        };
        let read = if weighted { edges as f64 } else { 0.0 };
        let seconds = (nodes as f64 + read) * 1e-9 / threads.max(1) as f64;
        Ok(Estimate { bytes: view.saturating_add(nodes.saturating_mul(8)), seconds })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.rows()?;
        let undirected = Given::read(arguments)?.orientation == Orientation::Undirected;
        context.reserve(graph.node_count() as u64 * 8, |_| "select fewer nodes with nodeLabels".to_owned())?;
        let mut scores = vec![0.0; graph.node_count()];
        let pieces = scores.chunks_mut(PIECE).enumerate();
        context.for_each(context.threads(arguments.concurrency), pieces, |(piece, scores)| {
            for (v, score) in (piece * PIECE..).zip(scores) {
                *score = degree(graph, v as NodeIndex, undirected);
            }
            Ok(())
        })?;
        (context.progress)(Progress { stage: "degrees", fraction: 1.0 });
        let int = |value: usize| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let figure = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("edgeCount", int(graph.edge_count())),
            ("minScore", figure(scores.iter().copied().reduce(f64::min))),
            ("maxScore", figure(scores.iter().copied().reduce(f64::max))),
            ("meanScore", figure(Some(mean).filter(|_| !scores.is_empty()))),
        ];
        Ok(Output { rows: Rows::Nodes, columns: vec![Column::Floats(scores)], stats, ..Output::default() })
    }
}

/// The weights of a node's edges, added up. A self-loop stands once in the row of an undirected graph and has two ends there.
fn degree(graph: &Csr, v: NodeIndex, undirected: bool) -> f64 {
    let row = graph.neighbors(v);
    let loops = match undirected {
        true => row.partition_point(|&x| x < v)..row.partition_point(|&x| x <= v),
        false => 0..0,
    };
    match graph.weights(v) {
        None => (row.len() + loops.len()) as f64,
        Some(weights) => weights.iter().chain(&weights[loops]).fold(0.0, |sum, weight| sum + weight),
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::core::argument::Argument;
    use crate::graph::builder::GraphBuilder;
    use crate::numeric::random::Xoroshiro128;
    use crate::testing::pool;

    /// A->B twice, B->A, a self-loop at B, and C alone.
    fn edges(weighted: bool) -> GraphBuilder {
        let mut edges = GraphBuilder::new(3, weighted);
        for (from, to, weight) in [(0, 1, 0.5), (0, 1, 2.0), (1, 0, 4.0), (1, 1, 8.0)] {
            edges.add_edge(from, to, weight);
        }
        edges
    }

    fn scores(orientation: &str, edges: GraphBuilder, threads: usize) -> Vec<f64> {
        let given = [("orientation".to_owned(), Argument::String(orientation.to_owned()))];
        let arguments = DESCRIPTION.check(&given).unwrap();
        let needs = Degree.needs(&arguments, None).unwrap();
        let pool = pool(threads);
        let context = Context::new(&pool);
        let output = match needs.orientation {
            Orientation::Undirected => {
                let graph = edges.build_undirected(needs.parallel, None).unwrap();
                Degree.run(Input::from(&graph), &arguments, &context).unwrap()
            }
            orientation => {
                let graph = edges.build_directed(needs.parallel, None).unwrap();
                Degree.run(Input::from(graph.oriented(orientation)), &arguments, &context).unwrap()
            }
        };
        let [Column::Floats(scores)] = &output.columns[..] else { panic!("{output:?}") };
        scores.clone()
    }

    #[test]
    fn an_edge_counts_where_the_orientation_says() {
        assert_eq!(scores("natural", edges(false), 1), [2.0, 2.0, 0.0]);
        assert_eq!(scores("reverse", edges(false), 1), [1.0, 3.0, 0.0]);
        assert_eq!(scores("undirected", edges(false), 1), [3.0, 5.0, 0.0]);
        assert_eq!(scores("natural", edges(true), 1), [2.5, 12.0, 0.0]);
        assert_eq!(scores("reverse", edges(true), 1), [4.0, 10.5, 0.0]);
        assert_eq!(scores("undirected", edges(true), 1), [6.5, 22.5, 0.0]);
    }

    #[test]
    fn threads_do_not_show() {
        let nodes = 3 * PIECE as u32 + 5;
        let random = || {
            let mut edges = GraphBuilder::new(nodes as usize, true);
            let mut rng = Xoroshiro128::new(7, 0, 0);
            for _ in 0..60_000 {
                let bits = rng.next_u64();
                edges.add_edge(bits as u32 % nodes, (bits >> 32) as u32 % 97, 0.1 + (bits % 1000) as f64 / 7.0);
            }
            edges
        };
        for orientation in ["natural", "reverse", "undirected"] {
            let one = scores(orientation, random(), 1);
            assert!(one.iter().any(|&score| score > 0.0));
            for threads in [2, 7] {
                assert_eq!(scores(orientation, random(), threads), one, "{orientation}");
            }
        }
    }

    #[test]
    fn without_nodes_there_are_no_scores() {
        assert!(scores("undirected", GraphBuilder::new(0, false), 2).is_empty());
    }
}
