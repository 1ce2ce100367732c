//! Local clustering coefficient: the share of a node's pairs of neighbours that are neighbours.
//!
//! In the form of LDBC Graphalytics; counted as `triples` does.

use super::triples::{Neighbors, count};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{AnyGraph, Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::choice;
use crate::graph::directed::Orientation;

/// `algo.lcc`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Lcc;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// What is counted between neighbours: undirected = pairs that an edge joins, natural and reverse = edges of either
        /// direction, of which a pair may have two.
        orientation as "orientation": Orientation = choice("undirected");
    }
}

static DESCRIPTION: Description = Description {
    name: "lcc",
    category: "community",
    summary: "Local clustering coefficient: the share of a node's pairs of neighbours that are neighbours themselves.",
    doc: "Neighbours are nodes with an edge to or from the node, parallel edges count once, self-loops not at all. Without direction \
          coefficient = triangles / pairs of neighbours. With orientation 'natural' it is the form of LDBC Graphalytics for \
          directed graphs: edges between neighbours / (d (d - 1)) for d neighbours. A node with fewer than two has 0.\n\n\
          Papers: Watts and Strogatz, Collective dynamics of small-world networks, Nature 1998; Iosup et al., LDBC Graphalytics, VLDB \
          2016.\n\n\
          Cost: as triangles.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("coefficient", "FLOAT", "From 0, no neighbours are neighbours, to 1, all of them are."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("meanCoefficient", "FLOAT", "The mean of all nodes; NULL without nodes."),
    ],
};

impl Algorithm for Lcc {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Given::read(arguments)?.orientation))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Given::read(arguments)?.orientation, shape, (40 + 9 * threads as u64, 20), 60.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let crew = Crew::new(context, arguments.concurrency);
        let rows = input.rows()?;
        crew.reserve(rows.node_count(), 40 + 9 * crew.threads as u64, rows.arc_count(), 20)?;
        let (neighbors, edges_of_pair) = match input.graph {
            AnyGraph::Directed(graph) => (Neighbors::of_directed(crew, graph)?, 1.0),
            _ => (Neighbors::of(crew, rows)?, 2.0),
        };
        (context.progress)(Progress { stage: "triangles", fraction: 0.2 });
        let counts = count(crew, &neighbors)?;
        let coefficient = |v: usize| {
            let degree = neighbors.degree(v) as f64;
            if degree < 2.0 { 0.0 } else { counts[v] as f64 * edges_of_pair / (degree * (degree - 1.0)) }
        };
        let values = crew.make(counts.len(), coefficient)?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let stats = vec![
            ("nodeCount", int(values.len())),
            ("meanCoefficient", if values.is_empty() { Scalar::Null } else { Scalar::Float(mean) }),
        ];
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Floats(values)],
            stats,
            model: None,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, random_edges, run};

    #[test]
    fn coefficients_are_those_of_the_definition() {
        let edges = random_edges(60, 500, 3);
        let mut joined = vec![vec![false; 60]; 60];
        edges.iter().for_each(|&(a, b, _)| joined[a as usize][b as usize] = true);
        for (orientation, directed) in [("undirected", false), ("natural", true), ("reverse", true)] {
            let scores = floats(&run(&Lcc, 60, &edges, &format!(r#"{{"orientation": "{orientation}"}}"#)));
            for (v, score) in scores.iter().enumerate() {
                let around: Vec<usize> = (0..60).filter(|&u| u != v && (joined[u][v] || joined[v][u])).collect();
                let mut edges = 0;
                for &a in &around {
                    for &b in around.iter().filter(|&&b| b != a) {
                        edges += i32::from(joined[a][b] || (!directed && joined[b][a]));
                    }
                }
                let possible = (around.len() * (around.len() - 1)) as f64;
                assert!((score - f64::from(edges) / possible).abs() < 1e-12, "{orientation} {v}");
            }
        }
    }
}
