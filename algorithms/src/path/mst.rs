//! Minimum spanning tree, or forest: the lightest edges that keep the graph as connected as it is.
//!
//! Kruskal's algorithm: edges in the order of weight, and of insertion among equal ones, so that the forest is one and the same; the sort
//! runs on several threads.

use rayon::slice::ParallelSliceMut;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost_of_edges, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::boolean;
use crate::search::components::Sets;

/// `algo.mst`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Mst;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Whether the heaviest edges are taken instead.
        maximum as "maximum": bool = boolean(false);
    }
}

static DESCRIPTION: Description = Description {
    name: "mst",
    category: "path",
    summary: "Minimum spanning tree: the edges of least weight that connect all that is connected.",
    doc: "A row for each edge of the tree, or of the forest where the graph is not connected. The direction of edges does not \
          matter. Of edges with the same weight the one inserted first is taken. write puts the weight on these edges and takes the \
          property from all others.\n\n\
          Paper: Kruskal, On the shortest spanning subtree of a graph, Proceedings of the AMS 1956.\n\n\
          Cost: a sort of the edges; 16 bytes for each edge and 4 for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::edge("edge", "The id of the edge."),
        ColumnDescription::new("weight", "FLOAT", "Its weight; 1 without the parameter weight."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("treeEdges", "INT", "Edges of the tree or forest."),
        ColumnDescription::new("treeCount", "INT", "Trees: 1 when the graph is connected."),
        ColumnDescription::new("totalWeight", "FLOAT", "What its edges weigh together."),
    ],
};

impl Algorithm for Mst {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::edges())
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost_of_edges(shape, 4, 16, 80.0))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let maximum = Given::read(arguments)?.maximum;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.node_count(), 4, graph.edge_count(), 16)?;
        let weight = |edge: u32| graph.weights.as_ref().map_or(1.0, |weights| weights[edge as usize]);
        let mut order: Vec<(u64, u32)> = (0..graph.edge_count() as u32)
            .map(|edge| {
                let bits = weight(edge).to_bits();
                (if maximum { !bits } else { bits }, edge)
            })
            .collect();
        if graph.weights.is_some() {
            match crew.threads {
                1 => order.sort_unstable(),
                _ => context.pool.install(|| order.par_sort_unstable()),
            }
        }
        (context.progress)(Progress { stage: "edges", fraction: 0.5 });
        let mut sets = Sets::new(graph.node_count());
        let mut tree = Vec::new();
        for (position, &(_, edge)) in order.iter().enumerate() {
            if position % (1 << 16) == 0 {
                context.check_cancelled()?;
            }
            if sets.join(graph.from[edge as usize], graph.to[edge as usize]) {
                tree.push(edge);
            }
        }
        tree.sort_unstable();
        let weights: Vec<f64> = tree.iter().map(|&edge| weight(edge)).collect();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("treeEdges", int(tree.len())),
            ("treeCount", int(graph.node_count() - tree.len())),
            ("totalWeight", Scalar::Float(weights.iter().sum())),
        ];
        Ok(Output {
            rows: Rows::SomeEdges(tree),
            columns: vec![Column::Floats(weights)],
            stats,
            model: None,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, random_edges, run};

    #[test]
    fn the_tree_is_the_lightest() {
        let edges = [(0, 1, 4.0), (1, 2, 1.0), (2, 0, 2.0), (2, 0, 2.0), (3, 3, 0.0)];
        let output = run(&Mst, 4, &edges, r#"{"weight": "w"}"#);
        assert_eq!((output.rows.clone(), figure(&output, "totalWeight")), (Rows::SomeEdges(vec![1, 2]), 3.0));
        assert_eq!(figure(&output, "treeCount"), 2.0);
        let output = run(&Mst, 4, &edges, r#"{"weight": "w", "maximum": true}"#);
        assert_eq!(output.rows, Rows::SomeEdges(vec![0, 2]));
    }

    #[test]
    fn it_weighs_as_much_as_prims() {
        let edges = random_edges(200, 1500, 2);
        let output = run(&Mst, 200, &edges, r#"{"weight": "w"}"#);
        // Prim's algorithm on a matrix.
        let mut matrix = [[f64::INFINITY; 200]; 200];
        for &(a, b, w) in &edges {
            let (a, b) = (a as usize, b as usize);
            matrix[a][b] = matrix[a][b].min(w);
            matrix[b][a] = matrix[b][a].min(w);
        }
        let mut near = [f64::INFINITY; 200];
        let mut inside = [false; 200];
        let mut total = 0.0;
        near[0] = 0.0;
        while let Some(v) =
            (0..200).filter(|&v| !inside[v] && near[v].is_finite()).min_by(|&a, &b| near[a].total_cmp(&near[b]))
        {
            inside[v] = true;
            total += near[v];
            (0..200).for_each(|u| near[u] = near[u].min(matrix[v][u]));
        }
        assert!(inside.iter().all(|inside| *inside));
        assert!((figure(&output, "totalWeight") - total).abs() < 1e-9);
    }
}
