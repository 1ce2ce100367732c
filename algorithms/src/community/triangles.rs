//! Triangles: how many pairs of a node's neighbours are neighbours. See `triples`.

use super::triples::{Neighbors, count};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::graph::directed::Orientation;

/// `algo.triangles`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Triangles;

static DESCRIPTION: Description = Description {
    name: "triangles",
    category: "community",
    summary: "Triangles: how many triangles each node is part of, and how many there are.",
    doc: "The direction of edges does not matter; parallel edges count once, self-loops not at all. For each node's share of the \
          triangles that it could be part of there is lcc.\n\n\
          Paper: Schank and Wagner, Finding, counting and listing all triangles in large graphs, WEA 2005.\n\n\
          Cost: at most the edges times the square root of their number, usually some ten passes over them; 8 bytes for each edge, \
          20 for each node and 9 more for each thread.",
    parameters: &[],
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("triangles", "INT", "Triangles that the node is part of."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("triangleCount", "INT", "Triangles in the graph."),
        ColumnDescription::new("maxTriangles", "INT", "The most that a node is part of."),
        ColumnDescription::new(
            "transitivity",
            "FLOAT",
            "Three times the triangles over the pairs of neighbours of a node: the global clustering coefficient.",
        ),
    ],
};

impl Algorithm for Triangles {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Orientation::Undirected))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Undirected, shape, (40 + 9 * threads as u64, 20), 60.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.undirected()?;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.node_count(), 40 + 9 * crew.threads as u64, graph.arc_count(), 10)?;
        let neighbors = Neighbors::of(crew, graph)?;
        (context.progress)(Progress { stage: "triangles", fraction: 0.2 });
        let counts = count(crew, &neighbors)?;
        let all = counts.iter().map(|&count| u128::from(count)).sum::<u128>();
        let pairs = |v: usize| (neighbors.degree(v) as f64) * (neighbors.degree(v) as f64 - 1.0) / 2.0;
        let possible: f64 = (0..counts.len()).map(pairs).sum();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("triangleCount", int((all / 3) as usize)),
            ("maxTriangles", int(counts.iter().copied().max().unwrap_or(0) as usize)),
            ("transitivity", Scalar::Float(if possible > 0.0 { all as f64 / possible } else { 0.0 })),
        ];
        let column = Column::Ints(counts.into_iter().map(|count| i64::try_from(count).unwrap_or(i64::MAX)).collect());
        Ok(Output { rows: Rows::Nodes, columns: vec![column], stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, ints, random_edges, run, unit};

    #[test]
    fn a_clique_of_four_has_four() {
        let edges = unit(&[(0, 1), (1, 0), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 3), (3, 4)]);
        let output = run(&Triangles, 5, &edges, "{}");
        assert_eq!((ints(&output), figure(&output, "triangleCount")), (vec![3, 3, 3, 3, 0], 4.0));
        assert_eq!(figure(&output, "transitivity"), 12.0 / 15.0);
    }

    #[test]
    fn three_ways_of_counting_agree() {
        let edges = random_edges(90, 900, 5);
        let output = run(&Triangles, 90, &edges, "{}");
        let mut joined = vec![vec![0i64; 90]; 90];
        for &(a, b, _) in edges.iter().filter(|edge| edge.0 != edge.1) {
            joined[a as usize][b as usize] = 1;
            joined[b as usize][a as usize] = 1;
        }
        // By all triples, and by the trace of the third power of the matrix.
        let (mut triples, mut trace) = (0, 0);
        for a in 0..90 {
            for b in 0..90 {
                for c in 0..90 {
                    let is = joined[a][b] * joined[b][c] * joined[c][a];
                    trace += is;
                    triples += if a < b && b < c { is } else { 0 };
                }
            }
        }
        assert_eq!((figure(&output, "triangleCount") as i64, trace), (triples, 6 * triples));
        assert_eq!(ints(&output).iter().sum::<i64>(), 3 * triples);
    }
}
